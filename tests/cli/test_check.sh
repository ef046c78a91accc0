#!/usr/bin/env bash
# orrery check, list, show, help, completion: exit codes, and what goes to stdout and stderr.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

for study in examples/*.yaml; do
    expect 0 "$study" "$orrery" check "$study"
    err_empty "$study"
done

expect 0 one-system "$orrery" check examples/predict-qwen3-14b-h100.yaml
out_has one-system "weights bf16"
expect 0 set "$orrery" check examples/predict-qwen3-14b-h100.yaml --set engine.quantization=fp8 -s hardware.chips=2
out_has set "weights fp8"
out_has set "2 replicas"
expect 0 domains "$orrery" check examples/whatif-memory-bandwidth.yaml
out_has domains "systems    4"

expect 2 layout "$orrery" check examples/predict-qwen3-14b-h100.yaml --set engine.tensor_parallel_size=3
err_has layout "tensor_parallel_size 3 does not divide the 40 attention heads"
expect 2 typo "$orrery" check examples/predict-qwen3-14b-h100.yaml --set engine.max_num_seq=3
err_has typo 'Did you mean "max_num_seqs"?'
expect 2 form "$orrery" check examples/predict-qwen3-14b-h100.yaml --set nonsense
err_has form "path=value"
expect 2 absent "$orrery" check "$work/none.yaml"
expect 2 nothing "$orrery" check
expect 2 resolved-domain "$orrery" check examples/whatif-memory-bandwidth.yaml --write-resolved "$work/r.yaml"
err_has resolved-domain "is a domain of 4 choices"

# resolved.yaml: a study again, and its own resolution but for comments
for study in examples/predict-*.yaml; do
    expect 0 "resolve $study" "$orrery" check "$study" --write-resolved "$work/first.yaml"
    expect 0 "resolve again $study" "$orrery" check "$work/first.yaml" --write-resolved "$work/second.yaml"
    sed 's/    # .*//' "$work/first.yaml" >"$work/a"; sed 's/    # .*//' "$work/second.yaml" >"$work/b"
    cmp -s "$work/a" "$work/b" || { diff "$work/a" "$work/b"; fail "$study: resolved twice is not the same"; }
done
expect 0 resolve-stdout "$orrery" check examples/predict-qwen3-14b-h100.yaml --write-resolved -
out_has resolve-stdout "max_num_batched_tokens: 8192"
expect 3 unwritable "$orrery" check examples/predict-qwen3-14b-h100.yaml --write-resolved "$work/no/such/folder/r.yaml"

expect 0 schema "$orrery" check --schema
out_has schema '"$schema"'
if command -v python3 >/dev/null; then python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$work/out" || fail "schema: not JSON"; fi

expect 0 list "$orrery" list
out_has list "h100-sxm"
expect 0 list-kind "$orrery" list models
out_has list-kind "Qwen/Qwen3-14B"
expect 2 list-unknown "$orrery" list fabrik
err_has list-unknown 'Did you mean "fabric"?'

expect 0 show "$orrery" show h100
out_has show "989.4 TFLOP/s"
expect 0 show-model "$orrery" show model qwen3-14b
out_has show-model "14768307200"
expect 0 show-json "$orrery" show h100 --format json
if command -v python3 >/dev/null; then python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$work/out" || fail "show: not JSON"; fi
expect 0 show-yaml "$orrery" show h100 -f yaml
out_has show-yaml "schema: orrery/chip/v1"
expect 2 show-unknown "$orrery" show h100-smx
err_has show-unknown 'Did you mean "h100-sxm"?'
expect 2 show-format "$orrery" show h100 --format xml
expect 0 fields "$orrery" show --fields engine
out_has fields "max_num_batched_tokens"
expect 2 fields-unknown "$orrery" show --fields engines-x

expect 2 no-verb "$orrery"
expect 2 unknown-verb "$orrery" chek
err_has unknown-verb 'Did you mean "check"?'
expect 2 unknown-option "$orrery" check --sett a=b
err_has unknown-option 'Did you mean --set?'
expect 2 missing-value "$orrery" check --set
expect 0 version "$orrery" --version
out_has version "orrery "
expect 0 help "$orrery" help check
out_has help "--write-resolved"
expect 0 help-option "$orrery" check --help
expect 0 completion "$orrery" completion
out_has completion "complete -o filenames -F _orrery orrery"
bash -n "$work/out" || fail "completion: not a script"

finish
