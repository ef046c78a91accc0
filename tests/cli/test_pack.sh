#!/usr/bin/env bash
# pack and verify: an answer with all that it follows from, made again byte by byte; compare: what differs in and out, and by more than chance?
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
unset ORRERY_STORE
study=$PWD/examples/predict-qwen3-14b-h100.yaml
here=$PWD
case $orrery in /*) ;; *) orrery=$PWD/$orrery ;; esac
few=(--set traffic.stop.requests=300)

# --- a study whose files lie about: a chip that extends another, a trace beside and above it ---
mkdir -p "$work/mine/deep"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00.0,100,20\n2024-05-10 00:00:01.0,200,20\n' >"$work/mine/trace.csv"
printf 'extends: h100-sxm\nmemory: {bandwidth: 4 TB/s}\n' >"$work/mine/deep/base.yaml"
printf 'extends: ./base.yaml\nmemory: {capacity: 100 GB}\n' >"$work/mine/deep/chip.yaml"
printf 'schema: orrery/v1\nmodel: Qwen/Qwen3-14B\nhardware: {chip: ./chip.yaml, chips: 1}\nengine: {profile: vllm}\ntraffic: {source: ../trace.csv}\n' >"$work/mine/deep/study.yaml"
cd "$work" || exit 1
expect 0 pack "$orrery" pack mine/deep/study.yaml -o packed
for file in study.yaml files/trace.csv files/chip.yaml files/base.yaml resolved.yaml results.json requests.csv table.txt manifest.json reproduce.sh; do [ -f "packed/$file" ] || fail "no $file in the pack"; done
grep -rqF "$work" packed && fail "a path of this machine stands in the pack"
mv mine gone
mv packed elsewhere
expect 0 verify "$orrery" verify elsewhere
out_has verify "Verified: the answer is the same, byte for byte."
expect 0 script env ORRERY="$orrery" elsewhere/reproduce.sh
sed -i 's/"answer": "TP1/"answer": "TP9/' elsewhere/results.json
expect 1 changed "$orrery" verify elsewhere
out_has changed "changed     results.json is not as it was packed"
out_has changed "differs     results.json, from line "
out_has changed "TP9 bf16"
out_has changed "same        requests.csv"
echo '2024-05-10 00:00:02.0,200,20' >>elsewhere/files/trace.csv
expect 1 input "$orrery" verify elsewhere
out_has input "changed     files/trace.csv"
out_has input "differs     requests.csv"
mv gone mine

# --- sweeps and searches; and answers of a store, from any folder ---
cd "$here" || exit 1
chat=(examples/chat-llama70b-h100.yaml "${few[@]}" --set engine.max_num_seqs=64 --set engine.max_num_batched_tokens=8192)
expect 0 sweep "$orrery" pack "${chat[@]}" --as sweep --finalists 2 -o "$work/swept"
expect 0 sweep "$orrery" verify "$work/swept"
out_has sweep "same        points.csv"
expect 0 stored "$orrery" predict "$work/mine/deep/study.yaml" --store "$work/s.db"
hash=$("$orrery" ls --store "$work/s.db" | head -n 1 | cut -c1-12)
cd / || exit 1
expect 0 by-hash "$orrery" pack "$hash" -o "$work/by-hash" --store "$work/s.db"
expect 0 by-hash "$orrery" verify "$work/by-hash"
expect 2 no-hash "$orrery" pack abcdef -o "$work/none" --store "$work/s.db"
err_has no-hash "holds no answer abcdef"
cd "$here" || exit 1
expect 2 no-folder "$orrery" pack "$study"
err_has no-folder "Write -o DIR"
expect 2 no-pack "$orrery" verify examples
err_has no-pack "examples is no pack"

# --- compare ---
expect 0 same "$orrery" compare "$study" "$study" "${few[@]}"
out_has same "Inputs: all "
out_has same "Every figure is the same."
expect 0 one-run "$orrery" compare "$study" "$work/by-hash"
out_has one-run "one run each"
out_has one-run "hardware.chip.memory.bandwidth"
store=(--store "$work/c.db")
expect 0 a "$orrery" predict "$study" "${few[@]}" -r 5 "${store[@]}" -o "$work/a"
expect 0 b "$orrery" predict "$study" "${few[@]}" -r 5 "${store[@]}" -o "$work/b" --set traffic.load.rate=8.1/s
expect 0 c "$orrery" predict "$study" "${few[@]}" -r 5 "${store[@]}" -o "$work/c" --set engine.quantization=fp8
expect 0 chance "$orrery" compare "$work/a" "$work/b"
out_has chance "no: within chance"
out_has chance "the two are not distinguishable"
out_has chance "traffic.load.rate"
expect 0 apart "$orrery" compare "$work/a" "$work/c/results.json"
out_has apart "yes, 95 % sure"
out_has apart "engine.quantization"
hashes=($("$orrery" ls "${store[@]}" -f json | sed -n 's/.*"hash": "\(.*\)",/\1/p'))
expect 0 hashes "$orrery" compare "${hashes[0]}" "${hashes[1]}" "${store[@]}" -f json
out_has hashes '"schema": "orrery-compare/v1"'
expect 2 nothing "$orrery" compare "$work/a" "$work/nothing.json"
err_has nothing "there is no file"
expect 2 no-answer "$orrery" compare "$work/a" "$work/by-hash/manifest.json"
finish
