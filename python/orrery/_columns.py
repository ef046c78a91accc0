"""Columns over memory that a result owns: nothing is copied, and the result lives as long as anything that looks into it."""
import ctypes
import sys

_ORDER = "<" if sys.byteorder == "little" else ">"
_KINDS = {1: (ctypes.c_int64, "q", _ORDER + "i8"), 2: (ctypes.c_double, "d", _ORDER + "f8")}


class Column:
    """A column: a sequence of int, float or str. Numbers are read without a copy by numpy.asarray(column) (`__array_interface__`) and by `column.view`, a read-only memoryview.
    What is missing is -1 among whole numbers, NaN among others, None among texts."""

    def __init__(self, owner, name, kind, address, count):
        self.name, self._owner = name, owner
        self._count = count
        self.view = self._texts = None
        if kind in _KINDS:
            element, code, self._typestr = _KINDS[kind]
            held = (element * count).from_address(address) if count else (element * 0)()
            held._orrery_result = owner                                # the memoryview keeps the array, the array the result
            self._address = ctypes.addressof(held)
            self.view = memoryview(held).cast("B").cast(code).toreadonly() if count else memoryview(b"").cast(code)
        else:
            pointers = (ctypes.c_char_p * count).from_address(address) if count else ()
            self._texts = [text.decode() if text is not None else None for text in pointers]

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        source = self._texts if self.view is None else self.view
        return source[index].tolist() if isinstance(index, slice) and self.view is not None else source[index]

    def __iter__(self):
        return iter(self._texts if self.view is None else self.view)

    def __repr__(self):
        return f"<orrery column {self.name}: {self._count} values>"

    def tolist(self):
        return list(self)

    def __getattr__(self, name):
        if name == "__array_interface__" and self.__dict__.get("view") is not None and self._count:
            return {"version": 3, "shape": (self._count,), "typestr": self._typestr, "data": (self._address, True)}
        raise AttributeError(name)

    def __buffer__(self, flags):                                       # Python 3.12 and later
        if self.view is None:
            raise BufferError(f"{self.name} is a column of text")
        return self.view


class Table(dict):
    """Columns by name, in order."""

    def pandas(self):
        """A DataFrame over the same memory (pandas and NumPy are imported here alone)."""
        import numpy
        import pandas
        return pandas.DataFrame({name: numpy.asarray(column) if column.view is not None else column.tolist() for name, column in self.items()}, copy=False)
