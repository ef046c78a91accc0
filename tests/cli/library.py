"""The Python module over the installed library; run by test_library.sh. NumPy and pandas are tried where they are there."""
import gc
import json
import os
import subprocess
import sys
import threading
import time

import orrery

STUDY = "examples/predict-qwen3-14b-h100.yaml"
DICT = {"schema": "orrery/v1", "model": "qwen3-8b", "hardware": {"chip": "h100-sxm", "chips": 1}, "engine": {"profile": "vllm"},
        "traffic": {"source": "azure-conv-2023", "load": {"rate": "4/s"}, "stop": {"requests": 200}}}
SEARCH = {**DICT, "hardware": {"chip": "h100-sxm", "chips": 4}, "serving": {"replicas": {"choices": [1, 2, 3]}}, "slo": {"ttft": {"p99": "2 s"}}, "objective": {"minimize": "gpus"}}


def cli(*arguments):
    return subprocess.run([os.environ["ORRERY"], *arguments], capture_output=True, text=True, check=False).stdout


def as_the_command_line():
    few = {"traffic.stop.requests": 200}
    assert orrery.predict(STUDY, few).json == cli("predict", STUDY, "-s", "traffic.stop.requests=200", "-f", "json")
    assert orrery.explain(STUDY, few).json == cli("explain", STUDY, "-s", "traffic.stop.requests=200", "-f", "json")
    assert orrery.predict(STUDY, few).text == cli("predict", STUDY, "-s", "traffic.stop.requests=200", "-s", "measure.replications=1")
    path = os.path.join(os.path.dirname(orrery.__file__), "search.json.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(SEARCH, file)
    assert orrery.recommend(path).json == cli("recommend", path, "-f", "json")
    assert orrery.recommend(SEARCH).json == orrery.recommend(path, threads=1).json
    assert orrery.sweep(path).json == cli("sweep", path, "-f", "json")
    assert orrery.check(path).text in cli("check", path)
    asked = orrery.question("qwen3-8b", "h100-sxm:1", limits=["tpot<=20ms"], input_tokens=256, output_tokens=64)
    line = ["whatif", "qwen3-8b", "--on", "h100-sxm:1", "--slo", "tpot<=20ms", "--input", "256", "--output", "64", "--set", "chip.memory.bandwidth=x2", "-f", "json"]
    assert orrery.whatif(asked, {"chip.memory.bandwidth": "x2"}).json == cli(*line)
    store = os.path.join(os.path.dirname(orrery.__file__), "kept.db")
    for _ in range(2):
        assert orrery.whatif(asked, {"chip.memory.bandwidth": "x2"}, store=store).json == cli(*line, "--store", store)
        for requests in (True, False):
            kept, plain = orrery.predict(DICT, requests=requests, store=store), orrery.predict(DICT, requests=requests)
            assert (kept.json, kept.text, kept.resolved, kept.tables) == (plain.json, plain.text, plain.resolved, plain.tables)
        assert orrery.recommend(SEARCH, store=store).json == orrery.recommend(SEARCH).json
        assert orrery.sweep(SEARCH, store=store).table("points")["objective"].tolist() == orrery.sweep(SEARCH).table("points")["objective"].tolist()


def dicts_and_columns():
    run = orrery.predict(DICT)
    assert run.status == 0 and run["completed"] == 200 and run.tables == ["requests", "cdf"] and "model:" in run.resolved
    table = run.table("requests")
    ttft, tokens = table["ttft_ms"], table["output_tokens"]
    assert len(ttft) == 200 and ttft.view.format == "d" and tokens.view.format == "q" and ttft.view.readonly
    assert all(isinstance(n, int) for n in tokens) and sum(tokens) == run["total_output_tokens"]
    assert len(ttft[3:5]) == 2 and ttft[-1] == ttft.tolist()[-1]
    view, first = ttft.view, ttft[0]
    del run, table, ttft, tokens
    gc.collect()
    assert view[0] == first and len(view) == 200        # the memory lives on
    verdicts = orrery.recommend(SEARCH).table("candidates")["verdict"]
    assert verdicts[0] == "feasible" and len(verdicts) == 3
    try:
        orrery.predict(DICT, requests=False).table("requests")
    except KeyError as error:
        assert "no table" in str(error)
    else:
        raise AssertionError("a table that was not kept")


def mistakes():
    try:
        orrery.predict({**DICT, "modl": 1})
    except orrery.OrreryError as error:
        assert error.status == 2 and "modl" in str(error)
        [found] = error.diagnostics
        assert found["severity"] == "error" and found["line"] == 1 and found["hints"]
    else:
        raise AssertionError("a mistake passed")


def stopping():
    endless = {"traffic.stop.requests": 100000000}
    control = orrery.Control()
    threading.Timer(0.3, control.cancel).start()
    begun = time.monotonic()
    try:
        orrery.predict(DICT, endless, control=control, requests=False)
    except orrery.Cancelled as stopped:
        assert "interrupted after" in str(stopped)
    else:
        raise AssertionError("not stopped")
    assert time.monotonic() - begun < 10

    def refuse(unit, done, total, simulated, best):
        raise KeyboardInterrupt

    try:
        orrery.predict(DICT, endless, progress=refuse, requests=False)
    except KeyboardInterrupt:
        return
    raise AssertionError("what progress raised is lost")


def threads():
    alone = [orrery.predict(DICT, {"seed": seed}).json for seed in (1, 2)]
    found = [None, None]

    def work(i):
        found[i] = orrery.predict(DICT, {"seed": i + 1}).json

    both = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert found == alone and found[0] != found[1]


def notebook():
    with open("examples/notebook.ipynb", encoding="utf-8") as file:
        cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
    lines = [line for cell in cells for line in "".join(cell["source"]).splitlines() if line.strip()]
    assert len(lines) <= 10, len(lines)
    os.chdir("examples")
    exec(compile("\n".join(lines), "notebook", "exec"), {})
    os.chdir("..")


def numpy_reads_without_a_copy():
    try:
        import numpy
    except ImportError:
        print("  skipped: NumPy is not there; columns are read as memoryviews alone")
        return
    run = orrery.predict(DICT)
    column = run.table("requests")["ttft_ms"]
    array = numpy.asarray(column)
    assert array.dtype == numpy.float64 and array.shape == (200,) and not array.flags.writeable and not array.flags.owndata
    assert array.__array_interface__["data"][0] == column.__array_interface__["data"][0]
    assert numpy.shares_memory(array, numpy.asarray(column.view))
    first = float(array[0])
    del run, column
    gc.collect()
    assert array[0] == first
    try:
        import pandas
    except ImportError:
        print("  skipped: pandas is not there")
        return
    table = orrery.predict(DICT).table("requests")
    frame = table.pandas()
    assert len(frame) == 200 and numpy.shares_memory(frame["ttft_ms"].to_numpy(), numpy.asarray(table["ttft_ms"])) and isinstance(frame, pandas.DataFrame)


for test in (as_the_command_line, dicts_and_columns, mistakes, stopping, threads, notebook, numpy_reads_without_a_copy):
    test()
    print(f"  ok {test.__name__}")
sys.exit(0)
