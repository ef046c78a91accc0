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
out_has sweep "Verified"
expect 0 evolved "$orrery" pack "${chat[@]}" --as sweep --samples 40 --evolve --against gpus --contours replicas,tensor_parallel_size --finalists 1 -o "$work/evolved"
grep -q -- "--evolve --against gpus" "$work/evolved/reproduce.sh" || fail "the search is not told in reproduce.sh"
expect 0 evolved "$orrery" verify "$work/evolved" -f json
out_has evolved '"same": true'
out_has evolved contours.csv

# --- what a change brings, the best by something, where the time goes: packed as they are asked, and by their hash; changes that name files take them along ---
printf 'schema: orrery/v1\nmodel: qwen3-8b\nhardware: {chip: h100-sxm, chips: 1}\nengine: {profile: vllm}\ntraffic: {source: fixed, input_tokens: 256, output_tokens: 64, load: {concurrency: {choices: [4, 16]}}, stop: {requests: 100}}\nobjective: {maximize: output_tokens_per_s_per_gpu}\n' >"$work/small.yaml"
cd "$work/mine" || exit 1
expect 0 whatif "$orrery" whatif ../small.yaml --set chip=./deep/chip.yaml --fix engine.quantization=fp8 -f json --store "$work/w.db"
cp "$work/out" "$work/whatif.json"
expect 0 by "$orrery" recommend ../small.yaml --by concurrency -f json --store "$work/w.db"
cp "$work/out" "$work/by.json"
expect 0 whatif "$orrery" pack ../small.yaml --as whatif --change chip=./deep/chip.yaml --set engine.quantization=fp8 -o "$work/packed-whatif"
expect 0 by "$orrery" pack ../small.yaml --by concurrency -o "$work/packed-by"
expect 0 explain "$orrery" pack ../small.yaml --set traffic.load.concurrency=4 --as explain -o "$work/packed-explain" -f json
out_has explain '"verb": "explain"'
cd / || exit 1
hash_of() { "$orrery" ls --store "$work/w.db" | awk -v kind="$1" '$2 == kind { print $1 }'; }
expect 0 hashed "$orrery" pack "$(hash_of whatif)" -o "$work/hashed-whatif" --store "$work/w.db"
expect 0 hashed "$orrery" pack "$(hash_of recommend)" -o "$work/hashed-by" --store "$work/w.db"
for made in packed-whatif packed-by packed-explain hashed-whatif hashed-by; do
    expect 0 "$made" "$orrery" verify "$work/$made"
    out_has "$made" "Verified: the answer is the same, byte for byte."
    grep -rqF "$work" "$work/$made" && fail "a path of this machine stands in $made"
done
for made in packed-whatif hashed-whatif; do
    for file in files/chip.yaml files/base.yaml whatif.json as-it-is.yaml changed.yaml; do [ -f "$work/$made/$file" ] || fail "no $file in $made"; done
    cmp -s "$work/$made/whatif.json" <(sed 's#\./deep/chip.yaml#./files/chip.yaml#g' "$work/whatif.json") || fail "$made: another answer than that of whatif"
done
for made in packed-by hashed-by; do cmp -s "$work/$made/results.json" "$work/by.json" || fail "$made: another answer than that of recommend --by"; done
echo 'memory: {capacity: 90 GB}' >>"$work/packed-whatif/files/base.yaml"
sed -i 's/^memory: {bandwidth.*//' "$work/packed-whatif/files/base.yaml"
expect 1 changed "$orrery" verify "$work/packed-whatif"
out_has changed "changed     files/base.yaml"
expect 2 both "$orrery" pack "$work/small.yaml" --by concurrency --change chip=h200-sxm -o "$work/none"
err_has both "goes with recommend"
cd "$here" || exit 1

# --- by hash ---
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
