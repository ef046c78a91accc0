"""The Python module over the installed library; run by test_library.sh. NumPy and pandas are tried where they are there."""
import gc
import json
import os
import subprocess
import sys
import tempfile
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


def every_verb_as_the_command_line():
    work = tempfile.mkdtemp()
    path, store = os.path.join(work, "search.yaml"), os.path.join(work, "kept.db")
    search = {**SEARCH, "engine": {"profile": "vllm", "max_num_seqs": {"choices": [16, 32, 64, 128]}}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(search, file)

    best = orrery.recommend(path, by=["replicas"], store=store)
    assert best.json == cli("recommend", path, "--by", "replicas", "-f", "json") and best.text == cli("recommend", path, "--by", "replicas")
    assert best.tables == ["best"] and best.table("best")["serving.replicas"].tolist() == ["1", "2", "3"]

    line = ["sweep", path, "--samples", "8", "--evolve", "--against", "ttft", "--against", "gpus", "--finalists", "2", "-n", "3"]
    bred = orrery.sweep(search, samples=8, evolve=True, against=["ttft", "gpus"], finalists=2, top=3)
    assert bred.json == cli(*line, "-f", "json") and bred.text == cli(*line)
    assert bred.tables == ["points", "finalists", "front"] and len(bred.table("finalists")["simulated_objective"]) == 2
    assert bred.table("front")["objective"].tolist() == [point["objective"] for point in bred["front"]]
    assert bred.table("finalists")["simulated_p99_ttft_ms"].tolist() == [point["simulated"]["p99_ttft_ms"] for point in bred["finalists"]]

    drawn, line = orrery.sweep(search, contours=("max_num_seqs", "replicas"), contour_cost="usd_per_h", finalists=1), ["sweep", path, "--contours", "max_num_seqs,replicas", "--cost", "usd_per_h", "--finalists", "1"]
    assert drawn.json == cli(*line, "-f", "json") and drawn.text == cli(*line) and len(drawn.table("contours")["point"]) == 12
    assert orrery.recommend(search, seeds=2).text == cli("recommend", path, "--seeds", "2") and len(orrery.sweep(search, finalists=4, seeds=2).dict["rivals"]["seeds"]) == 2

    assert orrery.recommend(path, seeds=2).json == cli("recommend", path, "--seeds", "2", "-f", "json")
    whole = orrery.sweep(path, finalists=1)
    parts = [os.path.join(work, f"{i}.db") for i in (1, 2)]
    for i, part in enumerate(parts, 1):
        told = orrery.sweep(search, shard=(i, 2), store=part)
        assert told.text == cli("sweep", path, "--shard", f"{i}/2", "--store", os.path.join(work, f"cli-{i}.db")) and "points" in told.tables
    units = []
    told = orrery.merge(os.path.join(work, "all.db"), *parts, progress=lambda unit, *_: units.append(unit))
    assert units == ["stores", "stores"] and [one["points"] for one in told["from"]] == [6, 6] and told["sweeps"][0]["points"] == 12
    assert cli("merge", os.path.join(work, "cli.db"), *parts).replace("cli.db", "all.db") == told.text
    assert orrery.sweep(search, finalists=1, store=os.path.join(work, "all.db")).json == whole.json

    listed = orrery.ls(store)
    assert listed.json == cli("ls", "--store", store, "-f", "json") and listed.text == cli("ls", "--store", store)
    assert listed.table("entries")["kind"].tolist() == [entry["kind"] for entry in listed["entries"]] == ["recommend --by"]

    one, other = orrery.predict(STUDY, {"traffic.stop.requests": 200}, output_dir=os.path.join(work, "one")), {"traffic.stop.requests": 200, "engine.quantization": "fp8"}
    orrery.predict(STUDY, other, output_dir=os.path.join(work, "other"))
    names = [os.path.join(work, "one"), os.path.join(work, "other")]
    told = orrery.compare(*names)
    assert told.json == cli("compare", *names, "-f", "json") and told.text == cli("compare", *names)
    assert orrery.compare(one, orrery.predict(STUDY, other))["outputs"] == told["outputs"]
    assert [differing["path"] for differing in orrery.compare(DICT, {**DICT, "seed": 7})["inputs"]] == ["seed"]

    few = {"traffic.stop.requests": 100}
    hashed = listed.table("entries")["hash"][0][:12]
    packs = {"predict": dict(study=DICT), "explain": dict(study=DICT, verb="explain"), "recommend": dict(study=SEARCH, seeds=2), "by": dict(study=SEARCH, by=["replicas"]), "hash": dict(study=hashed, store=store),
             "sweep": dict(study=search, verb="sweep", samples=8, evolve=True, against=["gpus"], finalists=1), "whatif": dict(study={**SEARCH, "slo": {}, "objective": {"maximize": "output_tokens_per_s_per_gpu"}}, changes={"chip.memory.bandwidth": "x2"})}
    for name, given in packs.items():
        folder = os.path.join(work, "pack-" + name)
        settings = None if name == "hash" else few
        manifest = orrery.pack(folder=folder, settings=settings, **given)
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            assert manifest.json == file.read()
        checked = orrery.verify(folder)
        assert checked["same"] and checked.text == cli("verify", folder) and checked.json == cli("verify", folder, "-f", "json"), name
    with open(os.path.join(work, "pack-predict", "study.yaml"), "a", encoding="utf-8") as file:
        file.write("seed: 5\n")
    changed = orrery.verify(os.path.join(work, "pack-predict"))
    assert changed.status == 1 and not changed["same"] and {"name": "study.yaml", "state": "changed"} in changed["files"]

    trace, own = os.path.join(work, "requests.csv"), os.path.join(work, "own.csv")
    orrery.predict(STUDY, {"traffic.stop.requests": 200}, requests_file=own)
    cli("predict", STUDY, "-s", "traffic.stop.requests=200", "--requests", trace)
    with open(own, "rb") as a, open(trace, "rb") as b:
        assert a.read() == b.read()
    for kind in (None, "chip"):
        assert orrery.catalogue(kind).text == cli("list", *([kind] if kind else [])) and orrery.catalogue(kind).json == cli("list", *([kind] if kind else []), "-f", "json")
    assert "h100-sxm" in orrery.catalogue("chips").table("entries")["name"].tolist()
    chip = orrery.show("h100-sxm")
    assert (chip.text, chip.json, chip.resolved) == tuple(cli("show", "h100-sxm", "-f", format) for format in ("table", "json", "yaml"))
    assert orrery.fields("slo").text == cli("show", "--fields", "slo") and orrery.fields("slo").json == cli("show", "--fields", "slo", "-f", "json")
    trace = os.path.join(work, "trace.csv")
    with open(trace, "w", encoding="utf-8") as file:
        file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(f"2024-05-10 00:00:{s % 60:02d}.{s}0,{100 + s},{20 + s % 7}\n" for s in range(60)))
    assert orrery.fit_workload(trace, name="mine", source_title="a test").text == cli("fit-workload", trace, "--name", "mine", "--source-title", "a test")
    assert orrery.schema() == json.loads(cli("check", "--schema"))


def two_packs_at_once():
    """Each begins its paths in its own folder; the process moves nowhere."""
    work, here, found = tempfile.mkdtemp(), os.getcwd(), {}
    for i in (1, 2):
        os.mkdir(os.path.join(work, str(i)))
        with open(os.path.join(work, str(i), "trace.csv"), "w", encoding="utf-8") as file:
            file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(f"2024-05-10 00:00:{s:02d}.0,{100 * i},{20 * i}\n" for s in range(50)))

    def work_on(i):
        folder = os.path.join(work, f"pack-{i}")
        study = {**DICT, "traffic": {"source": os.path.join(work, str(i), "trace.csv")}}
        assert orrery.pack(study, folder)["verb"] == "predict"
        for _ in range(3):
            found[i] = orrery.verify(folder)["same"] and json.load(open(os.path.join(folder, "results.json"), encoding="utf-8"))["total_output_tokens"]

    both = [threading.Thread(target=work_on, args=(i,)) for i in (1, 2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert found == {1: 1000, 2: 2000} and os.getcwd() == here


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
    wrong = [(lambda: orrery.ask("predcit", DICT), 'Did you mean "predict"?'), (lambda: orrery.ask("predict"), "there is none"), (lambda: orrery.ask("ls", store=None), "none is named"), (lambda: orrery.ls("/no/such.db"), "there is no store"),
             (lambda: orrery.ask("compare", names=["a"]), "two names"), (lambda: orrery.compare("a", "b"), "there is no file a"), (lambda: orrery.verify("/no/such"), "there is no folder"), (lambda: orrery.verify("examples"), "is no pack"),
             (lambda: orrery.sweep(SEARCH, shard="3/2"), "takes I/N"), (lambda: orrery.sweep(SEARCH, shard=(1, 2)), "kept in a store"), (lambda: orrery.sweep(SEARCH, against=["beauty"]), "nothing that is known"),
             (lambda: orrery.recommend(SEARCH, by="beauty"), "no such domain"), (lambda: orrery.pack(DICT, None), "no folder"), (lambda: orrery.pack(DICT, "x", by=["a"], changes={"b": 1}), "goes with recommend"),
             (lambda: orrery.merge("a.db"), "two names"), (lambda: orrery.catalogue("chps"), "unknown kind"), (lambda: orrery.show("h100-smx"), "Did you mean"), (lambda: orrery.fields("beauty"), "has no fields"),
             (lambda: orrery.show(), "wants a name"), (lambda: orrery.fit_workload("/no/such.csv"), "No such file"), (lambda: orrery.fit_workload("x.csv", beauty=1), "takes no")]
    for asked, words in wrong:
        try:
            asked()
        except orrery.OrreryError as error:
            assert words in str(error), (words, str(error))
        else:
            raise AssertionError(words)
    try:
        orrery.ask("predict", DICT, beauty=1)
    except TypeError as error:
        assert "beauty" in str(error)
    else:
        raise AssertionError("an option that there is not")


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

    work, large = tempfile.mkdtemp(), {"traffic.stop.requests": 300000}
    orrery.pack({**SEARCH, "traffic": {**DICT["traffic"], "stop": {"requests": 3000}}}, os.path.join(work, "packed"))
    orrery.sweep(SEARCH, shard=(1, 1), store=os.path.join(work, "one.db"))
    long = [lambda **how: orrery.recommend(SEARCH, large, **how), lambda **how: orrery.recommend(SEARCH, large, by="replicas", **how), lambda **how: orrery.sweep(SEARCH, large, **how), lambda **how: orrery.explain(DICT, large, **how),
            lambda **how: orrery.whatif(SEARCH, {"chip.memory.bandwidth": "x2"}, large, **how), lambda **how: orrery.compare(DICT, SEARCH, large, **how), lambda **how: orrery.pack(SEARCH, os.path.join(work, "p"), large, **how),
            lambda **how: orrery.verify(os.path.join(work, "packed"), **how), lambda **how: orrery.merge(os.path.join(work, "all.db"), os.path.join(work, "one.db"), **how)]
    for i, question in enumerate(long):
        control = orrery.Control()
        control.cancel()
        try:
            assert question(control=control).status == 130, i
        except orrery.Cancelled as stopped:
            assert stopped.status == 130
        told = []
        try:
            question(progress=lambda *now: told.append(now) or True)
        except orrery.Cancelled:
            pass
        assert told, i

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


for test in (as_the_command_line, every_verb_as_the_command_line, two_packs_at_once, dicts_and_columns, mistakes, stopping, threads, notebook, numpy_reads_without_a_copy):
    test()
    print(f"  ok {test.__name__}")
sys.exit(0)
