#!/usr/bin/env bash
# Fabrics by their parts from the command line: read back, run, explained, searched; what can't be built.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

study=examples/scale-up-deepseek-r1.yaml
one=(--set hardware.fabric.domain.chips=8 --set engine.data_parallel_size=24 --set traffic.load.concurrency=1152 --set traffic.stop.rounds=1 --set "slo.tpot.p99=25 ms")

expect 0 show "$orrery" show nvlink5
for word in "domain.switch.ports" "network.hop_latency" "domain.optics.price" "By its parts" "72 behind one level of switches" "0.25 switches, 18 cables"; do out_has show "$word"; done

# The run says what a GPU's share of the fabric draws and costs; resolved.yaml is the same study.
expect 0 predict "$orrery" predict "$study" "${one[@]}" --output-dir "$work/made"
out_has predict "Fabric         a GPU's share draws"
cp "$work/out" "$work/first"
expect 0 again "$orrery" predict "$work/made/resolved.yaml"
diff <(grep -E '^(TPOT|Cost|Energy|Fabric)' "$work/first") <(grep -E '^(TPOT|Cost|Energy|Fabric)' "$work/out") || fail "resolved.yaml is another study"

# Where groups stand.
expect 0 explain "$orrery" explain "$study" "${one[@]}" --format json
for key in '"fabrics"' '"gpus_per_domain": 8' '"group": "experts"' '"domains": 3' '"network_all_pairs_contention": 1'; do out_has explain "$key"; done
expect 0 torus "$orrery" explain "$study" "${one[@]}" --set hardware.fabric.domain.topology=torus --set hardware.fabric.domain.in_network_reduction=false --set hardware.fabric.domain.chips=64
out_has torus "torus of 4x4x4"
out_has torus "times as long a byte"

# All topologies, and none where a switch adds but there is no switch.
for topology in full_mesh torus grid optical dragonfly; do
    expect 0 "$topology" "$orrery" predict "$study" "${one[@]}" --set hardware.fabric.domain.topology=$topology --set hardware.fabric.domain.in_network_reduction=false
done
expect 2 mesh "$orrery" check "$study" --set hardware.fabric.domain.topology=mesh
err_has mesh "full_mesh | torus | grid"
expect 2 adds "$orrery" predict "$study" "${one[@]}" --set hardware.fabric.domain.topology=torus
err_has adds "in_network_reduction is done by switches"
expect 2 uneven "$orrery" predict "$study" "${one[@]}" --set hardware.fabric.domain.chips=100
err_has uneven "576 chips don't make whole domains of 100"
err_has uneven "Take 500 or 600 chips"

# A search counts what can't be built and goes on; a question reaches the fabric.
expect 0 sweep "$orrery" sweep "$study" --set "hardware.fabric.domain.chips={choices: [8, 100, 72]}" --set engine.data_parallel_size=24 --set traffic.load.concurrency=1152 --set traffic.stop.rounds=1 --set "slo.tpot.p99=25 ms"
out_has sweep "don't make whole domains of 100"
expect 0 whatif "$orrery" whatif qwen3-30b-a3b --on b200-sxm:8 --fix fabric=nvlink5 --set fabric.domain.bandwidth=x2
out_has whatif "fabric.domain.bandwidth=x2"

finish
