#!/usr/bin/env bash
# The report page in a headless Chromium: sections, figures, hover, filters, exports, narrow and dark screens, hostile text, no errors, no requests.
# Skipped (77) without chromium, node or the built page.
set -u
orrery=${ORRERY:-build/orrery}
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "skipped: chromium is not installed"; exit 77; }
command -v node >/dev/null || { echo "skipped: node is not installed"; exit 77; }
[ -r web/dist/report.html ] || { echo "skipped: the page is not built (make WEB=1)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pages=()
if [ -x "$orrery" ]; then
    "$orrery" predict examples/predict-qwen3-14b-h100.yaml --output-dir "$work/predict" >/dev/null 2>"$work/err" || { cat "$work/err"; echo "predict failed"; exit 1; }
    "$orrery" explain examples/predict-qwen3-14b-h100.yaml --output-dir "$work/explain" >/dev/null 2>"$work/err" || { cat "$work/err"; echo "explain failed"; exit 1; }
    "$orrery" recommend examples/chat-llama70b-h100.yaml --set traffic.stop.requests=500 --seeds 2 --output-dir "$work/recommend" >/dev/null 2>"$work/err" || { cat "$work/err"; echo "recommend failed"; exit 1; }
    "$orrery" sweep examples/chat-llama70b-h100.yaml --set traffic.stop.requests=500 --set 'hardware.chip.memory.bandwidth={range: {min: 1.5 TB/s, max: 12 TB/s, factor: 1.2}}' --finalists 3 --seeds 2 --contours memory.bandwidth,max_num_seqs --cost tdp --output-dir "$work/sweep" >/dev/null 2>"$work/err" || { cat "$work/err"; echo "sweep failed"; exit 1; }
    source "$(dirname "${BASH_SOURCE[0]}")/../cli/invented.bash"
    invented "$work/data"
    "$orrery" validate "$work/data" --output-dir "$work/validate" >/dev/null 2>"$work/err" || { cat "$work/err"; echo "validate failed"; exit 1; }
    for some in tenants-llama8b-h100 kv-tiers-llama70b-h100 deepseek-r1-disaggregated; do
        "$orrery" predict "examples/$some.yaml" --set traffic.stop.requests=300 --set measure.replications=2 --set measure.warmup=auto --output-dir "$work/$some" >/dev/null 2>"$work/err" || { cat "$work/err"; echo "predict $some failed"; exit 1; }
    done
    for kind in predict explain recommend sweep validate tenants-llama8b-h100 kv-tiers-llama70b-h100 deepseek-r1-disaggregated; do
        if [ -e "$work/$kind/report.html" ]; then pages+=("$work/$kind/report.html"); else echo "$kind: report.html is not written (a build without the page)"; fi
    done
fi
node tests/e2e/check_report.mjs "$chromium" web/dist/report.html web/fixtures "${pages[@]+"${pages[@]}"}"
