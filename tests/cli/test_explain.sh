#!/usr/bin/env bash
# orrery explain: steps, elasticities, memory; what does not fit.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

study=examples/predict-qwen3-14b-h100.yaml

expect 0 table "$orrery" explain "$study"
for word in "Decode step" "Mixed step" "gate_up_proj" "decode_attention" "chip.memory.bandwidth" "left for the cache" "would have been enough" "As fast as it is"; do out_has table "$word"; done
expect 0 json "$orrery" explain "$study" --format json --output-dir "$work/made"
for key in '"decode_step"' '"elasticities"' '"parameter": "chip.memory.bandwidth"' '"fits": true' '"operators"' '"balance"' '"enough_together"' '"as_fast"'; do out_has json "$key"; done
cmp -s "$work/out" "$work/made/results.json" || fail "results.json is not what was printed"

# A decode step that memory binds gets faster with more of it, and never by more than in proportion.
value=$(grep -A 8 '"parameter": "chip.memory.bandwidth"' "$work/out" | sed -n 's/.*"decode_step": \(-[0-9.]*\).*/\1/p')
awk -v e="$value" 'BEGIN { exit !(e < -0.3 && e >= -1.001) }' || fail "elasticity of memory bandwidth is \"$value\""

expect 1 too-big "$orrery" explain "$study" --set hardware.chip=l4
out_has too-big "does not fit"
expect 2 domain "$orrery" explain examples/chat-llama70b-h100.yaml
err_has domain "explain takes one system"

finish
