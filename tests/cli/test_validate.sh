#!/usr/bin/env bash
# orrery validate: tables for kernels, servers and both, the files of -o, same bytes, what it refuses. The measurements are invented.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
source "$(dirname "${BASH_SOURCE[0]}")/invented.bash"
invented "$work/data"

expect 0 kernels "$orrery" validate "$work/data/kernels"
for word in family median gemm decode_attention b200-sxm h100-sxm; do out_has kernels "$word"; done
err_empty kernels
expect 0 servers "$orrery" validate "$work/data/serving"
for word in closed_loop Qwen3-8B tpot "furthest off in TPOT" 'no model of the catalogue for "a-model-that-is-not"'; do out_has servers "$word"; done
cp "$work/out" "$work/servers.txt"

expect 0 both "$orrery" validate "$work/data" -o "$work/made/one" --threads 1
for word in decode_attention closed_loop; do out_has both "$word"; done
for word in validation.json errors.csv report.html; do err_has both "$word"; done
expect 0 again "$orrery" validate "$work/data" -o "$work/made/two" --threads 3
for file in validation.json errors.csv; do
    [ -s "$work/made/one/$file" ] || fail "there is no $file"
    cmp -s "$work/made/one/$file" "$work/made/two/$file" || fail "$file differs with the number of threads"
done
json_has() { grep -qF -- "$1" "$work/made/one/validation.json" || fail "validation.json lacks: $1"; }
for key in '"schema":"orrery-validation/v1"' '"kind":"validation"' '"chips":["b200-sxm","h100-sxm","h200-sxm"]' '"name":"kernels"' '"name":"servers"' '"name":"runs"' '"median_abs"' '"coverage"' '"ninety"' '"distributions"' \
    'At its peak the chip would take' 'A typical step of' 'a-model-that-is-not' 'unheard_of: an operator that is not read'; do json_has "$key"; done
grep -qF "$work" "$work/made/one/validation.json" && fail "validation.json names a path of this machine"
grep -q '^set,quantity,by,group,within,of,rows,' "$work/made/one/errors.csv" || fail "errors.csv has another head"
grep -q '^kernels,latency,family and chip,gemm,h100-sxm,,52,' "$work/made/one/errors.csv" || fail "errors.csv has not gemm on the H100"
grep -q '^servers,tpot,model,Qwen/Qwen3-8B,,closed_loop,12,' "$work/made/one/errors.csv" || fail "errors.csv has not the servers of Qwen3-8B"
grep -q '^kernels,power,' "$work/made/one/errors.csv" || fail "errors.csv has no power"

expect 0 csv "$orrery" validate "$work/data/kernels" --by kind --csv "$work/kinds.csv"
grep -q '^gemm,h100-sxm,vllm,fp8,' "$work/kinds.csv" || fail "--csv has no line of its own for fp8"
expect 0 each "$orrery" validate "$work/data/serving" --each
out_has each "made-up-4-1,tpot_mean_ms,"
expect 0 group "$orrery" validate "$work/data/kernels" --fit gemm -o "$work/made/gemm"
grep -q decode_attention "$work/made/gemm/validation.json" && fail "--fit gemm writes other families"

# Fits that have not seen what is judged: those rows alone, progress on stderr, the same bytes whatever the threads.
expect 0 without-chip "$orrery" validate "$work/data" --leave-out chip=h200-sxm --rows 100 --evaluations 20 --threads 1
for word in decode_attention closed_loop hgx-h200; do [ "$word" = decode_attention ] || out_has without-chip "$word"; done
grep -q "dgx-h100" "$work/out" && fail "without-chip: judges another chip's servers"
err_has without-chip "host times of vllm without h200-sxm: fitted to"
cp "$work/out" "$work/without.txt"
expect 0 without-chip-threads "$orrery" validate "$work/data" --leave-out chip=h200-sxm --rows 100 --evaluations 20 --threads 3
cmp -s "$work/out" "$work/without.txt" || fail "--leave-out differs with the number of threads"
expect 0 without-measured-chip "$orrery" validate "$work/data" --leave-out chip=h100-sxm --rows 100 --evaluations 20
err_has without-measured-chip "kernels without h100-sxm, gemm: loss"
out_has without-measured-chip "dgx-h100"
expect 0 without-chip-servers "$orrery" validate "$work/data/serving" --leave-out chip=h100
out_has without-chip-servers "dgx-h100"
expect 2 without-model "$orrery" validate "$work/data/serving" --leave-out model=Qwen/Qwen3-8B
err_has without-model "without model Qwen/Qwen3-8B no server is left that host times of vllm could be fitted to"
expect 2 without-other-model "$orrery" validate "$work/data/serving" --leave-out model=Qwen/Qwen3-32B
err_has without-other-model "no measured server has model Qwen/Qwen3-32B"
{ cat "$work/data/serving/cases.csv"; sed -n '2,5s/^made-up/other/;2,5s/,vllm,/,sglang,/p' "$work/data/serving/cases.csv"; } >"$work/more.csv"
mkdir "$work/two-engines" && cp "$work/more.csv" "$work/two-engines/cases.csv"
expect 0 without-engine "$orrery" validate "$work/two-engines" --leave-out engine=sglang
out_has without-engine "sglang"
grep -Eq "^engine +vllm" "$work/out" && fail "without-engine: judges the other engine"
expect 2 without-nothing "$orrery" validate "$work/data/serving" --leave-out chip=h9000
err_has without-nothing "--leave-out chip=h9000 names no chip"
expect 2 without-what "$orrery" validate "$work/data/serving" --leave-out node=dgx-h100
err_has without-what "names no chip, model or engine"
expect 2 model-of-kernels "$orrery" validate "$work/data/kernels" --leave-out model=Qwen/Qwen3-8B
err_has model-of-kernels "goes with measured servers"

# Servers that draft, or compute prompts apart, have lines of their own.
{
    echo "case_id,source,load,engine,engine_version,model,hw,gpus,precision,mode,tp,pp,ep,attn_dp,prefill_workers,prefill_gpus,prefill_tp,prefill_ep,decode_workers,decode_gpus,decode_tp,decode_ep,spec,length_rule,concurrency,isl,osl,ttft_mean_ms,tpot_mean_ms"
    echo "made-mtp,invented,closed_loop,sglang,0,deepseek-ai/DeepSeek-R1,h200,8,fp8,agg,8,,1,False,,,,,,,,,mtp,exact,4,512,32,150,6"
    echo "made-apart,invented,closed_loop,trt,0,deepseek-ai/DeepSeek-R1,h200,24,fp8,disagg,,,,True,1,8,8,8,2,16,8,8,none,exact,16,512,32,300,12"
} >"$work/more.csv"
mkdir "$work/built" && cp "$work/more.csv" "$work/built/cases.csv"
expect 0 built "$orrery" validate "$work/built" -o "$work/made/built"
for word in "closed_loop mtp" "closed_loop disaggregated" "mtp engine" "disaggregated engine" "2 of 2 cases are compared"; do out_has built "$word"; done
grep -q '^servers,tpot,engine,sglang,,closed_loop mtp,1,' "$work/made/built/errors.csv" || fail "errors.csv has no line of SGLang with MTP"
expect 0 acceptance "$orrery" calibrate "$work/built" --engine sglang --evaluations 1
out_has acceptance "acceptance: {value: 0."

expect 2 csv-of-both "$orrery" validate "$work/data" --csv "$work/none.csv"
err_has csv-of-both "-o DIR"
expect 2 fit-of-servers "$orrery" validate "$work/data/serving" --fit gemm
err_has fit-of-servers "--fit goes with kernel tables"
expect 2 absent "$orrery" validate "$work/absent"
err_has absent "there is no file or folder"
mkdir "$work/empty"
expect 2 empty "$orrery" validate "$work/empty"
err_has empty "holds no kernel table"

finish
