# A sweep that is killed (kill -9) at random moments and begun again until it has been killed so often; then it comes to its end.
#   kill_sweep ORRERY WORK SIDE KILLS SEED      of SIDE x SIDE points; prints "points P kills K lost L doubled D bytes same|other"
# Sourced by tests/cli/test_store.sh (small) and bench/run.sh (10,000 points, 20 kills).
kill_sweep()
{
    local orrery=$1 work=$2 side=$3 kills=$4 seed=$5 killed=0 began attempt pause took
    local step bandwidth peak
    step=$(awk -v n="$side" 'BEGIN { printf "%.6g", 1.0 / n }')
    bandwidth="{range: {min: 2000 GB/s, max: $((2000 + 20 * (side - 1))) GB/s, step: 20 GB/s}}"
    peak="{range: {min: 0.5, max: $(awk -v n="$side" -v s="$step" 'BEGIN { printf "%.6g", 0.5 + 0.4 * (n - 1) / n }'), step: $(awk -v n="$side" 'BEGIN { printf "%.6g", 0.4 / n }')}}"
    local sweep=("$orrery" sweep examples/predict-qwen3-14b-h100.yaml --set "hardware.chip.memory.bandwidth=$bandwidth" --set "engine.gpu_memory_utilization=$peak"
                 --set traffic.stop.requests=200 --finalists 4 --format json --store '')
    began=$(date +%s%N)
    "${sweep[@]}" --points "$work/plain.csv" >"$work/plain.json" || return 1
    took=$(($(date +%s%N) - began))
    sweep[-1]=$work/killed.db
    RANDOM=$seed
    rm -f "$work"/killed.db*
    for ((attempt = 0; killed < kills && attempt < 20 * kills; attempt++)); do
        "${sweep[@]}" >/dev/null 2>&1 &
        local child=$!
        pause=$(awk -v r=$RANDOM -v t="$took" -v k="$kills" 'BEGIN { printf "%.4f", r / 32768 * 1.6 * t / 1e9 / k }')
        sleep "$pause"
        kill -9 $child 2>/dev/null || true
        local ended=0
        wait $child 2>/dev/null || ended=$?
        if [ $ended -eq 137 ]; then killed=$((killed + 1)); else rm -f "$work"/killed.db*; fi       # it was done before it was killed: anew
    done
    "${sweep[@]}" --points "$work/killed.csv" >"$work/killed.json" || return 1
    local total stored
    total=$(($(wc -l <"$work/plain.csv") - 1))
    stored=$("$orrery" ls --store "$work/killed.db" -f json | awk -F'[:,]' '/"points"/ { sum += $2 } END { print sum + 0 }')
    local bytes=same
    cmp -s "$work/plain.json" "$work/killed.json" && cmp -s "$work/plain.csv" "$work/killed.csv" || bytes=other
    echo "points $total kills $killed lost $((stored < total ? total - stored : 0)) doubled $((stored > total ? stored - total : 0)) bytes $bytes"
}
