"""NumPy files of one dict, such as Cellpose's ``_seg.npy``: a header, then a pickle.

``numpy.save`` wraps the object into an array of objects, which NumPy's own reader unpickles with
everything that the pickle may run. Here it is read as plain data: the array of one dict is
stood in for by that object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from mmnuc.safe_pickle.arrays import Array, Dtype
from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.limits import DEFAULT, Limits
from mmnuc.safe_pickle.stand_in import Function
from mmnuc.safe_pickle.unpickler import STAND_INS, read_pickle

_OBJECT = 'O8'


class ObjectDtype(Dtype):
    """Stands in for NumPy's type of objects, of which no array is made."""

    __slots__ = ('is_object',)

    def __init__(self, code: Any, *rest: Any) -> None:
        self.is_object = type(code) is str and code == _OBJECT
        if not self.is_object:
            super().__init__(code, *rest)

    def __setstate__(self, state: Any) -> None:
        if not self.is_object:
            super().__setstate__(state)

    def value(self) -> np.dtype[Any]:
        """The type itself.

        Raises:
            DamagedError: It is that of objects.
        """
        if self.is_object:
            raise DamagedError('the NumPy type of objects')
        return super().value()


class WrappedArray(Array):
    """Stands in for an array of numbers, or for the one object of an array of objects."""

    __slots__ = ('held',)

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.held: dict[Any, Any] | None = None

    def __setstate__(self, state: Any) -> None:
        is_object = type(state) is tuple and len(state) == 5 and isinstance(state[2], ObjectDtype)
        if not is_object or not state[2].is_object:
            super().__setstate__(state)
            return
        _, shape, _, _, values = state
        if self.held is not None or shape not in ((), (1,)) or type(values) is not list:
            raise DamagedError('an array of several objects')
        if len(values) != 1 or type(values[0]) is not dict:
            raise DamagedError('an array of objects that is not of one dict')
        self.held = values[0]

    def value(self) -> Any:
        """The array itself, or the one object, which is settled by the caller."""
        return super().value() if self.held is None else self.held


def _path(*parts: Any) -> str:
    if not all(type(part) is str for part in parts):
        raise DamagedError('a path that is no text')
    return '/'.join(parts)


_WRAPPED: dict[str, Function] = {
    **STAND_INS,
    'numpy.dtype': Function(ObjectDtype),
    **{
        f'numpy.{core}.multiarray._reconstruct': Function(WrappedArray)
        for core in ('core', '_core')
    },
    **{
        f'pathlib{module}.{kind}Path': Function(_path)
        for module in ('', '._local')
        for kind in ('Posix', 'Windows', 'PurePosix', 'PureWindows')
    },
}


def read_npy_object(
    file: BinaryIO, stand_ins: Mapping[str, Function] = _WRAPPED, limits: Limits = DEFAULT
) -> Any:
    """Read the one dict of a NumPy file as plain data.

    Args:
        file: The file; one can seek in it.
        stand_ins: What stands in for each full name; any other name is refused.
        limits: What the pickle may hold.

    Raises:
        RefusedError: The pickle wants a name that has no stand-in.
        DamagedError: It is damaged, beyond its limits, or no file of one dict.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> np.save(file, {'masks': np.arange(2)}, allow_pickle=True)
        >>> _ = file.seek(0)
        >>> read_npy_object(file)
        {'masks': array([0, 1])}
    """
    try:
        version = np.lib.format.read_magic(file)
        header = {(1, 0): np.lib.format.read_array_header_1_0}.get(
            version, np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = header(file)
    except Exception as error:  # NumPy parses the header as Python, which raises what it likes
        raise DamagedError(f'no NumPy file: {error}') from None
    if dtype.kind != 'O' or shape not in ((), (1,)):
        raise DamagedError(f'a NumPy file of {dtype} {shape}, not of one dict')
    return read_pickle(file, stand_ins, limits)
