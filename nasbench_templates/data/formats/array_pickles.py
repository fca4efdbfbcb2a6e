"""Unpickles a dict of NumPy arrays, lists, numbers and strings, and nothing else.

A pickle may name any importable object and call it, so a downloaded one must not be opened with
`pickle.load`. The unpickler here admits the names that an array of NumPy 1 or 2 needs, answers them
with stand-ins, and refuses every other one before it is imported. The stand-ins build the array
from checked parts: NumPy's own `__setstate__` trusts what it is given.
"""

import io
import math
import pickle
import re
from typing import Any

import numpy as np

from nasbench_templates.support.errors import DataError, describe

_NUMBER_CODE = re.compile("[biuf][0-9]{1,2}")
# What the pickle module and NumPy raise for damaged streams; there is no common base class.
_DAMAGE = (
    pickle.UnpicklingError,
    EOFError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


def read_array_pickle(content: bytes, where: str) -> dict[object, object]:
    """Returns the dict in a pickle; its values may be arrays of numbers.

    Args:
        content: the pickle, of any protocol; strings of Python 2 are returned as `bytes`.
        where: file name for messages.

    Raises:
        DataError: the pickle is damaged, is not a dict, or names anything that arrays of numbers do
            not need.
    """
    try:
        entries = _ArrayUnpickler(io.BytesIO(content), where).load()
        if isinstance(entries, dict):
            return {
                key: value.array if isinstance(value, _Array) else value
                for key, value in entries.items()
            }
    except DataError:
        raise
    except _DAMAGE as error:
        raise DataError(f"{where}: expected a complete pickle: {describe(error)}") from error
    raise DataError(f"{where}: expected a pickled dict, received {type(entries).__name__}")


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, where: str):
        super().__init__(file, encoding="bytes")
        self._where = where

    def find_class(self, module: str, name: str) -> object:
        """Returns the stand-in of an admitted name.

        Raises:
            DataError: the pickle names anything else.
        """
        if (module, name) not in _STAND_INS:
            raise DataError(
                f"{self._where}: expected a pickle of NumPy arrays, received one that names "
                f"{module}.{name}; it was not loaded"
            )
        return _STAND_INS[module, name]

    def persistent_load(self, pid: object) -> object:
        """Refuses references to objects outside the pickle.

        Raises:
            pickle.UnpicklingError: always.
        """
        raise pickle.UnpicklingError("a reference to an object outside the file")


class _Dtype:
    """Stands in for `numpy.dtype`: numbers only, no objects, records or parsed expressions."""

    def __init__(self, code: object, align: object = False, copy: object = True):
        # The other two arguments, which NumPy always writes, have no effect on numbers.
        text = _text(code)
        if not _NUMBER_CODE.fullmatch(text):
            raise ValueError(f"expected an array of numbers, received dtype {text!r}")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: tuple[object, ...]) -> None:
        order: Any = _text(state[1])  # NumPy refuses other texts
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands in for `numpy.core.multiarray._reconstruct`: empty until the state arrives."""

    def __init__(self, *_: object):
        self.array = np.empty(0, np.uint8)

    def __setstate__(self, state: tuple[object, ...]) -> None:
        _version, shape, dtype, is_fortran, content = state
        self.array = _from_buffer(content, dtype, shape, "F" if is_fortran else "C")


def _from_buffer(content: object, dtype: object, shape: object, order: object) -> np.ndarray:
    """Stands in for `numpy.core.numeric._frombuffer`, which protocol 5 writes."""
    if not isinstance(dtype, _Dtype) or not isinstance(content, bytes | bytearray):
        raise TypeError("expected an array as bytes and dtype")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"expected an array shape of sizes >= 0, received {shape!r:.60}")
    expected_bytes = math.prod(shape) * dtype.dtype.itemsize
    if len(content) != expected_bytes:
        raise ValueError(
            f"expected {expected_bytes} bytes for an array of shape {shape}, "
            f"received {len(content)}"
        )
    # A copy of the bytes: a damaged pickle may go on to change a bytearray it has handed out.
    array = np.frombuffer(bytes(content), dtype.dtype)
    return array.reshape(shape, order="F" if order == "F" else "C")


def _encode(text: str, encoding: object) -> bytes:
    """Stands in for `_codecs.encode`, by which Python 3 writes bytes into protocols 0 to 2."""
    if _text(encoding) not in ("latin1", "latin-1"):
        raise ValueError(f"expected bytes in encoding latin1, received {encoding!r:.60}")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """Stands in for `bytes()`, by which Python 3 writes empty bytes into protocols 0 to 2."""
    return b""


def _text(value: object) -> str:
    """Returns text that Python 2 wrote as bytes, or Python 3 as text."""
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise TypeError(f"expected text, received {type(value).__name__}")
    return value


_STAND_INS: dict[tuple[str, str], object] = {
    ("numpy", "ndarray"): "numpy.ndarray",  # only ever an argument of _reconstruct
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
}
for _package in ("numpy.core", "numpy._core"):  # the names in NumPy 1 and in NumPy 2
    _STAND_INS[f"{_package}.multiarray", "_reconstruct"] = _Array
    _STAND_INS[f"{_package}.numeric", "_frombuffer"] = _from_buffer
