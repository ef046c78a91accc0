#!/usr/bin/env bash
# orrery calibrate on small tables of made-up kernels: exit codes, the same bytes whatever the threads, and files that are read again.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

# Products of one chip that take a fifth longer than peak rates say, and 3 us.
tables=$work/tables
mkdir -p "$tables/h100-sxm"
awk 'BEGIN { print "gemm_dtype,m,n,k,latency_ms"
             for (m = 1; m <= 4096; m *= 4) for (n = 1024; n <= 16384; n *= 2) for (k = 1024; k <= 4096; k *= 2)
                 printf "bfloat16,%d,%d,%d,%.6f\n", m, n, k, 0.003 + 1.2e3 * (2 * m * n * k / 989e12 + 2 * (m * n + n * k + m * k) / 3.35e12) }' >"$tables/h100-sxm/gemm-vllm-1.csv"

expect 0 fit "$orrery" calibrate "$tables" --fit gemm --evaluations 60 --threads 1
err_has fit "gemm"
err_has fit "loss"
out_has fit "schema: orrery/calibration/v1"
cp "$work/out" "$work/one"
expect 0 threads "$orrery" calibrate "$tables" --fit gemm --evaluations 60 --threads 2
cmp -s "$work/out" "$work/one" || fail "threads: two threads fit other bytes than one"
expect 0 output "$orrery" calibrate "$tables" --fit gemm --evaluations 60 -o "$work/fitted.yaml"
cmp -s "$work/fitted.yaml" "$work/one" || fail "output: the file is not what is printed"
[ -s "$work/out" ] && fail "output: stdout is not empty"

# What is written is a calibration: it judges the tables it was fitted to, better than before.
median() { "$orrery" validate "$tables" --fit gemm --coefficients "$1" --threads 1 2>/dev/null | awk '$1 == "gemm" { print $4 }'; }
expect 0 validate "$orrery" validate "$tables" --fit gemm --coefficients "$work/fitted.yaml" --threads 1
out_has validate "h100-sxm"
awk -v a="$(median "$work/fitted.yaml")" -v b="$("$orrery" validate "$tables" --fit gemm --threads 1 2>/dev/null | awk '$1 == "gemm" { print $4 }')" 'BEGIN { exit !(a <= b) }' || fail "validate: the fit is further off than what it began with"

expect 0 residuals "$orrery" calibrate "$tables" --residuals "$work/made" --threads 1
err_has residuals "left out:"
expect 0 residuals-threads "$orrery" calibrate "$tables" --residuals "$work/made2" --threads 3
cmp -s "$work/made/h100-sxm--vllm.yaml" "$work/made2/h100-sxm--vllm.yaml" || fail "residuals: three threads write other bytes than one"
grep -q "schema: orrery/residuals/v1" "$work/made/h100-sxm--vllm.yaml" || fail "residuals: no schema in the file"

expect 2 group "$orrery" calibrate "$tables" --fit gem
err_has group 'there is no group of coefficients "gem"; there are gemm,'
expect 2 folder "$orrery" calibrate "$work/none"
err_has folder "there is no file or folder"
mkdir "$work/empty"
expect 2 empty "$orrery" calibrate "$work/empty"
err_has empty "holds no kernel table"
err_has empty "CHIP/OPERATOR-ENGINE-VERSION.csv"
expect 2 engine "$orrery" calibrate "$tables" --engine no-such-engine
expect 2 nothing "$orrery" calibrate
mkdir -p "$work/other/x900" "$work/broken/h100-sxm"
cp "$tables/h100-sxm/gemm-vllm-1.csv" "$work/other/x900/"
expect 2 chip "$orrery" calibrate "$work/other"
err_has chip 'the catalogue has no chip "x900"'
{ cat "$tables/h100-sxm/gemm-vllm-1.csv"; echo "bfloat16,1,2"; } >"$work/broken/h100-sxm/gemm-vllm-1.csv"
expect 2 ragged "$orrery" calibrate "$work/broken"
err_has ragged "gemm-vllm-1.csv:107: 3 cells, the header has 5"
expect 2 unwritable "$orrery" calibrate "$tables" --fit gemm --evaluations 1 -o "$work/no/such/folder/f.yaml"
err_has unwritable "its folder is not there"

finish
