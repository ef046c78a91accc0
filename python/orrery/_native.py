"""The C ABI (include/orrery/orrery.h) as ctypes sees it."""
import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

ABI = 1
Progress = CFUNCTYPE(c_int, c_void_p, c_char_p, c_size_t, c_size_t, c_size_t, c_char_p)


class Options(Structure):
    _fields_ = [("size_bytes", c_size_t), ("settings", POINTER(c_char_p)), ("setting_count", c_size_t), ("threads", c_int32), ("keep_requests", c_int32), ("top", c_size_t),
                ("samples", c_size_t), ("finalists", c_size_t), ("control", c_void_p), ("on_progress", Progress), ("progress_context", c_void_p), ("store", c_char_p),
                ("by", POINTER(c_char_p)), ("by_count", c_size_t), ("against", POINTER(c_char_p)), ("against_count", c_size_t), ("evolve", c_int32), ("formulas", c_int32), ("shard", c_char_p), ("contours", c_char_p), ("contour_cost", c_char_p), ("output_dir", c_char_p),
                ("as_verb", c_char_p), ("changes", POINTER(c_char_p)), ("change_count", c_size_t), ("requests_file", c_char_p), ("steps_file", c_char_p), ("trace_file", c_char_p), ("record_file", c_char_p), ("replay_file", c_char_p),
                ("trace_requests", c_int64), ("seeds", c_int64)]


class Question(Structure):
    _fields_ = [("size_bytes", c_size_t), ("model", c_char_p), ("on", c_char_p), ("engine", c_char_p), ("traffic", c_char_p), ("objective", c_char_p), ("input_tokens", c_int64),
                ("output_tokens", c_int64), ("limits", POINTER(c_char_p)), ("limit_count", c_size_t)]


class ColumnView(Structure):
    _fields_ = [("size_bytes", c_size_t), ("name", c_char_p), ("type", c_int), ("data", c_void_p), ("count", c_size_t)]


_options = POINTER(Options)
_functions = {
    "abi_version": (c_int32, []), "version": (c_char_p, []),
    "study_of_file": (c_void_p, [c_char_p]), "study_of_text": (c_void_p, [c_char_p, c_size_t, c_char_p]), "study_of_question": (c_void_p, [POINTER(Question)]), "study_free": (None, [c_void_p]),
    "control_create": (c_void_p, []), "control_cancel": (None, [c_void_p]), "control_reset": (None, [c_void_p]), "control_free": (None, [c_void_p]),
    "ask": (c_void_p, [c_char_p, c_void_p, POINTER(c_char_p), c_size_t, _options]),
    "result_free": (None, [c_void_p]), "result_status": (c_int, [c_void_p]),
    "result_json": (c_char_p, [c_void_p, c_void_p]), "result_text": (c_char_p, [c_void_p, c_void_p]), "result_resolved": (c_char_p, [c_void_p, c_void_p]),
    "result_diagnostics": (c_char_p, [c_void_p]), "result_diagnostics_json": (c_char_p, [c_void_p]),
    "result_table": (c_char_p, [c_void_p, c_size_t]), "result_column_count": (c_size_t, [c_void_p, c_char_p]), "result_column_at": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(ColumnView)]),
}


def _candidates():
    here = os.path.dirname(os.path.abspath(__file__))
    name = f"liborrery.so.{ABI}"
    if "ORRERY_LIBRARY" in os.environ:
        yield os.environ["ORRERY_LIBRARY"]
        return
    yield os.path.join(here, "..", "..", "..", "..", "lib", name)     # PREFIX/share/orrery/python/orrery
    yield os.path.join(here, "..", "..", "build", name)               # a source tree
    yield name


def _load():
    tried = []
    for path in _candidates():
        try:
            loaded = ctypes.CDLL(path)
            break
        except OSError as error:
            tried.append(str(error))
    else:
        raise ImportError("liborrery is not found: build it (make) or name it in ORRERY_LIBRARY\n  " + "\n  ".join(tried))
    for name, (result, arguments) in _functions.items():
        function = getattr(loaded, "orrery_" + name)
        function.restype, function.argtypes = result, arguments
    if loaded.orrery_abi_version() != ABI:
        raise ImportError(f"liborrery speaks ABI {loaded.orrery_abi_version()}, this module {ABI}")
    return loaded


library = _load()
