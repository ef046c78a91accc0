#!/usr/bin/env bash
# orrery sweep: a table, JSON and CSV; the same bytes with any number of threads; and mistakes that point.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
study=examples/chat-llama70b-h100.yaml
small=(--set traffic.stop.requests=500 --set engine.max_num_seqs=64 --set engine.max_num_batched_tokens=2048)

expect 0 table "$orrery" sweep "$study" "${small[@]}"
out_has table "Of all 256 systems the best is TP"
out_has table "What moves USD per million output tokens"
expect 0 json "$orrery" sweep "$study" "${small[@]}" --format json --points "$work/points.csv" -j 1
cp "$work/out" "$work/one.json"
expect 0 json "$orrery" sweep "$study" "${small[@]}" --format json -j 2
cmp -s "$work/one.json" "$work/out" || fail "threads change bytes"
[ "$(wc -l <"$work/points.csv")" -eq 257 ] || fail "not a line a point"
grep -q '"keeps_slo": true' "$work/one.json" || fail "no finalist keeps the SLOs"

expect 1 none "$orrery" sweep "$study" "${small[@]}" --set slo.tpot.p99='1 ms'
out_has none "none was found that keeps the SLOs"
expect 2 sessions "$orrery" sweep examples/sessions-llama70b-h100.yaml
err_has sessions "no closed form knows this"
expect 2 yardstick "$orrery" sweep "$study" --set 'objective={choices: [{minimize: gpus}, {maximize: goodput}]}'
err_has yardstick "a search needs one yardstick"
finish
