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

# What is measured, and how often.
expect 0 warmup "$orrery" predict "$study" "${few[@]}" --warmup 50
out_has warmup "the first 50 requests to finish"
out_has warmup "250 finished of 250"
expect 0 auto "$orrery" predict "$study" "${few[@]}" --warmup auto
out_has auto "(MSER-5)"
expect 2 all "$orrery" predict "$study" "${few[@]}" --warmup 300
err_has all "the run ends before that"
expect 2 odd "$orrery" predict "$study" "${few[@]}" --warmup soon
err_has odd "Write none, auto, a time (30 s) or a number of requests (200)."
expect 0 replications "$orrery" predict "$study" "${few[@]}" --replications 4 --threads 1 --output-dir "$work/four"
out_has replications "Chance, over 4 runs"
cp "$work/out" "$work/one.text"; cp "$work/four/results.json" "$work/one.json"
expect 0 threads "$orrery" predict "$study" "${few[@]}" --replications 4 --threads 4 --output-dir "$work/four"
cmp -s "$work/out" "$work/one.text" && cmp -s "$work/four/results.json" "$work/one.json" || fail "replications depend on the threads"
expect 2 recorded "$orrery" predict "$study" "${few[@]}" --replications 4 --record "$work/four.rec"
err_has recorded "--record is of one run"
expect 2 searched "$orrery" recommend examples/chat-llama70b-h100.yaml --set measure.replications=3
err_has searched "recommend judges whole runs"

# Images, in the engines' steps and on encoders.
images=(examples/encoders-qwen2.5-vl-7b-h100.yaml --set traffic.stop.requests=300)
expect 0 in-steps "$orrery" predict "${images[@]}" --set serving.encoders.replicas=0
out_has in-steps "encoded in the engines' steps"
expect 0 encoders "$orrery" predict "${images[@]}" --set serving.encoders.replicas=2 --requests "$work/streamed.csv" --output-dir "$work/images"
for word in "at encoders" "x 6 replicas + 2 encoders on 8 GPUs" "1,369 tokens each" "on the way"; do out_has encoders "$word"; done
cmp -s "$work/streamed.csv" "$work/images/requests.csv" || fail "requests.csv is not the same, written while the run goes on"
expect 2 blind "$orrery" predict "$study" --set 'traffic.images={share: 1}'
err_has blind "sees no images"

# Nobody is served: why.
printf '{"timestamp": %d, "input_length": 600, "output_length": 10, "hash_ids": [1, 2]}\n' 0 1000 2000 >"$work/three.jsonl"
expect 1 nobody-came "$orrery" predict "$study" --set "traffic={source: $work/three.jsonl, window: {start: 1 h, end: 2 h}}"
err_has nobody-came "no request came: traffic.window leaves none"
expect 1 too-long "$orrery" predict "$study" --set "traffic={source: $work/three.jsonl}" --set engine.num_gpu_blocks=4
err_has too-long "each of the 3 is longer than"
# A fabric that is misspelt is not missing, too.
expect 2 misspelt "$orrery" predict "$study" --set 'hardware={node: dgx-h100, nodes: 2, fabric: ib-ndr400}'
err_has misspelt 'no fabric "ib-ndr400"'
! grep -qF "no fabric joins them" "$work/err" || fail "misspelt: a fabric that is named is missed"

# More than it can carry.
expect 0 unstable "$orrery" predict "$study" --set traffic.load.rate=30
out_has unstable "unstable: the queue grows without bound"
out_has unstable "it takes"

finish
