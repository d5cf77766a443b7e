"""NumPy's types, arrays and numbers in a pickle, rebuilt from their bytes by ``frombuffer`` alone.

NumPy's own ``dtype``, ``ndarray`` and ``scalar`` trust what they are given: a type whose fields lie
outside of the item reads foreign memory, a type of objects makes live objects of a pickle's bytes.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.stand_in import Function, StandIn, is_count

# Truth, integers, real and complex numbers of the sizes that there are; bytes and text.
_CODE = re.compile(r'[<>|=]?(?:b1|[iu][1248]|f(?:2|4|8|12|16)|c(?:8|16|24|32)|[SU][1-9]\d{0,6})')
_LARGEST_ITEM = 1 << 20
_MOST_AXES = 64
_LONGEST_AXIS = (1 << 31) - 1  # of an array without values; others have the length of their data
_LAST_CHARACTER = 0x10FFFF


class Dtype(StandIn):
    """Stands in for a NumPy type of numbers or text.

    Args:
        code: What NumPy calls the type, such as ``'f4'``.

    Raises:
        DamagedError: The type holds something else, or its items are too large.
    """

    __slots__ = ('_stated', 'dtype')

    def __init__(self, code: Any, *_: Any) -> None:
        if type(code) is not str or not _CODE.fullmatch(code):
            shown = ascii(code[:40]) if type(code) is str else f'of the type {type(code).__name__}'
            raise DamagedError(f'the NumPy type {shown} is neither number nor text')
        self.dtype = np.dtype(code)
        self._stated = False
        if self.dtype.itemsize > _LARGEST_ITEM:
            raise DamagedError(f'a NumPy type of {self.dtype.itemsize} bytes')

    def __setstate__(self, state: Any) -> None:
        """Take the order of the bytes; the rest has to say what the type's code said."""
        if type(state) is not tuple or not 7 <= len(state) <= 9 or self._stated:
            raise DamagedError('a NumPy type whose state is none')
        _, order, subtype, names, fields, size, *_ = state
        if subtype is not None or names is not None or fields is not None:
            raise DamagedError('a NumPy type of several fields')
        if type(size) is not int or size not in (-1, self.dtype.itemsize):
            raise DamagedError('a NumPy type whose size is not its own')
        if type(order) is not str or order not in ('<', '>', '|', '='):
            raise DamagedError('a NumPy type without an order of its bytes')
        if order in '<>':
            self.dtype = self.dtype.newbyteorder(order)  # type: ignore[arg-type]
        self._stated = True

    def value(self) -> np.dtype[Any]:
        """The type itself."""
        return self.dtype


class Array(StandIn):
    """Stands in for a NumPy array."""

    __slots__ = ('_axes', '_flat', '_order', '_shape')

    def __init__(self, *_: Any) -> None:
        self._flat: NDArray[Any] | None = None
        self._shape: tuple[int, ...] = ()
        self._order: Any = 'C'
        self._axes: tuple[int, ...] | None = None

    def __setstate__(self, state: Any) -> None:
        """Take what ``ndarray.__reduce__`` gives.

        Raises:
            DamagedError: The shape is not that of the data, or the data is no number or text.
        """
        if type(state) is not tuple or len(state) != 5:
            raise DamagedError('an array whose state is none')
        _, shape, dtype, fortran, data = state
        if type(fortran) not in (bool, int):
            raise DamagedError('an array without an order of its axes')
        self.lay_out(data, dtype, shape, 'F' if fortran else 'C')

    def lay_out(self, data: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> None:
        """Take the values and where they belong, once.

        Args:
            data: The values' bytes.
            dtype: Their :class:`Dtype`.
            shape: The length of each axis.
            order: ``'C'``, ``'F'``, or ``'K'`` with ``axes``.
            axes: Which axis of ``shape`` becomes which, as ``transpose`` takes it.

        Raises:
            DamagedError: They don't belong together.
        """
        if self._flat is not None:
            raise DamagedError('an array with two states')
        flat = values_of(data, dtype)
        require_shape(shape, len(flat))
        if type(order) is not str or order not in ('C', 'F', 'K'):
            raise DamagedError('an array without an order of its axes')
        if axes is not None:
            axes = _permutation(axes, len(shape))
        self._flat, self._shape, self._order, self._axes = flat, tuple(shape), order, axes

    @property
    def nbytes(self) -> int:
        """The size of the values, in bytes."""
        return 0 if self._flat is None else self._flat.nbytes

    def value(self) -> NDArray[Any]:
        """The array itself, which owns its values."""
        if self._flat is None:
            return np.empty(0)
        if self._order == 'K' and self._axes is not None:
            return self._flat.reshape(self._shape).transpose(self._axes).copy('K')
        order: Literal['C', 'F'] = 'F' if self._order == 'F' else 'C'
        return self._flat.reshape(self._shape, order=order).copy(order)


def values_of(data: Any, dtype: Any) -> NDArray[Any]:
    """The values of some bytes, flat and not copied.

    Raises:
        DamagedError: They are no values of the type.

    Example:
        >>> values_of(b'\\x01\\x02', Dtype('u1')).tolist()
        [1, 2]
    """
    if not isinstance(dtype, Dtype):
        raise DamagedError(f'an array of the type {type(dtype).__name__}')
    if type(data) is str:  # as Python 2 wrote it
        data = data.encode('latin1')
    if type(data) not in (bytes, bytearray):
        raise DamagedError(f'an array whose values are a {type(data).__name__}')
    if len(data) % dtype.dtype.itemsize:
        raise DamagedError(f'{len(data)} bytes are no values of the type {dtype.dtype}')
    values = np.frombuffer(data, dtype.dtype) if data else np.empty(0, dtype.dtype)
    require_sound(values)
    return values


def require_sound(values: NDArray[Any]) -> None:
    """Refuse bits that the type of a flat array has no value for: NumPy never asks.

    Raises:
        DamagedError: A truth is neither 0 nor 1, a character is none.
    """
    kind = values.dtype.kind
    if kind == 'b' and values.view(np.uint8).max(initial=0) > 1:
        raise DamagedError('a truth that is neither true nor false')
    if kind == 'U':
        codes = values.view(np.dtype(np.uint32).newbyteorder(values.dtype.byteorder))
        if codes.max(initial=0) > _LAST_CHARACTER:
            raise DamagedError('a character that there is not')


def require_shape(shape: Any, count: int) -> None:
    """Refuse a shape that is not of ``count`` values, before anything is laid out by it.

    Raises:
        DamagedError: It isn't, or its lengths are no plain whole numbers.

    Example:
        >>> require_shape((2, 3), 6)
    """
    if type(shape) not in (tuple, list) or len(shape) > _MOST_AXES:
        raise DamagedError('an array without a shape')
    if not all(is_count(length, max(count, _LONGEST_AXIS)) for length in shape):
        raise DamagedError('an array with a length that is none')
    if math.prod(shape) != count:
        raise DamagedError(f'cannot reshape array of size {count} into shape {tuple(shape)}')


def _permutation(axes: Any, count: int) -> tuple[int, ...]:
    if type(axes) not in (tuple, list) or not all(is_count(axis, count) for axis in axes):
        raise DamagedError('an array with axes that are none')
    if sorted(axes) != list(range(count)):
        raise DamagedError('an array with axes that are none')
    return tuple(axes)


def _scalar(dtype: Any, data: Any) -> Any:
    values = values_of(data, dtype)
    if len(values) != 1:
        raise DamagedError(f'{len(values)} values for one')
    return values[0]


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> Array:
    """What protocol 5 calls."""
    array = Array()
    array.lay_out(data, dtype, shape, order, axes)
    return array


def _never_called(*_: Any) -> Any:
    raise DamagedError('numpy.ndarray is named, never called')


NUMPY: dict[str, Function] = {
    'numpy.dtype': Function(Dtype),
    'numpy.ndarray': Function(_never_called),
    **{
        f'numpy.{core}.{name}': Function(function)
        for core in ('core', '_core')
        for name, function in (
            ('multiarray._reconstruct', Array),
            ('multiarray.scalar', _scalar),
            ('numeric._frombuffer', _from_buffer),
        )
    },
}
