#!/usr/bin/env bash
# The benchmarks: one line `bench NAME VALUE UNIT` a figure. Wall times are of this machine; ratios and instruction counts are what to compare.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=build/bench/bench_run
field() { awk -v key="$1" '{ for (i = 1; i < NF; i++) if ($i == key) print $(i + 1) }'; }
line() { printf 'bench %s %s %s\n' "$1" "$2" "$3"; }
# The best of three runs: the machine's noise only ever adds time.
best() { local key=$1; shift; for _ in 1 2 3; do "$bench" "$@" | field "$key"; done | sort -g | { [ "$key" = requests_per_s ] && tail -n 1 || head -n 1; }; }

# Requests/s below saturation: one instance, eight by load, eight by shared prefixes.
steady() # NAME REPLICAS SETTING...
{
    local name=$1 replicas=$2 capacity rate; shift 2
    capacity=$("$bench" bench/steady.yaml serving.replicas="$replicas" traffic.load.concurrency=$((512 * replicas)) "$@" | field simulated_requests_per_s)
    rate=$(awk -v c="$capacity" 'BEGIN { printf "%.6f", 0.7 * c }')
    local settings=(bench/steady.yaml serving.replicas="$replicas" "traffic.load={rate: $rate/s}" traffic.stop.requests=1000000 "$@")
    line "simulated-requests-per-second-$name" "$(best requests_per_s "${settings[@]}")" requests/s
    line "peak-memory-1000000-requests-$name" "$("$bench" "${settings[@]}" | field peak_mib)" MiB
}
steady 1-instances 1
steady 8-instances 8
steady 8-instances-prefix-affine 8 serving.router=prefix-affine engine.enable_prefix_caching=true "traffic.prefix={groups: 64, skew: 1, share: 0.8, tokens: 512}"

# Time a request, ns: ten and a hundred times the requests, and up to a thousand replicas at the same load each.
for requests in 100000 1000000 10000000; do
    told=$("$bench" bench/steady.yaml "traffic.load={rate: 20/s}" traffic.stop.requests=$requests)
    line "time-a-request-$requests-requests" "$(awk '{ printf "%.1f", 1e9 / $4 }' <<<"$told")" ns
    line "peak-memory-$requests-requests" "$(field peak_mib <<<"$told")" MiB
done
for replicas in 1 10 100 1000; do
    line "time-a-request-$replicas-replicas" "$("$bench" bench/steady.yaml "hardware={node: dgx-h100, nodes: 125}" serving.replicas=$replicas "traffic.load={rate: $((20 * replicas))/s}" traffic.stop.requests=1000000 | awk '{ printf "%.1f", 1e9 / $4 }')" ns
done
line "fleet-1024-gpus-1-hour" "$("$bench" bench/fleet.yaml | field wall_s)" s
if [ -f ../shared/data/traces/mooncake_conversation_trace.jsonl.gz ]; then
    line "mooncake-conversation-8-workers-process" "$(for _ in 1 2 3; do start=$(date +%s.%N); build/orrery predict bench/mooncake.yaml >/dev/null; awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.3f\n", b - a }'; done | sort -g | head -n 1)" s
fi
# Every scheduler, its batch full of decodes: ns a step; instructions a step of twice the requests, so with what coming and going costs (batch / 20,000 requests a step), and of the same requests, twice as long, so alone.
steps_of() { local scheduler=$1 batch=$2 requests=$3; shift 3; echo bench/iteration.yaml $(scheduler_settings "$scheduler") engine.max_num_seqs=1024 traffic.load.concurrency="$batch" traffic.stop.requests="$requests" "$@"; }
scheduler_settings()
{
    case $1 in
        sglang) echo engine.profile=sglang engine.num_gpu_blocks=64000000 ;;       # blocks of one token
        trtllm*) echo engine.profile=trtllm engine.scheduler="$1" ;;
        orca) echo engine.scheduler=orca engine.enable_chunked_prefill=false engine.max_num_batched_tokens=100000 ;;
        static) echo engine.scheduler=static engine.enable_chunked_prefill=false engine.enable_mixed_chunk=false engine.max_num_batched_tokens=100000 ;;
        *) echo engine.scheduler="$1" ;;
    esac
}
counted() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$@" 2>&1; }
instructions() { awk '/Collected/ { print $4 }' <<<"$1"; }
a_step() { echo "$((($(instructions "$2") - $(instructions "$1")) / ($(field steps <<<"$2") - $(field steps <<<"$1"))))"; }
for scheduler in vllm sarathi sglang trtllm trtllm_max_utilization orca static; do
    for batch in 8 64 512 1024; do
        [ $scheduler = vllm ] || [ $batch = 8 ] || [ $batch = 1024 ] || continue
        name=$scheduler-batch-$batch
        line "iteration-$name" "$(best ns_per_step $(steps_of $scheduler $batch $((20 * batch))))" ns
        command -v valgrind >/dev/null || continue
        base=$(counted $(steps_of $scheduler $batch $((2 * batch)) traffic.output_tokens=20000))
        line "iteration-instructions-$name" "$(a_step "$base" "$(counted $(steps_of $scheduler $batch $((4 * batch)) traffic.output_tokens=20000))")" instructions
        line "iteration-alone-instructions-$name" "$(a_step "$base" "$(counted $(steps_of $scheduler $batch $((2 * batch)) traffic.output_tokens=40000))")" instructions
    done
done
# Two thousand of each kind: one pool, two pools, sessions, caches, tiers.
ORACLE_SYSTEMS=2000 build/tests/laws/test_oracle 2>&1 | awk '/^oracle, / { for (i = 1; i < NF; i++) { if ($(i + 1) == "systems,") systems += $i; if ($(i + 1) ~ /^mismatches/) mismatches += $i } } END { print "bench oracle-systems " systems " systems"; print "bench oracle-mismatches " mismatches + 0 " systems" }'
if [ -f examples/chat-llama70b-h100.yaml ]; then
    start=$(date +%s.%N)
    build/orrery recommend examples/chat-llama70b-h100.yaml --format json >build/bench/recommend.json 2>/dev/null
    line demo-recommend-wall "$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }')" s
    python3 - <<'PY'
import json
search = json.load(open('build/bench/recommend.json'))['recommendation']
for name in ('candidate_count', 'evaluated', 'simulated', 'simulated_requests'):
    print(f'bench demo-recommend-{name.replace("_", "-")} {search[name]:.0f} {"requests" if "requests" in name else "systems"}')
PY
fi
# Searches: every layout of 32 GPUs by simulation; 100,000 of 5.7 x 10^8 chips, layouts and policies, bred.
wall() { local start; start=$(date +%s.%N); "$@" >/dev/null 2>&1 || true; awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }'; }
line search-every-layout-qwen3-32b-32-gpus-wall "$(wall build/orrery recommend examples/every-layout-qwen3-32b-h200.yaml)" s
line search-chip-of-2028-wall "$(wall build/orrery sweep examples/chip-of-2028.yaml --evolve)" s
shared=$(wall build/orrery sweep examples/chat-llama70b-h100.yaml --finalists 0 -j 1 --set 'serving.replicas={range: {min: 1, max: 32, step: 1}}' --set 'traffic.load.rate={range: {min: 1/s, max: 200/s, step: 1/s}}' --set engine.max_num_seqs=256 --set engine.max_num_batched_tokens=8192 --samples 1000000)
line sweep-shared-systems-wall "$shared" s
# Systems that share nothing, each with a chip of its own: instructions each, of 1,000 against 200.
own_chips() # BANDWIDTH_STEP UTILIZATION_MOST UTILIZATION_STEP LAUNCHER...
{
    local step=$1 utilization="{range: {min: 0.5, max: $2, step: $3}}"; shift 3
    "$@" build/orrery sweep examples/predict-qwen3-14b-h100.yaml --finalists 0 --samples 1000000 -j 1 --store '' --set traffic.stop.requests=200 \
        --set "hardware.chip.memory.bandwidth={range: {min: 2000 GB/s, max: 3990 GB/s, step: $step GB/s}}" --set "engine.gpu_memory_utilization=$utilization"
}
if command -v valgrind >/dev/null; then
    counted_sweep() { own_chips 10 "$1" 0.004 valgrind --tool=callgrind --callgrind-out-file=/dev/null 2>&1 >/dev/null | awk '/Collected/ { print $4 }'; }
    line sweep-own-chip-instructions $((($(counted_sweep 0.516) - $(counted_sweep 0.5)) / 800)) instructions
fi
# Two processes against one, in turn: 318,800 systems that share nothing. Two halves that know nothing of each other say what the machine has to give.
if [ -e build/orrery-mpi.so ] && command -v mpirun >/dev/null; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    both_halves() { own_chips 2.5 0.699 0.001 & own_chips 2.5 0.699 0.001; wait; }
    for _ in 1 2; do echo "$(wall own_chips 2.5 0.899 0.001) $(wall own_chips 2.5 0.899 0.001 mpirun -n 2) $(wall both_halves)"; done |
        awk '{ for (i = 1; i <= 3; i++) if (NR == 1 || $i < best[i]) best[i] = $i } END { printf "bench speed-up-2-processes %.2f times\nbench speed-up-2-halves %.2f times\n", best[1] / best[2], best[1] / best[3] }'
fi
# A sweep of 10,000 points, killed 20 times at random moments and begun again with its store.
source tests/cli/kill_sweep.bash
read -r _ points _ kills _ lost _ doubled _ bytes <<<"$(kill_sweep build/orrery build/bench 100 20 7 2>/dev/null)"
line "killed-sweep-$points-points-$kills-kills-lost" "$lost" points
line "killed-sweep-$points-points-$kills-kills-doubled" "$doubled" points
line "killed-sweep-$points-points-$kills-kills-other-bytes" "$([ "$bytes" = same ] && echo 0 || echo 1)" files
if [ -f ../shared/data/serving/cases.csv ]; then
    build/orrery validate ../shared/data/serving --csv build/bench/serving.csv >/dev/null
    awk -F, '$1 == "load" && ($2 == "closed_loop" && ($3 == "ttft" || $3 == "tpot") || $2 == "requests" && $3 ~ /^(ttft|e2e)$/) { printf "bench cases-%s-%s-median-error %s %%\n", $2, $3, $5; printf "bench cases-%s-%s-mean-error %s %%\n", $2, $3, $6; printf "bench cases-%s-%s-rows %s rows\n", $2, $3, $4 }' build/bench/serving.csv
else
    echo 'skipped: the measured data (../shared/data/serving) are not here'
fi
