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

# --- contours ---
axes=(--set 'hardware.chip.memory.bandwidth={range: {min: 1.5 TB/s, max: 12.1 TB/s, factor: 1.26}}' --set 'hardware.chip.memory.capacity={choices: [80 GB, 96 GB, 120 GB, 160 GB]}' --set serving.replicas=4)
expect 0 contours "$orrery" sweep "$study" "${small[@]}" "${axes[@]}" --finalists 0 --contours memory.bandwidth,memory.capacity --cost chip_usd -o "$work/contours"
out_has contours "USD per million output tokens over hardware.chip.memory.bandwidth and hardware.chip.memory.capacity"
out_has contours "At equal cost, where it is best"
cp "$work/out" "$work/one.txt"
[ "$(wc -l <"$work/contours/contours.csv")" -eq 41 ] || fail "not a line a cell"
grep -q '"cost_lines"' "$work/contours/sweep.json" || fail "no lines of equal cost in sweep.json"
expect 0 contours "$orrery" sweep "$study" "${small[@]}" "${axes[@]}" --finalists 0 --contours memory.bandwidth,memory.capacity --cost chip_usd --store "$work/s.db" -j 1
cmp -s "$work/one.txt" "$work/out" || fail "threads or a store change contours"
expect 0 contours "$orrery" sweep "$study" "${small[@]}" "${axes[@]}" --finalists 0 --contours memory.bandwidth,memory.capacity --cost chip_usd --store "$work/s.db"
cmp -s "$work/one.txt" "$work/out" || fail "points of a store change contours"
expect 0 contours "$orrery" sweep "$study" "${small[@]}" --finalists 0 --contours replicas,tensor_parallel_size
out_has contours "USD/h "
expect 2 contours "$orrery" sweep "$study" "${small[@]}" --contours memory.bandwidth,tensor_parallel_size
err_has contours "--contours memory.bandwidth: no domain of this sweep"
err_has contours "Numbers with more than one choice are here: "
expect 2 contours "$orrery" sweep "$study" --contours quantization,tensor_parallel_size
err_has contours "its choices are not numbers of one unit"
expect 2 contours "$orrery" sweep "$study" --contours replicas
err_has contours "it takes two paths"
expect 2 contours "$orrery" sweep "$study" --cost tdp
err_has contours "of contours, and none are asked for"
expect 2 contours "$orrery" sweep "$study" --contours replicas,tensor_parallel_size --shard 1/2 --store "$work/s.db"
err_has contours "contours are of all points"

# --- which can be told apart ---
expect 0 seeds "$orrery" sweep "$study" "${small[@]}" --finalists 4 --seeds 3 -j 1
out_has seeds "The best again, under 3 seeds that chose none of them"
out_has seeds "Over 3 seeds: 1 "
cp "$work/out" "$work/one.txt"
expect 0 seeds "$orrery" sweep "$study" "${small[@]}" --finalists 4 --seeds 3 -j 2 --store "$work/s.db"
cmp -s "$work/one.txt" "$work/out" || fail "threads or a store change what can be told apart"
expect 0 seeds "$orrery" sweep "$study" "${small[@]}" --finalists 4 --seeds 3 --format json
grep -q '"told_apart": "' "$work/out" || fail "no rivals in the JSON"
expect 2 seeds "$orrery" sweep "$study" "${small[@]}" --finalists 0 --seeds 3
err_has seeds "seeds are for systems that are simulated"
expect 2 seeds "$orrery" sweep "$study" "${small[@]}" --seeds 3 --shard 1/2 --store "$work/s.db"
err_has seeds "seeds are for the best of all"

expect 1 none "$orrery" sweep "$study" "${small[@]}" --set slo.tpot.p99='1 ms'
out_has none "none was found that keeps the SLOs"
expect 2 sessions "$orrery" sweep examples/sessions-llama70b-h100.yaml
err_has sessions "no closed form knows this"
expect 2 yardstick "$orrery" sweep "$study" --set 'objective={choices: [{minimize: gpus}, {maximize: goodput}]}'
err_has yardstick "a search needs one yardstick"
finish
