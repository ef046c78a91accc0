#!/usr/bin/env bash
# --store: answers have the same bytes with a store, without, and from it; what is known is not computed again; a sweep that is killed goes on where it was; a full disk is told.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
unset ORRERY_STORE
store=$work/study.db
small=(--set traffic.stop.requests=300 --set engine.max_num_seqs=64 --set engine.max_num_batched_tokens=8192)

# --- the same bytes, and nothing twice ---
same() # NAME ARGUMENTS...
{
    local name=$1; shift
    expect 0 "$name" "$orrery" "$@"; cp "$work/out" "$work/without"
    for turn in first second; do
        expect 0 "$name, $turn" "$orrery" "$@" --store "$store"
        cmp -s "$work/without" "$work/out" || fail "$name: other bytes with a store, $turn time"
    done
}
chat=examples/chat-llama70b-h100.yaml
question=(llama-3.1-8b --on h100-sxm:1 --set chip.memory.bandwidth=x2)
for format in table json; do
    same predict predict examples/predict-qwen3-14b-h100.yaml -f $format
    same recommend recommend $chat "${small[@]}" -f $format
    same sweep sweep $chat "${small[@]}" -f $format
    same whatif whatif "${question[@]}" -f $format
done
same formulas predict examples/predict-qwen3-14b-h100.yaml --formulas
for runs in 2 4; do same replications predict examples/predict-qwen3-14b-h100.yaml -r $runs -f json --set traffic.stop.requests=300; done      # four of which two are known
same by recommend $chat "${small[@]}" --set engine.quantization=fp8 --by tensor_parallel_size
same top recommend $chat "${small[@]}" --top 3

# Directories, too: written from a run, written from the store.
expect 0 directory "$orrery" predict examples/predict-qwen3-14b-h100.yaml -o "$work/run"
expect 0 directory "$orrery" predict examples/predict-qwen3-14b-h100.yaml -o "$work/kept" --store "$store"
diff -r "$work/run" "$work/kept" >/dev/null || fail "another directory from the store"

# From the environment; '' is none.
expect 0 environment env ORRERY_STORE="$work/env.db" "$orrery" predict examples/predict-qwen3-14b-h100.yaml
[ -s "$work/env.db" ] || fail "ORRERY_STORE is not used"
rm -f "$work"/env.db*
expect 0 none env ORRERY_STORE="$work/env.db" "$orrery" predict examples/predict-qwen3-14b-h100.yaml --store ''
[ ! -e "$work/env.db" ] || fail "--store '' opens a store"

# What a study names is part of what it is: another trace in the same place, another answer.
traced=(predict examples/predict-qwen3-14b-h100.yaml --set "traffic={source: $work/trace.csv}" --store "$store")
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00.0,100,20\n2024-05-10 00:00:01.0,200,20\n' >"$work/trace.csv"
expect 0 trace "$orrery" "${traced[@]}"; cp "$work/out" "$work/first"
expect 0 trace "$orrery" "${traced[@]}"
cmp -s "$work/first" "$work/out" || fail "a trace's answer has other bytes from the store"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00.0,100,20\n2024-05-10 00:00:01.0,2000,20\n' >"$work/trace.csv"
expect 0 trace "$orrery" "${traced[@]}"
cmp -s "$work/first" "$work/out" && fail "another trace has the answer of the first"

# --- ls ---
expect 0 ls "$orrery" ls --store "$store"
out_has ls "predict    20"
out_has ls "Qwen3-14B on one H100"
out_has ls "llama-3.1-8b with hardware.chip.memory.bandwidth=x2"
expect 0 ls-json "$orrery" ls --store "$store" -f json
out_has ls-json '"kind": "recommend"'
expect 2 ls-none "$orrery" ls --store "$work/absent.db"
err_has ls-none "there is no store"
expect 2 ls-unnamed "$orrery" ls
err_has ls-unnamed "set ORRERY_STORE"
echo 'no database at all, but long enough that it might be taken for one by its first page' >"$work/text.db"
expect 2 not-a-store "$orrery" predict examples/predict-qwen3-14b-h100.yaml --store "$work/text.db"
err_has not-a-store "is no store"
expect 2 folder "$orrery" predict examples/predict-qwen3-14b-h100.yaml --store "$work"
err_has folder "is a folder; a store is a file"
expect 3 no-folder "$orrery" predict examples/predict-qwen3-14b-h100.yaml --store "$work/none/x.db"
err_has no-folder "Its folder must be there"

# --- killed ---
source "$(dirname "${BASH_SOURCE[0]}")/kill_sweep.bash"
told=$(kill_sweep "$orrery" "$work" 20 5 1 2>/dev/null)
[ "$told" = "points 400 kills 5 lost 0 doubled 0 bytes same" ] || fail "a killed sweep: $told"

# Interrupted, not killed: what is known is told, and kept.
"$orrery" sweep examples/predict-qwen3-14b-h100.yaml --set 'hardware.chip.memory.bandwidth={range: {min: 2000 GB/s, max: 99980 GB/s, step: 20 GB/s}}' --finalists 0 --store "$work/stopped.db" >/dev/null 2>&1 &
child=$!
sleep 0.5
kill -INT $child
wait $child
code=$?
[ $code -eq 130 ] || [ $code -eq 0 ] || fail "an interrupted sweep ends with $code"
expect 0 stopped "$orrery" ls --store "$work/stopped.db" -f json
out_has stopped '"points": '

# --- a full disk: an error with the way out, and the same command goes on ---
wide=(sweep examples/predict-qwen3-14b-h100.yaml --set traffic.stop.requests=200 --set 'hardware.chip.memory.bandwidth={range: {min: 2000 GB/s, max: 9980 GB/s, step: 5 GB/s}}'
      --set 'engine.gpu_memory_utilization={choices: [0.7, 0.8, 0.9]}' --finalists 4 -f json)
expect 0 room "$orrery" "${wide[@]}" --store ''; cp "$work/out" "$work/room"
# The limit is on the size of any one file, in KiB; what would be a signal is an error then, as it is on a full disk.
expect 3 full bash -c 'ulimit -f 100; trap "" XFSZ; exec "$@"' full "$orrery" "${wide[@]}" --store "$work/full.db"
err_has full "the store $work/full.db can't be used"
err_has full "Make room there and give the same command again"
[ ! -s "$work/out" ] || fail "a sweep that could not be kept prints something"
expect 0 again "$orrery" "${wide[@]}" --store "$work/full.db"
cmp -s "$work/room" "$work/out" || fail "other bytes after a full disk"
finish
