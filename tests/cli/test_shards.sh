#!/usr/bin/env bash
# orrery sweep --shard and merge: shards in any number and order, made again or by others beside, give the bytes of one process; and mistakes that point.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
study=examples/chat-llama70b-h100.yaml
small=(--set traffic.stop.requests=300 --set engine.max_num_seqs=64 --set engine.max_num_batched_tokens=2048)

expect 0 one "$orrery" sweep "$study" "${small[@]}" --format json --points "$work/one.csv"
cp "$work/out" "$work/one.json"
for shards in 1 3 7; do
    parts=()
    for ((i = shards; i >= 1; i--)); do
        expect 0 "shard $i of $shards" "$orrery" sweep "$study" "${small[@]}" --shard "$i/$shards" --store "$work/$shards-$i.db"
        out_has "shard $i of $shards" "Shard $i of $shards: "
        parts+=("$work/$shards-$i.db")
    done
    expect 0 "merge $shards" "$orrery" merge "$work/all-$shards.db" "${parts[@]}" "${parts[0]}"
    out_has "merge $shards" "256 of 256 points are estimated"
    expect 0 "answer of $shards" "$orrery" sweep "$study" "${small[@]}" --format json --store "$work/all-$shards.db" --points "$work/merged.csv"
    cmp -s "$work/one.json" "$work/out" || fail "$shards shards give another answer"
    cmp -s "$work/one.csv" "$work/merged.csv" || fail "$shards shards give other points"
done

# A shard that was killed is made again, alone; one that is missing is told, and what it lacks is computed.
expect 0 "merge without" "$orrery" merge "$work/most.db" "$work/3-1.db" "$work/3-3.db"
out_has "merge without" "shards are missing"
expect 0 "the rest" "$orrery" sweep "$study" "${small[@]}" --format json --store "$work/most.db"
cmp -s "$work/one.json" "$work/out" || fail "with a shard missing the answer is another"
expect 0 again "$orrery" merge "$work/all-3.db" "$work/3-2.db"
out_has again "0 points that"

expect 2 "no store" env -u ORRERY_STORE "$orrery" sweep "$study" --shard 1/2
err_has "no store" "a shard is kept in a store"
for wrong in 0/2 3/2 1 1/2/3 x/2 -1/2; do
    expect 2 "shard $wrong" "$orrery" sweep "$study" --shard "$wrong" --store "$work/x.db"
    err_has "shard $wrong" "it takes I/N"
done
expect 2 evolve "$orrery" sweep "$study" --evolve --shard 1/2 --store "$work/x.db"
err_has evolve "no shard of it can be made alone"
expect 2 absent "$orrery" merge "$work/new.db" "$work/absent.db"
err_has absent "there is no store"
echo "no store" > "$work/text.db"
expect 2 "not a store" "$orrery" merge "$work/new.db" "$work/text.db"
err_has "not a store" "is no store"
finish
