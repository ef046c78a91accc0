#!/usr/bin/env bash
# The demo's study on the real Azure conversation trace, replayed by path: a system is found, it serves every request, and costs about what the fitted profile says.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/expect.bash"
trace=../shared/data/traces/AzureLLMInferenceTrace_conv.csv.gz
study=examples/chat-llama70b-h100.yaml
if [ ! -r "$trace" ]; then echo "skipped: the trace is not here ($trace)"; exit 77; fi

expect 0 trace "$orrery" recommend "$study" --set "traffic.source=$trace" --format json
cp "$work/out" "$work/trace.json"
grep -q '"completed": 19366' "$work/trace.json" || fail "the system found did not serve every request of the trace"
expect 0 profile "$orrery" recommend "$study" --format json
cp "$work/out" "$work/profile.json"

figure() { sed -n "s/^ *\"$2\": \([0-9.e+-]*\),*$/\1/p" "$work/$1.json" | head -n 1; }
key=usd_per_mtok_output
awk -v a="$(figure trace $key)" -v b="$(figure profile $key)" -v key="$key" 'BEGIN { printf "%s: trace %s, profile %s\n", key, a, b; exit !(a > 0 && b > 0 && a / b < 1.35 && b / a < 1.35) }' \
    || fail "the answer on the profile is far from the one on the trace"
finish
