#!/usr/bin/env bash
# Recordings: a replay gives the recorded run's bytes, one that does not fit says where; files written while a run goes on.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

study=examples/predict-qwen3-14b-h100.yaml
few=(--set traffic.stop.requests=300)

# both NAME STUDY SETTINGS...: records, replays, and compares all that either wrote.
both()
{
    local name=$1; shift
    expect 0 "$name" "$orrery" predict "$@" --record "$work/$name.rec" --output-dir "$work/$name-1" --steps "$work/$name-1.steps" --trace "$work/$name-1.trace"
    cp "$work/out" "$work/$name.text"
    expect 0 "$name replayed" "$orrery" predict "$@" --replay "$work/$name.rec" --output-dir "$work/$name-2" --steps "$work/$name-2.steps" --trace "$work/$name-2.trace" --record "$work/$name.again"
    cmp -s "$work/out" "$work/$name.text" || fail "$name: a replay prints something else"
    for file in results.json requests.csv resolved.yaml; do cmp -s "$work/$name-1/$file" "$work/$name-2/$file" || fail "$name: a replay writes another $file"; done
    for file in steps trace; do cmp -s "$work/$name-1.$file" "$work/$name-2.$file" || fail "$name: a replay writes another $file"; done
    cmp -s "$work/$name.rec" "$work/$name.again" || fail "$name: a replay records something else"
    expect 0 "$name unwatched" "$orrery" predict "$@"
    cmp -s "$work/out" "$work/$name.text" || fail "$name: a recorded run is another than one that is not"
}

both aggregated "$study" "${few[@]}"
both replicas "$study" "${few[@]}" --set hardware.chips=2 --set serving.replicas=2 --set serving.router=least-loaded
both pipelined "$study" "${few[@]}" --set hardware.chips=2 --set engine.pipeline_parallel_size=2
both speculative "$study" "${few[@]}" --set 'engine.speculation={method: ngram, tokens: 3, acceptance: 0.5}'
both disaggregated examples/deepseek-r1-disaggregated.yaml --set traffic.stop.requests=200

both images examples/encoders-qwen2.5-vl-7b-h100.yaml --set serving.encoders.replicas=0 --set traffic.stop.requests=200
both encoders examples/encoders-qwen2.5-vl-7b-h100.yaml --set serving.encoders.replicas=2 --set traffic.stop.requests=200

both warmed-up "$study" "${few[@]}" --warmup auto --set "traffic.load={concurrency: 16}"

# What may differ: limits. They are judged anew.
expect 0 limits "$orrery" predict "$study" "${few[@]}" --replay "$work/aggregated.rec" --set slo.ttft.p99=10ms
out_has limits "misses its limit"

# What may not.
expect 2 seed "$orrery" predict "$study" "${few[@]}" --replay "$work/aggregated.rec" --set seed=2
err_has seed "does not fit this study: step 1, of replica 0 at "
err_has seed "recorded: 0 decodes"
[ ! -s "$work/out" ] || fail "seed: stdout is not empty"
expect 2 later "$orrery" predict "$study" --set traffic.stop.requests=310 --replay "$work/aggregated.rec"
err_has later "does not fit this study: "
expect 2 chip "$orrery" predict "$study" "${few[@]}" --replay "$work/aggregated.rec" --set hardware.chip=h200
err_has chip "was recorded of another system"
expect 2 replicas "$orrery" predict "$study" "${few[@]}" --replay "$work/replicas.rec"
err_has replicas "it has 2 replicas"
expect 2 none "$orrery" predict "$study" "${few[@]}" --replay "$study"
err_has none "is no recording"
expect 2 absent "$orrery" predict "$study" "${few[@]}" --replay "$work/absent"
head -c 20000 "$work/aggregated.rec" >"$work/cut.rec"
expect 2 cut "$orrery" predict "$study" "${few[@]}" --replay "$work/cut.rec"
err_has cut "is damaged or cut off, at step "
head -c -2 "$work/aggregated.rec" >"$work/end.rec"
expect 2 end "$orrery" predict "$study" "${few[@]}" --replay "$work/end.rec"
err_has end "is damaged or cut off"
{ head -c 5000 "$work/aggregated.rec"; printf x; tail -c +5002 "$work/aggregated.rec"; } >"$work/bit.rec"
expect 2 bit "$orrery" predict "$study" "${few[@]}" --replay "$work/bit.rec"
gzip -c "$work/aggregated.rec" >"$work/packed.rec"
expect 0 packed "$orrery" predict "$study" "${few[@]}" --replay "$work/packed.rec"

# requests.csv as the run goes on is the one written at its end.
for more in "" "traffic.load={process: all-at-once}" "traffic.load={concurrency: 16}" "engine.max_model_len=1200"; do
    settings=("${few[@]}"); [ -z "$more" ] || settings+=(--set "$more")
    expect 0 requests "$orrery" predict "$study" "${settings[@]}" --requests "$work/requests.csv" --output-dir "$work/whole"
    cmp -s "$work/requests.csv" "$work/whole/requests.csv" || fail "requests.csv written as the run goes on is another: $more"
done
[ "$(wc -l <"$work/aggregated-1.steps")" -gt 300 ] || fail "steps.csv has too few lines"
# A failed run leaves no files.
expect 2 failed "$orrery" predict "$study" "${few[@]}" --set seed=2 --replay "$work/aggregated.rec" --steps "$work/failed.csv"
[ ! -e "$work/failed.csv" ] || fail "a run that failed left steps.csv"

finish
