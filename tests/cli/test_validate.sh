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
