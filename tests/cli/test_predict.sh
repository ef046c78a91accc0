#!/usr/bin/env bash
# orrery predict: the table, JSON, files, what it refuses, same bytes.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

study=examples/predict-qwen3-14b-h100.yaml
few=(--set traffic.stop.requests=300)

expect 0 table "$orrery" predict "$study" "${few[@]}"
for word in TTFT TPOT ITL E2EL "300 finished" "output tok/s/GPU" "/Mtok output" "KV cache" "every SLO limit holds"; do out_has table "$word"; done
[ ! -s "$work/err" ] || fail "table: stderr is not empty"

expect 0 json "$orrery" predict "$study" "${few[@]}" --format json
for key in '"mean_ttft_ms"' '"p99_tpot_ms"' '"output_throughput"' '"completed": 300' '"schema": "orrery-results/v1"'; do out_has json "$key"; done
cp "$work/out" "$work/first.json"
expect 0 again "$orrery" predict "$study" "${few[@]}" --format json
cmp -s "$work/out" "$work/first.json" || fail "two runs differ"
expect 0 seed "$orrery" predict "$study" "${few[@]}" --format json --set seed=77
cmp -s "$work/out" "$work/first.json" && fail "another seed changes nothing"

expect 0 files "$orrery" predict "$study" "${few[@]}" --output-dir "$work/made/here" --requests "$work/requests.csv"
[ -s "$work/made/here/resolved.yaml" ] || fail "no resolved.yaml"
[ "$(wc -l <"$work/requests.csv")" -eq 301 ] || fail "requests.csv has not a line a request"
cmp -s "$work/made/here/results.json" "$work/first.json" || fail "results.json is not what --format json prints"
expect 0 formulas "$orrery" predict "$study" "${few[@]}" --formulas
out_has formulas "numpy"
expect 0 resolved "$orrery" predict "$work/made/here/resolved.yaml" --format json
cmp -s <(sed -n '/"num_prompts"/,/"system"/p' "$work/out") <(sed -n '/"num_prompts"/,/"system"/p' "$work/first.json") || fail "resolved.yaml is not the same system"

expect 2 domain "$orrery" predict examples/chat-llama70b-h100.yaml
err_has domain "engine.tensor_parallel_size is a domain of 4 choices; predict takes one system"
err_has domain "orrery recommend"
[ ! -s "$work/out" ] || fail "domain: stdout is not empty"
expect 1 too-big "$orrery" predict "$study" --set hardware.chip=l4
out_has too-big "does not fit"
expect 2 none "$orrery" predict
expect 2 absent "$orrery" predict "$work/absent.yaml"
expect 2 format "$orrery" predict "$study" --format xml
expect 2 unwritable "$orrery" predict "$study" "${few[@]}" --requests "$work/absent/requests.csv"

finish
