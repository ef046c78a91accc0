"""Questions and their answers."""
import ctypes
import json
import os

from . import _native
from ._columns import Column, Table

_lib = _native.library
_DONE, _NO_ANSWER, _CANCELLED = 0, 1, 130


class OrreryError(Exception):
    """A study that is wrong, or files that can't be read. `diagnostics` is a list of dicts: severity, message, source, line, column, notes, hints; str() shows them as the command line does."""

    def __init__(self, text, diagnostics, status):
        super().__init__(text.rstrip("\n"))
        self.diagnostics, self.status = diagnostics, status


class Cancelled(OrreryError):
    """Stopped before there was anything to tell."""


class Control:
    """Stops questions: control.cancel() from any thread."""

    def __init__(self):
        self._handle = _lib.orrery_control_create()

    def cancel(self):
        _lib.orrery_control_cancel(self._handle)

    def reset(self):
        _lib.orrery_control_reset(self._handle)

    def __del__(self):
        if getattr(self, "_handle", None):
            _lib.orrery_control_free(self._handle)


class _Handle:
    """A result of the library, freed when nothing looks into it any more."""

    def __init__(self, address):
        self.address = address

    def __del__(self, free=_lib.orrery_result_free):
        free(self.address)


class Result:
    """What was answered: a mapping over `dict` (results.json), with `json` (its bytes as the command line prints them), `text`, `resolved` (resolved.yaml), `status` (0, 1: no answer, 130: stopped), `warnings`, and tables."""

    def __init__(self, handle):
        self._handle = handle
        address = handle.address
        self.status = _lib.orrery_result_status(address)
        self.json = _lib.orrery_result_json(address, None).decode()
        self.text = _lib.orrery_result_text(address, None).decode()
        self.resolved = _lib.orrery_result_resolved(address, None).decode()
        self.warnings = json.loads(_lib.orrery_result_diagnostics_json(address))
        self.dict = json.loads(self.json) if self.json else {}
        names = iter(lambda at=iter(range(16)): _lib.orrery_result_table(address, next(at)), None)
        self.tables = [name.decode() for name in names]

    def __getitem__(self, key):
        return self.dict[key]

    def __contains__(self, key):
        return key in self.dict

    def __iter__(self):
        return iter(self.dict)

    def __len__(self):
        return len(self.dict)

    def keys(self):
        return self.dict.keys()

    def get(self, key, otherwise=None):
        return self.dict.get(key, otherwise)

    def __repr__(self):
        return f"<orrery result: {self.dict.get('answer') or (self.text.splitlines() or [''])[0]}>"

    def __str__(self):
        return self.text

    def table(self, name):
        if name not in self.tables:
            raise KeyError(f"no table {name!r}; there are: {', '.join(self.tables) or 'none'}")
        table, view = Table(), _native.ColumnView()
        for i in range(_lib.orrery_result_column_count(self._handle.address, name.encode())):
            view.size_bytes = ctypes.sizeof(view)
            _lib.orrery_result_column_at(self._handle.address, name.encode(), i, view)
            table[view.name.decode()] = Column(self._handle, view.name.decode(), view.type, view.data, view.count)
        return table


def _value(value):
    return value if isinstance(value, str) else json.dumps(value)


def _texts(items):
    """Settings, given as a dict or as "path=value" texts; or a list of texts."""
    items = [f"{path}={_value(value)}" for path, value in items.items()] if isinstance(items, dict) else [items] if isinstance(items, str) else list(items or [])
    return (ctypes.c_char_p * (len(items) + 1))(*[item.encode() for item in items]), len(items)


class question:
    """A question in one line, for whatif: question("deepseek-r1", "h200-sxm:8", limits=["tpot<=20ms"])."""

    def __init__(self, model, on, *, engine=None, traffic=None, objective=None, input_tokens=0, output_tokens=0, limits=()):
        self._limits, count = _texts(limits)
        encoded = [None if text is None else text.encode() for text in (model, on, engine, traffic, objective)]
        self._native = _native.Question(ctypes.sizeof(_native.Question), *encoded, input_tokens, output_tokens, self._limits, count)


def _study(given):
    if isinstance(given, question):
        return _lib.orrery_study_of_question(given._native)
    if isinstance(given, dict):
        given = json.dumps(given)                                      # JSON is YAML
    elif isinstance(given, os.PathLike) or (isinstance(given, str) and "\n" not in given and ":" not in given.replace(":\\", "")):
        return _lib.orrery_study_of_file(os.fsencode(given))
    text = given.encode()
    return _lib.orrery_study_of_text(text, len(text), None)


_PATHS = ("store", "output_dir", "requests_file", "steps_file", "trace_file", "record_file", "replay_file")
_LISTS = {"by": "by_count", "against": "against_count", "changes": "change_count"}
_PLAIN = ("threads", "keep_requests", "top", "samples", "finalists", "evolve", "formulas", "trace_requests", "seeds")
_TEXTS = ("shard", "as_verb", "contours", "contour_cost")


def _options(settings, given):
    """The options of the C ABI, of keywords; and what has to live as long."""
    values = {"threads": 0, "keep_requests": 1, "top": 10, "samples": 100000, "finalists": 16}
    values["settings"], values["setting_count"] = _texts(settings)
    for name, value in given.items():
        if name in _LISTS:
            values[name], values[_LISTS[name]] = _texts(value)
        elif name in _PATHS:
            values[name] = os.fsencode(value) if value else None
        elif name in _TEXTS:
            values[name] = value.encode() if value else None
        elif name in _PLAIN:
            values[name] = int(value)
        else:
            raise TypeError(f"no option {name!r}; there are: {', '.join(sorted((*_LISTS, *_PATHS, *_TEXTS, *_PLAIN)))}")
    return values


def ask(verb, study=None, names=(), settings=None, *, progress=None, control=None, **options):
    """Any verb by its name, as include/orrery/orrery.h lists them with what `study` and `names` are of each. `options`: the fields of orrery_options, `as_verb` for `as`."""
    if isinstance(study, Result):
        raise TypeError("a study is a dict, YAML text or a path")
    raised = []

    def on_progress(_context, unit, done, total, simulated, best):
        try:
            stop = progress is not None and progress(unit.decode(), done, total, simulated, best.decode() if best else None)
        except BaseException as error:                                 # Ctrl-C too: the question stops, then it is raised
            raised.append(error)
            stop = True
        return 1 if stop else 0

    told = _native.Progress(on_progress)
    native = _native.Options(size_bytes=ctypes.sizeof(_native.Options), control=control._handle if control else None, on_progress=told, **_options(settings, options))
    texts = [os.fsencode(name) for name in ([names] if isinstance(names, (str, os.PathLike)) else names)]
    handle = _study(study) if study is not None else None
    try:
        result = Result(_Handle(_lib.orrery_ask(verb.encode(), handle, (ctypes.c_char_p * (len(texts) + 1))(*texts), len(texts), native)))
    finally:
        _lib.orrery_study_free(handle)
    if raised:
        raise raised[0]
    if result.status in (_DONE, _NO_ANSWER) or (result.status == _CANCELLED and result.json):
        return result
    text = _lib.orrery_result_diagnostics(result._handle.address).decode()
    raise (Cancelled if result.status == _CANCELLED else OrreryError)(text, result.warnings, result.status)


def schema():
    """The JSON Schema of studies, as a dict."""
    return ask("check").dict


def check(study, settings=None):
    """Is it right? The result's text says what it stands for, `resolved` every value."""
    return ask("check", study, (), settings)


def predict(study, settings=None, *, threads=0, requests=True, store=None, formulas=False, output_dir=None, requests_file=None, steps_file=None, trace_file=None, trace_requests=1000, record_file=None, replay_file=None,
            progress=None, control=None):
    """One run. `settings`: {"engine.quantization": "fp8"}; `progress(unit, done, total, simulated, best)` may return True to stop. `store`: a file that keeps answers, so that nothing is computed twice. `output_dir` gets the
    files of `orrery predict -o`; `trace_file` a trace for ui.perfetto.dev of the first `trace_requests`. Tables: requests, cdf."""
    return ask("predict", study, (), settings, progress=progress, control=control, threads=threads, keep_requests=requests, store=store, formulas=formulas, output_dir=output_dir, requests_file=requests_file,
               steps_file=steps_file, trace_file=trace_file, trace_requests=trace_requests, record_file=record_file, replay_file=replay_file)


def explain(study, settings=None, *, formulas=False, output_dir=None, progress=None, control=None):
    """Where the time goes, what binds, what more of each parameter is worth."""
    return ask("explain", study, (), settings, progress=progress, control=control, formulas=formulas, output_dir=output_dir)


def recommend(study, settings=None, *, by=(), seeds=0, threads=0, top=10, store=None, formulas=False, output_dir=None, progress=None, control=None):
    """The best system of the study's domains; `by`: for each choice of these domains (paths, or ends of them) its best. `seeds`: so many further ones, under which the best
    four are run again, to see which can be told apart. Table: candidates, or best."""
    return ask("recommend", study, (), settings, progress=progress, control=control, by=by, seeds=seeds, threads=threads, top=top, store=store, formulas=formulas, output_dir=output_dir)


def _pair(contours):
    return contours if contours is None or isinstance(contours, str) else ",".join(contours)


def sweep(study, settings=None, *, threads=0, top=10, samples=100000, finalists=16, evolve=False, against=(), contours=None, contour_cost=None, seeds=0, shard=None, store=None, output_dir=None, progress=None, control=None):
    """Every system of the study's domains in closed form, the best simulated. `evolve`: of a larger space than `samples`, most points are bred from the best. `against`: a front of the objective and up to three of cost, energy,
    tokens_per_mw, gpus, tokens_per_gpu, tpot, ttft. `contours`: two domains of numbers, ("memory.bandwidth", "core.count"), drawn against each other, and what of it costs by `contour_cost`. `seeds`: as of recommend. `shard`: (2, 8) or "2/8", this share alone, into `store`, for merge(). Tables: points, finalists, front, contours."""
    share = shard if shard is None or isinstance(shard, str) else "{}/{}".format(*shard)
    return ask("sweep", study, (), settings, progress=progress, control=control, threads=threads, top=top, samples=samples, finalists=finalists, evolve=evolve, against=against, contours=_pair(contours), contour_cost=contour_cost, seeds=seeds, shard=share, store=store, output_dir=output_dir)


def whatif(study, changes, settings=None, *, threads=0, store=None, output_dir=None, progress=None, control=None):
    """What would a change bring? Of a study or a question(); `changes`: {"chip.memory.bandwidth": "x2"}; `settings` are of both sides."""
    return ask("whatif", study, (), settings, progress=progress, control=control, changes=changes, threads=threads, store=store, output_dir=output_dir)


def catalogue(kind=None):
    """What the catalogue holds: models, chips, nodes, .. or all. Table: entries."""
    return ask("list", None, () if kind is None else (kind,))


def show(*name):
    """An entry of the catalogue, by its name, or a kind and a name or path: its values as a dict, `text` with the source of each, `resolved` as YAML."""
    return ask("show", None, name)


def fields(kind):
    """What may be said of a kind (study, engine, chip, ..): fields["fields"]."""
    return ask("show", None, ("fields", kind))


def fit_workload(trace, **citation):
    """A workload profile of a trace, as YAML in `text`: for `traffic: {source: PROFILE.yaml}`. `citation`: format, name, title, source_title, source_url, source_license, source_date, source_read."""
    return ask("fit-workload", None, (trace,), [f"{key.replace('_', '-')}={value}" for key, value in citation.items()])


def ls(store):
    """What a store holds. Table: entries."""
    return ask("ls", store=store)


def merge(into, *stores, progress=None, control=None):
    """Puts stores together, shards of a sweep among them: takes into the first what it has not."""
    return ask("merge", None, (into, *stores), progress=progress, control=control)


def _compared(given):
    return given.json if isinstance(given, Result) else json.dumps(given) if isinstance(given, dict) else given


def compare(a, b, settings=None, *, threads=0, store=None, progress=None, control=None):
    """What differs between two answers, in and out, and what chance may have made. Each is a result, a study (dict, text, path), results.json or a folder with one, or a hash of `store`."""
    return ask("compare", None, (_compared(a), _compared(b)), settings, progress=progress, control=control, threads=threads, store=store)


def pack(study, folder, settings=None, *, verb=None, by=(), changes=(), threads=0, top=10, samples=100000, finalists=16, evolve=False, against=(), contours=None, contour_cost=None, seeds=0, store=None, progress=None,
         control=None):
    """An answer with all that it follows from, in a folder that is made; the result is its manifest. `study` may be a hash of `store`. `verb`: predict, explain, recommend, sweep or whatif (default: as the study and the other
    arguments say)."""
    return ask("pack", study, (), settings, progress=progress, control=control, output_dir=folder, as_verb=verb, by=by, changes=changes, threads=threads, top=top, samples=samples, finalists=finalists, evolve=evolve,
               against=against, contours=_pair(contours), contour_cost=contour_cost, seeds=seeds, store=store)


def verify(folder, *, threads=0, progress=None, control=None):
    """Makes the answer of a pack again and compares it: result["same"], and what of each file in result["files"]."""
    return ask("verify", None, (folder,), progress=progress, control=control, threads=threads)


def version():
    return _lib.orrery_version().decode()
