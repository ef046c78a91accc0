#!/usr/bin/env bash
# The errors against measured kernels are those committed in kernels-universal.csv and kernels-calibrated.csv: they move only with a reason. Skips where the measurements are not beside the repository.
#
# ORR_ACCURACY_WRITE=1 writes both anew. `universal`: one set of coefficients for every chip, with what an engine's kernels do otherwise; `calibrated`: with the residuals of chip and engine, which were
# fitted to these rows (their errors on rows left out stand in data/residuals).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
orrery=${ORRERY:-build/orrery}
data=${ORR_KERNEL_DATA:-../shared/data/kernels}
if [ ! -d "$data" ]; then echo "skipped: the measurements ($data) are not here"; exit 77; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
for which in universal calibrated; do
    committed=tests/accuracy/kernels-$which.csv
    "$orrery" validate "$data" --calibration "$which" --by table --csv "$work/$which.csv" >"$work/out" || { echo "validate failed"; exit 1; }
    if [ -n "${ORR_ACCURACY_WRITE:-}" ]; then cp "$work/$which.csv" "$committed"; continue; fi
    if ! diff -u "$committed" "$work/$which.csv"; then
        echo "the errors are not those of $committed; ORR_ACCURACY_WRITE=1 writes them, if the change is meant"
        failures=1
    fi
done
exit $failures
