#!/usr/bin/env bash
# A user's own chip and engine: residuals and coefficients of his tables in a study, and an engine from benchmarks that finds known host times again.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

# --- tables of one's own -------------------------------------------------------------------------
tables=$work/tables
mkdir -p "$tables/h100-sxm" "$tables/mine"
awk 'BEGIN { print "gemm_dtype,m,n,k,latency_ms"
             for (m = 1; m <= 4096; m *= 4) for (n = 1024; n <= 16384; n *= 2) for (k = 1024; k <= 4096; k *= 2)
                 printf "bfloat16,%d,%d,%d,%.6f\n", m, n, k, 0.003 + 1.5e3 * (2 * m * n * k / 989e12 + 2 * (m * n + n * k + m * k) / 3.35e12) }' >"$tables/h100-sxm/gemm-vllm-1.csv"
cp "$tables/h100-sxm/gemm-vllm-1.csv" "$tables/mine/"
mkdir "$work/studies"
study=$work/studies/study.yaml
cat >"$study" <<'END'
schema: orrery/v1
model: Qwen/Qwen3-8B
hardware: {chip: h100-sxm, chips: 1}
engine: {profile: vllm, host_overlap: 0}
traffic: {source: fixed, input_tokens: 700, output_tokens: 60, load: {concurrency: 16}, stop: {requests: 120}}
END
# The figure of a result, or of the file of one.
figure() { sed -n "s/^  \"$1\": \([0-9.e+-]*\),$/\1/p" "$2"; }
same_figures() { diff <(sed -n '/"num_prompts"/,/"system"/p' "$1") <(sed -n '/"num_prompts"/,/"system"/p' "$2") >/dev/null; }
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { r = a / b - 1; exit !(r < t && r > -t) }'; }

expect 0 plain "$orrery" predict "$study" --format json
cp "$work/out" "$work/plain.json"
expect 0 residuals "$orrery" calibrate "$tables/h100-sxm" --residuals "$work/studies/own" --source "My bench https://example.org/bench"
grep -q 'kernels: {title: "My bench", url: "https://example.org/bench"}' "$work/studies/own/h100-sxm--vllm.yaml" || fail "residuals: the source is not cited"
own=(--set engine.kernels=./own/h100-sxm--vllm.yaml)
sed 's|^engine: {|&kernels: ./own/h100-sxm--vllm.yaml, |' "$study" >"$work/studies/with-own.yaml"
expect 0 own "$orrery" predict "$work/studies/with-own.yaml" --format json -o "$work/elsewhere/out"
cp "$work/out" "$work/own.json"
same_figures "$work/own.json" "$work/plain.json" && fail "own: one's own residuals change nothing"
expect 0 own-resolved "$orrery" predict "$work/elsewhere/out/resolved.yaml" --format json
same_figures "$work/out" "$work/own.json" || fail "own: resolved.yaml is another system"
expect 0 own-universal "$orrery" predict "$work/studies/with-own.yaml" --set calibration=universal --format json
cp "$work/out" "$work/universal.json"
same_figures "$work/universal.json" "$work/own.json" && fail "own: universal still has residuals"
expect 0 own-search "$orrery" recommend "$work/studies/with-own.yaml" --set 'engine.max_num_seqs={choices: [8, 16, 32]}' --set 'engine.kernels={choices: [vllm, '"$work"'/studies/own/h100-sxm--vllm.yaml]}'
expect 2 own-chip "$orrery" predict "$work/studies/with-own.yaml" --set hardware.chip=a100-sxm-80gb
err_has own-chip "with-own.yaml:4:19: error: the chip is a100-sxm-80gb, and these kernels were measured on h100-sxm"
err_has own-chip "own/h100-sxm--vllm.yaml:4:7: its chip is here"
sed -i '0,/    dims: /s//    dims: 70/' "$work/studies/own/h100-sxm--vllm.yaml"
expect 2 own-broken "$orrery" check "$work/studies/with-own.yaml"
err_has own-broken 'own/h100-sxm--vllm.yaml:'
err_has own-broken 'a residual needs a number "dims" from 1 to 8'
expect 2 own-absent "$orrery" check "$study" --set engine.kernels=./nowhere.yaml
err_has own-absent 'there is no file "./nowhere.yaml"'

# A chip that no catalogue knows.
cat >"$work/studies/mine.yaml" <<'END'
extends: h100-sxm
name: my-chip
title: My chip
aliases: []
memory: {bandwidth: 3 TB/s}
END
expect 2 stranger "$orrery" calibrate "$tables/mine" --residuals "$work/studies/own"
err_has stranger "a chip of your own: --chip FILE"
expect 0 chip "$orrery" calibrate "$tables/mine" --chip "$work/studies/mine.yaml" --residuals "$work/studies/own"
grep -q "^chip: my-chip" "$work/studies/own/my-chip--vllm.yaml" || fail "chip: the residuals are of another chip"
expect 0 chip-study "$orrery" predict "$study" --set "hardware.chip=$work/studies/mine.yaml" --set "engine.kernels=$work/studies/own/my-chip--vllm.yaml" --format json
out_has chip-study '"grade": "calibrated"'

# Coefficients of one's own: in a study, and as what residuals are fitted to.
expect 0 fit "$orrery" calibrate "$tables/h100-sxm" --fit gemm --evaluations 60 -o "$work/studies/mine-universal.yaml"
grep -q 'source: own, origin: calibrated' "$work/studies/mine-universal.yaml" || fail "fit: fitted values cite another source than one's own"
sed '$a coefficients: ./mine-universal.yaml' "$study" >"$work/studies/coefficients.yaml"
expect 0 coefficients "$orrery" predict "$work/studies/coefficients.yaml" --format json -o "$work/elsewhere/coefficients"
cp "$work/out" "$work/coefficients.json"
same_figures "$work/coefficients.json" "$work/universal.json" && fail "coefficients: one's own change nothing"
expect 0 coefficients-resolved "$orrery" predict "$work/elsewhere/coefficients/resolved.yaml" --format json
same_figures "$work/out" "$work/coefficients.json" || fail "coefficients: resolved.yaml is another system"
expect 0 both "$orrery" calibrate "$tables/h100-sxm" --coefficients "$work/studies/mine-universal.yaml" --residuals "$work/studies/own2"
expect 2 coefficients-bound "$orrery" recommend "$study" --set coefficients.gemm.compute_share=3
err_has coefficients-bound "gemm.compute_share 3 is above 1"

# --- an engine from benchmarks ---------------------------------------------------------------------
measured() { "$orrery" predict "$study" "${truth[@]}" --format json "${@:2}" >"$work/$1.json" || fail "$1: can't be predicted"; }
truth=(--set "engine.host_per_step=3.3 ms" --set "engine.request_entry=41 ms")
measured one
expect 0 engine "$orrery" calibrate "$work/one.json" --study "$study" -o "$work/studies/my-engine.yaml"
out_has engine "one result tells two times apart"
expect 0 engine-study "$orrery" predict "$study" --set "engine.profile=$work/studies/my-engine.yaml" --format json -o "$work/elsewhere/engine"
for key in mean_ttft_ms mean_tpot_ms mean_itl_ms mean_e2el_ms p99_ttft_ms output_throughput; do
    near "$(figure $key "$work/out")" "$(figure $key "$work/one.json")" 0.01 || fail "engine: $key is more than 1 % off what it was calibrated from"
done
cp "$work/out" "$work/engine.json"
expect 0 engine-resolved "$orrery" predict "$work/elsewhere/engine/resolved.yaml" --format json
same_figures "$work/out" "$work/engine.json" || fail "engine: resolved.yaml is another system"
expect 0 show "$orrery" show engine "$work/studies/my-engine.yaml"
out_has show "one.json of orrery predict: 120 requests of 700 tokens in and 60 out, 16 in flight"

# Four loads tell four times apart, and what comes of them holds at a fifth.
truth+=(--set "engine.host_per_request=70 us" --set "engine.host_per_prefill=5 ms")
for load in 2 8 24 64; do measured "load-$load" --set traffic.load.concurrency=$load; done
expect 0 four "$orrery" calibrate "$work"/load-{2,8,24,64}.json --study "$study" --threads 1 -o "$work/studies/four.yaml"
expect 0 four-threads "$orrery" calibrate "$work"/load-{2,8,24,64}.json --study "$study" --threads 3 -o "$work/studies/four-threads.yaml"
cmp -s <(sed 1,8d "$work/studies/four.yaml") <(sed 1,8d "$work/studies/four-threads.yaml") || fail "four: three threads write another engine than one"
measured fifth --set traffic.load.concurrency=40
expect 0 fifth-study "$orrery" predict "$study" --set "engine.profile=$work/studies/four.yaml" --set traffic.load.concurrency=40 --format json
for key in mean_ttft_ms mean_tpot_ms; do near "$(figure $key "$work/out")" "$(figure $key "$work/fifth.json")" 0.01 || fail "fifth: $key is more than 1 % off at a load that was not calibrated on"; done

# An open load, under an engine that hides host time.
truth=(--set "engine.host_per_step=9 ms" --set "engine.request_entry=60 ms" --set engine.host_overlap=0.9)
open=(--set "traffic.load={rate: 6/s}")
measured open "${open[@]}"
expect 0 open "$orrery" calibrate "$work/open.json" --study "$study" --set engine.host_overlap=0.9 -o "$work/studies/open.yaml"
expect 0 open-study "$orrery" predict "$study" "${open[@]}" --set engine.host_overlap=0.9 --set "engine.profile=$work/studies/open.yaml" --format json
for key in mean_ttft_ms mean_tpot_ms; do near "$(figure $key "$work/out")" "$(figure $key "$work/open.json")" 0.01 || fail "open: $key is more than 1 % off"; done

# What can't be.
sed 's/"failed": 0/"failed": 2/' "$work/one.json" >"$work/failed.json"
expect 2 failed "$orrery" calibrate "$work/failed.json" --study "$study"
err_has failed "2 of its requests failed"
grep -v '"mean_ttft_ms": [0-9]' "$work/one.json" >"$work/missing.json"
expect 2 missing "$orrery" calibrate "$work/missing.json" --study "$study"
err_has missing '"mean_ttft_ms" is missing'
expect 2 domain "$orrery" calibrate "$work/one.json" --study "$study" --set 'engine.max_num_seqs={choices: [8, 16]}'
err_has domain "a benchmark was run on one system"
expect 2 too-long "$orrery" calibrate "$work/one.json" --study "$study" --set engine.max_model_len=256
err_has too-long "longer than the context"
expect 2 no-study "$orrery" calibrate "$work/one.json" "$work/open.json"
err_has no-study "--study"
sed -i 's/^  "mean_tpot_ms": [0-9.]*,/  "mean_tpot_ms": 0.5,/' "$work/one.json"
expect 0 too-fast "$orrery" calibrate "$work/one.json" --study "$study"
err_has too-fast "host times do not explain it"
out_has too-fast "schema: orrery/engine/v1"

finish
