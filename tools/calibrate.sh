#!/usr/bin/env bash
# Fits everything that is fitted, in order, and writes it where the catalogue embeds it: universal coefficients, what each engine's kernels do otherwise, residuals, engines' host times, intervals, and the
# committed errors. Deterministic; minutes on two cores.
#
#   tools/calibrate.sh [DATA] [STEP...]      DATA: ../shared/data; steps: universal overlays residuals engines intervals accuracy (default: all)
#   BUILD=dir as for make
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=${1:-../shared/data}
shift || true
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(universal overlays residuals engines intervals accuracy)
build=${BUILD:-build}
orrery=$build/orrery
kernels=$data/kernels servers=$data/serving
[ -d "$kernels" ] && [ -d "$servers" ] || { echo "calibrate: $data holds no kernels/ and serving/" >&2; exit 2; }

# The binary holds the catalogue: after each step it is made anew, so that the next one stands on it.
embed() { make -j2 BUILD="$build" all >/dev/null; }

# Fitted lines ("key: {value: ..}") take the place of those of the same key; what stands beside them, notes among it, stays.
put_in_place()
{
    awk 'NR == FNR { if ($1 ~ /^[a-z_]+:$/) { value = $0; sub(/^.*value: /, "", value); sub(/, source.*/, "", value); fitted[$1] = value } next }
         $1 in fitted { sub(/value: [^,}]*/, "value: " fitted[$1]); sub(/source: [a-z]+/, "source: serving"); sub(/origin: [a-z]+/, "origin: calibrated") } { print }' "$1" "$2" >"$2.new"
    mv "$2.new" "$2"
}

embed
for step in "${steps[@]}"; do
    echo "== $step"
    case $step in
    universal)
        "$orrery" calibrate "$kernels" --source catalogue -o "$build/universal.yaml"
        cp "$build/universal.yaml" data/calibration/universal.yaml ;;
    overlays)
        for file in data/calibration/*.yaml; do
            engine=$(basename "$file" .yaml)
            [ "$engine" != universal ] || continue
            "$orrery" calibrate "$kernels" --engine "$engine" --source catalogue -o "$build/$engine.yaml"
            cp "$build/$engine.yaml" "$file"
        done ;;
    residuals) "$orrery" calibrate "$kernels" --residuals data/residuals --source catalogue ;;
    engines)
        for engine in vllm sglang trtllm; do
            "$orrery" calibrate "$servers" --engine "$engine" --rows 8 --evaluations 40 -o "$build/engine-$engine.yaml"
            put_in_place "$build/engine-$engine.yaml" "data/engines/$engine.yaml"
        done ;;
    intervals)
        "$orrery" calibrate "$kernels" --intervals --source catalogue -o "$build/universal.yaml"
        cp "$build/universal.yaml" data/calibration/universal.yaml
        embed
        "$orrery" calibrate "$servers" --intervals --source catalogue -o "$build/universal.yaml"
        cp "$build/universal.yaml" data/calibration/universal.yaml ;;
    accuracy)
        make -j2 BUILD="$build" tests >/dev/null
        ORR_SERVING_DATA=$servers ORR_ACCURACY_WRITE=1 "$build/tests/accuracy/test_accuracy_serving"
        ORR_KERNEL_DATA=$kernels ORR_ACCURACY_WRITE=1 ORRERY=$orrery bash tests/accuracy/test_accuracy_kernels.sh ;;
    *) echo "calibrate: no step $step" >&2; exit 2 ;;
    esac
    embed
done
