#!/usr/bin/env bash
# A trace read by Perfetto's own definitions (the Python package `perfetto`; PYTHON names the interpreter): every event's track is declared, slices nest and end, counters are declared as such.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"
python=${PYTHON:-python3}
"$python" -c "from perfetto.protos.perfetto.trace import perfetto_trace_pb2" 2>/dev/null || { echo "skipped: the Python package perfetto is not installed"; exit 77; }

expect 0 aggregated "$orrery" predict examples/predict-qwen3-14b-h100.yaml --set traffic.stop.requests=300 --trace "$work/aggregated" --trace-requests 100
expect 0 pipelined "$orrery" predict examples/predict-qwen3-14b-h100.yaml --set traffic.stop.requests=300 --set hardware.chips=2 --set engine.pipeline_parallel_size=2 --trace "$work/pipelined" --trace-requests 100
expect 0 disaggregated "$orrery" predict examples/deepseek-r1-disaggregated.yaml --set traffic.stop.requests=200 --trace "$work/disaggregated" --trace-requests 100

cat >"$work/read.py" <<'EOF'
import sys
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

for path in sys.argv[1:]:
    t = Trace(); t.ParseFromString(open(path, "rb").read())
    tracks, names, events = {}, {}, []
    for i, p in enumerate(t.packet):
        for n in p.interned_data.event_names: names[n.iid] = n.name
        if p.HasField("track_descriptor"):
            d = p.track_descriptor
            assert d.uuid not in tracks and (not d.parent_uuid or d.parent_uuid in tracks)
            tracks[d.uuid] = d
        if p.HasField("track_event"):
            assert p.track_event.track_uuid in tracks
            events.append((p.timestamp, i, p.track_event))
    stacks, lifetimes, transfers = {}, 0, 0
    for time, _, e in sorted(events, key=lambda e: e[:2]):
        counter = tracks[e.track_uuid].HasField("counter")
        assert counter == (e.type == 4)
        if e.type == 1:
            name = e.name or names[e.name_iid]
            lifetimes += name.startswith("request ")
            transfers += name == "transfer"
            stack = stacks.setdefault(e.track_uuid, [])
            assert len(stack) < 2 and (not stack or stack[0].startswith("request "))
            stack.append(name)
        elif e.type == 2: stacks[e.track_uuid].pop()
        else: assert e.counter_value >= 0
    assert not any(stacks.values()), "a slice does not end"
    assert lifetimes == 100, lifetimes
    assert (transfers > 0) == path.endswith("disaggregated")
    assert {d.process.process_name for d in tracks.values() if d.HasField("process")}
print("good")
EOF
expect 0 read "$python" "$work/read.py" "$work/aggregated" "$work/pipelined" "$work/disaggregated"
out_has read good
finish
