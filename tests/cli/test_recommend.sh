#!/usr/bin/env bash
# orrery recommend: the answer, JSON, threads, no answer, Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

study=examples/chat-llama70b-h100.yaml
small=(--set traffic.stop.requests=1500 --set 'engine.max_num_seqs={choices: [32, 128]}' --set engine.max_num_batched_tokens=4096 --set 'serving.replicas={choices: [2, 4, 8]}')

expect 0 table "$orrery" recommend "$study" "${small[@]}" --threads 2
for word in "feasible" "GPUs" "Of 96 points" "does not fit" "p99 TPOT" "A typical step"; do out_has table "$word"; done

expect 0 json "$orrery" recommend "$study" "${small[@]}" --threads 1 --format json --top 1000 --output-dir "$work/made"
for key in '"answer"' '"candidate_count": 96' '"evaluated": 96' '"interrupted": false' '"verdict": "feasible"' '"on_pareto_front": true'; do out_has json "$key"; done
[ "$(grep -c '"rank"' "$work/out")" -eq 96 ] || fail "not every point is told"
cp "$work/out" "$work/one.json"
expect 0 threads "$orrery" recommend "$study" "${small[@]}" --threads 4 --format json --top 1000
cmp -s "$work/out" "$work/one.json" || fail "threads change the answer"

expect 0 seeds "$orrery" recommend "$study" "${small[@]}" --seeds 2 --threads 1
out_has seeds "The best again, under 2 seeds that chose none of them"
out_has seeds "keeps the SLOs"
cp "$work/out" "$work/seeds.txt"
expect 0 seeds "$orrery" recommend "$study" "${small[@]}" --seeds 2 --store "$work/s.db"
cmp -s "$work/out" "$work/seeds.txt" || fail "threads or a store change what can be told apart"
expect 2 seeds "$orrery" recommend "$study" "${small[@]}" --seeds 2 --by serving.replicas
err_has seeds "Leave out --by or --seeds"

# The winner, predicted from its resolved.yaml, is the system the answer tells of.
expect 0 winner "$orrery" predict "$work/made/resolved.yaml"
out_has winner "every SLO limit holds"

expect 1 impossible "$orrery" recommend "$study" "${small[@]}" --set 'slo={ttft: {p99: 1 ms}}'
out_has impossible "None of the 96 systems is feasible"
expect 0 one "$orrery" recommend examples/predict-qwen3-14b-h100.yaml --set traffic.stop.requests=200
out_has one "the study as written"
expect 2 objective "$orrery" recommend "$study" "${small[@]}" --set 'objective={choices: [{minimize: gpus}, {maximize: goodput}]}'
expect 2 points "$orrery" recommend "$study" --set 'traffic.load.rate={range: {min: 1, max: 5000, step: 1}}'
err_has points "can be searched"
expect 2 number "$orrery" recommend "$study" --threads many

# Ctrl-C: what is known so far, and 130. Progress is JSON lines where stderr is no terminal.
"$orrery" recommend "$study" --threads 1 --set traffic.stop.requests=400000 --format json --top 1 >"$work/out" 2>"$work/err" &
search=$!
sleep 3
kill -INT "$search"
wait "$search"
code=$?
[ "$code" -eq 130 ] || { cat "$work/err"; fail "interrupted: exit code $code, wanted 130"; }
out_has interrupted '"interrupted": true'
err_has interrupted '{"event":"progress","verb":"recommend"'

finish
