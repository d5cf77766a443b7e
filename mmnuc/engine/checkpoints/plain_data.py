"""What a pickle may hold here: plain Python, NumPy arrays and mmengine's log, rebuilt by us.

A pickle names functions and classes of any module, and opening it calls them. Nothing that one
names is called here. A few names that plain data needs have a stand-in, which takes numbers, text
and bytes and calls no more than NumPy's ``frombuffer``; every other name is refused.
"""

from __future__ import annotations

import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
from mmengine.logging import HistoryBuffer
from numpy.typing import NDArray

_CODE = re.compile(r'[<>|=]?[biufcSU]\d{1,9}')


class RefusedError(Exception):
    """A pickle wants what it may not have; the message is the name of that."""


class PlainUnpickler(pickle.Unpickler):
    """Reads plain Python and NumPy arrays; :func:`settled` must follow.

    Text of Python 2, in which the oldest published weights were written, is read as latin-1.

    Args:
        file: The pickle.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding='latin1')

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in of a name.

        Raises:
            RefusedError: It has none.
        """
        # Protocols up to 2 name the builtins as Python 2 did.
        full_name = f'{"builtins" if module == "__builtin__" else module}.{name}'
        if full_name not in _FUNCTIONS:
            raise RefusedError(full_name)
        return _FUNCTIONS[full_name]


def read_pickle(file: BinaryIO) -> Any:
    """Read a pickle of plain data.

    Raises:
        RefusedError: It wants more than that.
    """
    return settled(PlainUnpickler(file).load())


def settled(content: Any, seen: set[int] | None = None) -> Any:
    """Replace stand-ins by what they stand for, in dicts, lists and tuples at any depth.

    Dicts and lists are changed in place, so that they keep their class and attributes.
    """
    seen = set() if seen is None else seen
    if isinstance(content, (Array, History, Options)):
        return content.value()
    if isinstance(content, tuple):
        return type(content)(settled(entry, seen) for entry in content)
    if not isinstance(content, (dict, list)) or id(content) in seen:
        return content
    seen.add(id(content))
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        content[key] = settled(value, seen)
    return content


class Dtype:
    """Stands in for a NumPy type of numbers or text, while it is unpickled."""

    __slots__ = ('dtype',)

    def __init__(self, code: Any, *_: Any) -> None:
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise pickle.UnpicklingError(f'the NumPy type {code!r} is neither number nor text')
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        _, order, *parts = state
        if any(part is not None for part in parts[:3]):
            raise pickle.UnpicklingError('a NumPy type of several fields')
        if order in ('<', '>'):
            self.dtype = self.dtype.newbyteorder(order)


class Array:
    """Stands in for a NumPy array, while it is unpickled."""

    __slots__ = ('array',)

    def __init__(self, *_: Any) -> None:
        self.array: NDArray[Any] = np.empty(0)

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        order = 'F' if fortran else 'C'
        self.array = _values(data, dtype).reshape(shape, order=order).copy(order)

    def value(self) -> NDArray[Any]:
        """The array itself."""
        return self.array


class History:
    """Stands in for the log of one number: mmengine's buffer without the functions it pickles."""

    def __setstate__(self, state: Any) -> None:
        logs, counts = state['_log_history'], state['_count_history']
        if not isinstance(logs, Array) or not isinstance(counts, Array):
            raise pickle.UnpicklingError('a log that is no array')
        self._parts = logs.value(), counts.value(), int(state['max_length'])

    def value(self) -> HistoryBuffer:
        """The buffer itself."""
        return HistoryBuffer(*self._parts)


class Options:
    """Stands in for ``argparse.Namespace``, in which training scripts keep their options."""

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError('options that are no dict')
        self._options = state

    def value(self) -> dict[str, Any]:
        """The options as a dict."""
        return settled(self._options)


class _Function:
    """A stand-in that can be called, and that a pickle can't change."""

    __slots__ = ('_function',)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError('a state for a function')


def _values(data: Any, dtype: Any) -> NDArray[Any]:
    if not isinstance(dtype, Dtype):
        raise pickle.UnpicklingError(f'an array of {dtype!r}')
    if isinstance(data, str):
        data = data.encode('latin1')
    if not isinstance(data, (bytes, bytearray)):
        raise pickle.UnpicklingError(f'an array whose values are a {type(data).__name__}')
    return np.frombuffer(data, dtype.dtype)


def _scalar(dtype: Any, data: Any) -> Any:
    return _values(data, dtype)[0]


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any, *_: Any) -> Array:
    result = Array()
    result.__setstate__((1, shape, dtype, order == 'F', data))
    return result


def _encode(text: Any, encoding: Any = 'latin1') -> bytes:
    """What protocol 2 calls for bytes."""
    if not isinstance(text, str) or encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError(f'bytes as {encoding!r}')
    return text.encode('latin1')


def _no_bytes() -> bytes:
    """What protocol 2 calls for no bytes at all."""
    return b''


def _method(owner: Any, name: Any) -> str:
    """What mmengine's log pickles of its methods: nobody needs them."""
    if owner is not History or not isinstance(name, str):
        raise RefusedError('builtins.getattr')
    return name


_COMMON: dict[str, Callable[..., Any]] = {
    'builtins.bytes': _Function(_no_bytes),
    'numpy.dtype': _Function(Dtype),
    'numpy.ndarray': _Function(Array),
    **{
        f'numpy.{core}.{name}': _Function(function)
        for core in ('core', '_core')
        for name, function in (
            ('multiarray._reconstruct', Array),
            ('multiarray.scalar', _scalar),
            ('numeric._frombuffer', _from_buffer),
        )
    },
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_COMMON,
    'builtins.set': _Function(set),
    '_codecs.encode': _Function(_encode),
    'collections.OrderedDict': _Function(OrderedDict),
}

# For torch's own restricted unpickler, which also asks for the classes that get a state; no pickle
# can name those, as a name in a pickle has a point.
TORCH_STAND_INS: Mapping[str, Any] = {
    **_COMMON,
    'mmengine.logging.history_buffer.HistoryBuffer': History,
    'argparse.Namespace': Options,
    'builtins.getattr': _Function(_method),
    'array': Array,
    'dtype': Dtype,
}
