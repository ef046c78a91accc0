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


def _ask(verb, study, settings, progress, control, changes=None, **rest):
    if isinstance(study, Result):
        raise TypeError("a study is a dict, YAML text or a path")
    raised = []

    def on_progress(_context, unit, done, total, simulated, best):
        try:
            stop = progress is not None and progress(unit.decode(), done, total, simulated, best.decode() if best else None)
        except BaseException as error:                                 # Ctrl-C too: the run stops, then it is raised
            raised.append(error)
            stop = True
        return 1 if stop else 0

    told = _native.Progress(on_progress)
    texts, count = _texts(settings)
    values = {"threads": 0, "keep_requests": 1, "top": 10, "samples": 100000, "finalists": 16, **rest}
    values["store"] = os.fsencode(values["store"]) if values.get("store") else None
    options = _native.Options(size_bytes=ctypes.sizeof(_native.Options), settings=texts, setting_count=count, control=control._handle if control else None, on_progress=told, **values)
    handle = _study(study)
    try:
        arguments = () if changes is None else _texts(changes)
        result = Result(_Handle(getattr(_lib, "orrery_" + verb)(handle, *arguments, options)))
    finally:
        _lib.orrery_study_free(handle)
    if raised:
        raise raised[0]
    if result.status in (_DONE, _NO_ANSWER) or (result.status == _CANCELLED and result.json):
        return result
    text = _lib.orrery_result_diagnostics(result._handle.address).decode()
    raise (Cancelled if result.status == _CANCELLED else OrreryError)(text, result.warnings, result.status)


def check(study, settings=None):
    """Is it right? The result's text says what it stands for, `resolved` every value."""
    return _ask("check", study, settings, None, None)


def predict(study, settings=None, *, threads=0, requests=True, store=None, progress=None, control=None):
    """One run. `settings`: {"engine.quantization": "fp8"}; `progress(unit, done, total, simulated, best)` may return True to stop. `store`: a file that keeps answers, so that nothing is computed twice. Tables: requests, cdf."""
    return _ask("predict", study, settings, progress, control, threads=threads, keep_requests=int(requests), store=store)


def explain(study, settings=None, *, progress=None, control=None):
    """Where the time goes, what binds, what more of each parameter is worth."""
    return _ask("explain", study, settings, progress, control)


def recommend(study, settings=None, *, threads=0, top=10, store=None, progress=None, control=None):
    """The best system of the study's domains. Table: candidates."""
    return _ask("recommend", study, settings, progress, control, threads=threads, top=top, store=store)


def sweep(study, settings=None, *, threads=0, top=10, samples=100000, finalists=16, store=None, progress=None, control=None):
    """Every system of the study's domains in closed form, the best simulated. Table: points."""
    return _ask("sweep", study, settings, progress, control, threads=threads, top=top, samples=samples, finalists=finalists, store=store)


def whatif(study, changes, settings=None, *, threads=0, store=None, progress=None, control=None):
    """What would a change bring? Of a study or a question(); `changes`: {"chip.memory.bandwidth": "x2"}; `settings` are of both sides."""
    return _ask("whatif", study, settings, progress, control, changes=changes, threads=threads, store=store)


def version():
    return _lib.orrery_version().decode()
