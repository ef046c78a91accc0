#!/usr/bin/env bash
# orrery whatif: a question in one line, a question of a study, and mistakes that point.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

# Decode-bound and memory-bound: twice the bandwidth brings more than a tenth and less than twice as much, from the roofline; the memory's share of TDP goes along.
expect 0 line "$orrery" whatif qwen3-14b --on h100-sxm:1 --input 256 --output 256 --set chip.memory.bandwidth=x2 --slo 'tpot<=12ms' --format json -o "$work/studies"
gain=$(sed -n 's/^  "gain": \([0-9.]*\),/\1/p' "$work/out"); low=$(sed -n 's/^  "gain_low_90": \([0-9.]*\),/\1/p' "$work/out"); high=$(sed -n 's/^  "gain_high_90": \([0-9.]*\),/\1/p' "$work/out")
awk -v g="$gain" -v l="$low" -v h="$high" 'BEGIN { exit !(g > 1.1 && g < 4 && l < g && g < h && l > 1) }' || fail "gain $gain ($low to $high)"
grep -q '"as_it_is"' "$work/out" || fail "one side is missing"
cp "$work/out" "$work/line"

# The studies that it writes give either side again.
expect 0 again "$orrery" recommend "$work/studies/changed.yaml" --format json
throughput() { sed -n 's/^ *"output_throughput": \([0-9.]*\),$/\1/p' "$1" | sed -n "$2p"; }
[ "$(throughput "$work/out" 1)" = "$(throughput "$work/line" 2)" ] || fail "the written study gives another throughput"

expect 0 table "$orrery" whatif qwen3-14b --on h100-sxm:1 --input 256 --output 256 --set chip.architecture.memory.technology=hbm4 --slo 'p95 tpot <= 12 ms'
for word in "as it is" "changed" "requests in flight" "TDP of a chip" "Next:" "How sure:"; do out_has table "$word"; done

# A study: its own domains are searched; nothing changed is said to be nothing.
cat > "$work/study.yaml" <<'E2'
schema: orrery/v1
model: qwen3-14b
hardware: {node: dgx-h100, nodes: 1}
engine: {tensor_parallel_size: {choices: [1, 2]}}
traffic: {source: fixed, input_tokens: 256, output_tokens: 64, load: {concurrency: 16}, stop: {requests: 64}}
E2
expect 0 study "$orrery" whatif "$work/study.yaml" --set seed=2
out_has study "nothing changes that a model can tell"

expect 2 unasked "$orrery" whatif qwen3-14b --on h100-sxm:1
err_has unasked "nothing is changed"
expect 2 nowhere "$orrery" whatif qwen3-14b --set chip.memory.bandwidth=x2
err_has nowhere "what should qwen3-14b run on?"
expect 2 unknown "$orrery" whatif qwen3-14b --on h1000:8 --set chip.memory.bandwidth=x2
err_has unknown "no such chip or node"
expect 2 limit "$orrery" whatif qwen3-14b --on h100-sxm:1 --set chip.memory.bandwidth=x2 --slo 'tpt<=20ms'
err_has limit "is no limit"
expect 2 both "$orrery" whatif "$work/study.yaml" --set seed=2 --slo 'tpot<=20ms'
err_has both "is a study, which says itself"
expect 1 neither "$orrery" whatif qwen3-14b --on l4:1 --set chip.memory.bandwidth=x2
out_has neither "No system keeps every limit"

finish
