#!/usr/bin/env bash
# Studies (docs/studies): each example is right, and what its page finds still holds, on a part of it that is quick.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

# best FILE PATH=CHOICES...: what `recommend --by` finds, as CSV in $work/best/best.csv.
best_by()
{
    local study=$1; shift
    rm -rf "$work/best"
    "$orrery" recommend "$study" "$@" -o "$work/best" >"$work/out" 2>"$work/err" || { cat "$work/err"; fail "$study: no answer"; }
}
# objective CHOICE[,CHOICE...]: of the row that begins so.
objective() { python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
for row in rows:
    if list(row.values())[:len(sys.argv[2].split("|"))] == sys.argv[2].split("|"): print(row["objective"]); break' "$work/best/best.csv" "$1"; }
# holds NAME EXPRESSION: of Python.
holds() { python3 -c "import sys; sys.exit(not ($2))" || fail "$1: $2"; }

for study in examples/*.yaml; do
    expect 0 "$study" "$orrery" check "$study"
done

# what-doubling-buys: bandwidth buys most, not twice; capacity alone nothing; no chip gives R1 100 tokens a second.
best_by examples/what-doubling-buys.yaml --by memory.bandwidth --by memory.capacity --by scale_up.bandwidth --set slo.tpot.p99="50 ms" --set engine.tensor_parallel_size=4 --set engine.data_parallel_size=2 \
    --set engine.enable_expert_parallel=true --set 'traffic.load.concurrency={choices: [64, 80, 96, 112]}'
as_is=$(objective '4.8 TB/s|143771 MiB|450 GB/s') link=$(objective '4.8 TB/s|143771 MiB|900 GB/s') capacity=$(objective '4.8 TB/s|287542 MiB|450 GB/s') bandwidth=$(objective '9.6 TB/s|143771 MiB|450 GB/s')
holds what-doubling-buys "1.25 < $bandwidth / $as_is < 1.9 and $capacity == $as_is and 1.02 < $link / $as_is < $bandwidth / $as_is"
expect 1 what-doubling-buys "$orrery" recommend examples/what-doubling-buys.yaml --by memory.bandwidth --set slo.tpot.p99="10 ms" --set hardware.chip.memory.capacity=x1 --set hardware.node.scale_up.bandwidth=x1 --set engine.tensor_parallel_size=8 \
    --set engine.data_parallel_size=1 --set traffic.load.concurrency=1

# fp4-against-fp8: halved weights and cache together are worth more than both alone; R1 gains by weights.
best_by examples/fp4-against-fp8.yaml --by quantization --by kv_cache_dtype --set slo.tpot.p99="50 ms" --set engine.tensor_parallel_size=1 --set engine.enable_expert_parallel=false --set 'traffic.load.concurrency={choices: [48, 64, 96]}' --set traffic.stop.rounds=2
both=$(objective 'fp4|fp8') weights=$(objective 'fp4|bf16') cache=$(objective 'fp8|fp8') none=$(objective 'fp8|bf16')
holds fp4-against-fp8 "$both < $weights < $none and $both < $cache < $none and $both / $none < 0.75"

# prefill-and-decode-chips: prompts are cheaper on GDDR, apart is cheaper than together, and the answer is no surer than the chip on paper.
best_by examples/prefill-and-decode-chips.yaml --by serving.mode --by prefill.hardware.chip --set hardware.chip=b200-sxm --set 'engine.tensor_parallel_size=2' --set 'serving.replicas={choices: [2, 3, 7, 8]}' --set 'serving.prefill.replicas={choices: [7, 8]}' --set traffic.stop.requests=600
together=$(objective 'aggregated|b200-sxm') apart=$(objective 'disaggregated|b200-sxm') gddr=$(objective 'disaggregated|./chips/b200-gddr7.yaml')
holds prefill-and-decode-chips "$gddr < 0.85 * $apart and $apart < $together"
grep -q '^disaggregated,./chips/b200-gddr7.yaml,.*,transferred' "$work/best/best.csv" || fail "prefill-and-decode-chips: the chip on paper does not tell in the grade"

# speculation-by-load: deep drafts pay where few are served and cost where many are; a depth that follows the batch has the best of each.
best_by examples/speculation-by-load-llama70b-h100.yaml --by tokens --by concurrency --set engine.speculation.method=eagle --set engine.speculation.depth.policy=constant --set 'engine.speculation.tokens={choices: [1, 5]}' \
    --set 'traffic.load.concurrency={choices: [1, 256]}' --set traffic.stop.requests=512
holds speculation-by-load "$(objective '5|1') > 1.3 * $(objective '1|1') and $(objective '5|256') < 0.9 * $(objective '1|256')"
one=$(objective '1|256')
best_by examples/speculation-by-load-llama70b-h100.yaml --by policy --set engine.speculation.method=eagle --set engine.speculation.tokens=5 --set traffic.load.concurrency=256 --set traffic.stop.requests=512
holds speculation-by-load "$(objective goodput) > 0.99 * $one"

# attention-ffn-apart: over the fabric both on each is better, over a fast link apart.
best_by examples/attention-ffn-deepseek-r1.yaml --by ffn_devices --by link.bandwidth --set 'engine.attention_ffn.ffn_devices={choices: [0, 20]}' --set 'engine.data_parallel_size={choices: [12, 24]}' \
    --set 'engine.attention_ffn.link.bandwidth={choices: [0 GB/s, 400 GB/s]}' --set 'engine.attention_ffn.micro_batches={choices: [2, 3]}' --set traffic.load.concurrency=2048 --set traffic.stop.requests=6000
holds attention-ffn-apart "$(objective '20|0 GB/s') < $(objective '0|0 GB/s') < $(objective '20|400 GB/s')"

# million-token-contexts: with many documents the larger store is worth more than the faster, with few the faster.
best_by examples/million-token-contexts.yaml --by groups --by store --set 'engine.kv_tiers.below.store={choices: [nvme-gen6, hbf-gen1]}' --set 'traffic.prefix.groups={choices: [40, 120]}' --set traffic.stop.requests=600
holds million-token-contexts "$(objective '120|nvme-gen6') > 1.2 * $(objective '120|hbf-gen1') and $(objective '40|hbf-gen1') > $(objective '40|nvme-gen6')"

# sram-only-decode: HBM is far cheaper at 10 ms a token; at 3 ms wafers are, once nothing starts kernels; the grade tells that chips are assumed.
best_by examples/sram-decode-llama70b.yaml --by node --by tpot.p99 --set 'hardware.node={choices: [dgx-b200, examples/nodes/cs-3.yaml]}' --set 'slo.tpot.p99={choices: [10 ms, 3 ms]}' --set coefficients=examples/chips/static-schedule.yaml --set engine.quantization=fp8 \
    --set 'engine.tensor_parallel_size={choices: [1, 4, 8]}' --set 'engine.pipeline_parallel_size={choices: [1, 4]}' --set 'traffic.load.concurrency={choices: [1, 64]}'
holds sram-only-decode "5 * $(objective 'dgx-b200|10 ms') < $(objective 'examples/nodes/cs-3.yaml|10 ms') and $(objective 'examples/nodes/cs-3.yaml|3 ms') < 0.6 * $(objective 'dgx-b200|3 ms')"
grep -q '^examples/nodes/cs-3.yaml,.*,assumed' "$work/best/best.csv" || fail "sram-only-decode: assumed chips do not tell in the grade"

expect 2 no-domain "$orrery" recommend examples/what-doubling-buys.yaml --by engine.block_size
err_has no-domain "--by engine.block_size: the study has no such domain"
# bandwidth-against-cores: at equal power agents want more cores and fewer stacks than chat does.
for tokens in "1000 1000 chat" "16000 500 agents"; do
    read -r input output name <<<"$tokens"
    "$orrery" sweep examples/bandwidth-against-cores.yaml --finalists 0 --contours memory.count,core.count --cost tdp --set traffic.input_tokens="$input" --set traffic.output_tokens="$output" --set engine.tensor_parallel_size=1 \
        --set 'hardware.chip.architecture.core.count={range: {min: 96, max: 256, step: 32}}' --set 'hardware.chip.architecture.memory.count={range: {min: 4, max: 14, step: 1}}' -f json >"$work/$name.json" 2>"$work/err" || { cat "$work/err"; fail "bandwidth-against-cores: no answer"; }
done
python3 -c 'import json, sys
chat, agents = ({place["cost"]: place for place in json.load(open(path))["contours"]["at_equal_cost"]}[1000] for path in sys.argv[1:])
sys.exit(not (agents["y"] > 1.15 * chat["y"] and agents["x"] < 0.9 * chat["x"]))' "$work/chat.json" "$work/agents.json" || fail "bandwidth-against-cores: agents want more cores and fewer stacks"
finish
