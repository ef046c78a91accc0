#!/usr/bin/env bash
# The benchmarks: one line `bench NAME VALUE UNIT` a figure. Wall times are of this machine; ratios and instruction counts are what to compare.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=build/bench/bench_run
field() { awk -v key="$1" '{ for (i = 1; i < NF; i++) if ($i == key) print $(i + 1) }'; }
line() { printf 'bench %s %s %s\n' "$1" "$2" "$3"; }
# The best of three runs: the machine's noise only ever adds time.
best() { local key=$1; shift; for _ in 1 2 3; do "$bench" "$@" | field "$key"; done | sort -g | { [ "$key" = requests_per_s ] && tail -n 1 || head -n 1; }; }

for replicas in 1 8; do
    capacity=$("$bench" bench/steady.yaml serving.replicas=$replicas traffic.load.concurrency=$((512 * replicas)) | field simulated_requests_per_s)
    rate=$(awk -v c="$capacity" 'BEGIN { printf "%.6f", 0.7 * c }')
    settings=(bench/steady.yaml serving.replicas=$replicas "traffic.load={rate: $rate/s}" traffic.stop.requests=1000000)
    line "simulated-requests-per-second-$replicas-instances" "$(best requests_per_s "${settings[@]}")" requests/s
    line "peak-memory-1000000-requests-$replicas-instances" "$("$bench" "${settings[@]}" | field peak_mib)" MiB
done
for batch in 8 64 512; do
    line "iteration-batch-$batch" "$(best ns_per_step bench/iteration.yaml traffic.load.concurrency=$batch traffic.stop.requests=$((20 * batch)))" ns
done
if command -v valgrind >/dev/null; then
    for batch in 8 64 512; do
        counted=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" bench/iteration.yaml traffic.load.concurrency=$batch traffic.stop.requests=$((4 * batch)) 2>&1)
        base=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" bench/iteration.yaml traffic.load.concurrency=$batch traffic.stop.requests=$((2 * batch)) 2>&1)
        steps=$(($(field steps <<<"$counted") - $(field steps <<<"$base")))
        line "iteration-instructions-batch-$batch" "$(($(($(awk '/Collected/ { print $4 }' <<<"$counted") - $(awk '/Collected/ { print $4 }' <<<"$base"))) / steps))" instructions
    done
fi
ORACLE_SYSTEMS=10000 build/tests/laws/test_oracle 2>&1 | awk '/^oracle:/ { print "bench oracle-systems " $2 " systems"; print "bench oracle-mismatches " $4 " systems" }'
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
if [ -f ../shared/data/serving/cases.csv ]; then
    build/orrery validate ../shared/data/serving --csv build/bench/serving.csv >/dev/null
    awk -F, '$1 == "load" && ($2 == "closed_loop" && ($3 == "ttft" || $3 == "tpot") || $2 == "requests" && $3 ~ /^(ttft|e2e)$/) { printf "bench cases-%s-%s-median-error %s %%\n", $2, $3, $5; printf "bench cases-%s-%s-mean-error %s %%\n", $2, $3, $6; printf "bench cases-%s-%s-rows %s rows\n", $2, $3, $4 }' build/bench/serving.csv
else
    echo 'skipped: the measured data (../shared/data/serving) are not here'
fi
