"""Orrery in Python: what an LLM inference system will do. A study is a dict, YAML text or a path; an answer is a dict, its tables are columns that NumPy and pandas read without a copy.

    import orrery
    run = orrery.predict("study.yaml", {"engine.tensor_parallel_size": 4})
    run["p99_ttft_ms"], numpy.asarray(run.table("requests")["ttft_ms"])

Needs liborrery.so and nothing else: ctypes, no build step. ORRERY_LIBRARY names the file where it is not found by itself.
"""
from ._ask import Cancelled, Control, OrreryError, Result, ask, catalogue, check, compare, explain, fields, fit_workload, ls, merge, pack, predict, question, recommend, schema, show, sweep, verify, version, whatif
from ._columns import Column, Table

__all__ = ["Cancelled", "Column", "Control", "OrreryError", "Result", "Table", "ask", "catalogue", "check", "compare", "explain", "fields", "fit_workload", "ls", "merge", "pack", "predict", "question", "recommend", "schema", "show", "sweep", "verify", "version", "whatif"]
__version__ = version()
