#!/usr/bin/env bash
# mpirun orrery sweep: four processes give the bytes of one; a process that is killed loses nothing; and what the first process says of mistakes is said once.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
[ -e "$(dirname "$orrery")/orrery-mpi.so" ] || { echo "no orrery-mpi.so: built without MPI"; exit 77; }
command -v mpirun >/dev/null || { echo "no mpirun"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_base_warn_component_unused=0
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"        # MPI has some of its own
mpi=(timeout 120 mpirun --oversubscribe -n 4)
study=examples/chat-llama70b-h100.yaml
small=(--set traffic.stop.requests=300 --set engine.max_num_seqs=64 --set engine.max_num_batched_tokens=2048)

expect 0 one "$orrery" sweep "$study" "${small[@]}" --format json --points "$work/one.csv"
cp "$work/out" "$work/one.json"
expect 0 four "${mpi[@]}" "$orrery" sweep "$study" "${small[@]}" --format json --points "$work/four.csv" --store "$work/four.db"
cmp -s "$work/one.json" "$work/out" || fail "four processes give another answer"
cmp -s "$work/one.csv" "$work/four.csv" || fail "four processes give other points"
! grep -q warning "$work/err" || fail "four processes warn: $(cat "$work/err")"
expect 0 stored "$orrery" sweep "$study" "${small[@]}" --format json --store "$work/four.db"
cmp -s "$work/one.json" "$work/out" || fail "what four processes stored gives another answer"
expect 0 threads "${mpi[@]}" "$orrery" sweep "$study" "${small[@]}" --format json --threads 2
cmp -s "$work/one.json" "$work/out" || fail "four processes of two threads give another answer"

wide=(--set 'hardware.chip.memory.bandwidth={range: {min: 2000 GB/s, max: 4400 GB/s, step: 10 GB/s}}' --set traffic.stop.requests=200)
bred=(sweep examples/predict-qwen3-14b-h100.yaml "${wide[@]}" --samples 120 --evolve --finalists 2 --format json)
expect 0 "bred by one" "$orrery" "${bred[@]}"
cp "$work/out" "$work/bred.json"
expect 0 "bred by four" "${mpi[@]}" "$orrery" "${bred[@]}"
cmp -s "$work/bred.json" "$work/out" || fail "four processes breed other points"

# One of them is killed when the first points are in the store. Where mpirun lets the others live, they do its work; else the store has what was done, and the next start goes on from there.
killer=$work/killer.sh
cat >"$killer" <<'SCRIPT'
#!/usr/bin/env bash
log=$1-wal; shift
[ "$OMPI_COMM_WORLD_RANK" = 2 ] || exec "$@"
"$@" & child=$!
until [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 65536 ]; do kill -0 $child || exit; sleep 0.05; done
kill -9 $child
wait $child
SCRIPT
chmod +x "$killer"
many=(sweep examples/predict-qwen3-14b-h100.yaml "${wide[@]}" --set 'engine.gpu_memory_utilization={range: {min: 0.5, max: 0.9, step: 0.02}}' --finalists 2 --format json)
expect 0 "many by one" "$orrery" "${many[@]}" --points "$work/many.csv"
cp "$work/out" "$work/many.json"
same_as_one()
{
    cmp -s "$work/many.json" "$work/out" || fail "$1: the answer is another"
    cmp -s "$work/many.csv" "$work/$2.csv" || fail "$1: the points are others"
    local all=$(($(wc -l <"$work/many.csv") - 1)) stored
    stored=$("$orrery" ls --store "$work/$2.db" -f json | awk -F'[:,]' '/"points"/ { sum += $2 } END { print sum + 0 }')
    [ "$stored" -eq "$all" ] || fail "$1: of $all points the store has $stored"
}
# Reading in the memory of the sender makes a kill halfway through a message likeliest.
expect 0 "three live on" "${mpi[@]}" --enable-recovery --mca btl_vader_single_copy_mechanism cma "$killer" "$work/lives.db" "$orrery" "${many[@]}" --store "$work/lives.db" --points "$work/lives.csv"
err_has "three live on" "1 of 4 processes was lost"
same_as_one "three live on" lives
"${mpi[@]}" "$killer" "$work/killed.db" "$orrery" "${many[@]}" --store "$work/killed.db" >"$work/out" 2>"$work/err" && fail "mpirun did not end all when one was killed"
expect 0 "after the kill" "${mpi[@]}" "$orrery" "${many[@]}" --store "$work/killed.db" --points "$work/killed.csv"
same_as_one "after the kill" killed

# Mistakes are told once, by the first process.
expect 2 mistake "${mpi[@]}" "$orrery" sweep "$study" --set model=llama-9t
[ "$(grep -c 'error:' "$work/err")" -eq 1 ] || fail "a mistake is told $(grep -c 'error:' "$work/err") times"
mkdir "$work/bin"
cp "$orrery" "$work/bin/"
expect 3 "no plugin" "${mpi[@]}" "$work/bin/orrery" sweep "$study"
err_has "no plugin" "built without MPI"
finish
