"""Tensors inside a plain pickle, read as NumPy arrays without torch and without running anything.

mmdet's ``--out`` pickles tensors on the CPU as calls of ``torch._utils._rebuild_tensor_v2`` with a
storage in ``torch.save``'s old format: five pickles (magic number, version, system, storage, keys),
then for each storage its length as eight bytes and its values.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from mmnuc.safe_pickle.arrays import require_sound
from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.stand_in import Function, StandIn, is_count
from mmnuc.safe_pickle.unpickler import STAND_INS, SafeUnpickler

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_LONGEST_HEAD = 4096  # bytes of the five pickles; torch's are some 300
_LARGEST = (1 << 63) - 1
_MOST_AXES = 32  # of an array that torch and every NumPy can have
_LONGEST_AXIS = (1 << 31) - 1  # of a tensor without values

# NumPy has no bfloat16: its bits are read as integers, and become the upper half of a float32.
_BFLOAT16 = 'BFloat16Storage'
_DTYPES = {
    'DoubleStorage': '<f8',
    'FloatStorage': '<f4',
    'HalfStorage': '<f2',
    _BFLOAT16: '<u2',
    'LongStorage': '<i8',
    'IntStorage': '<i4',
    'ShortStorage': '<i2',
    'CharStorage': '|i1',
    'ByteStorage': '|u1',
    'BoolStorage': '|b1',
}


class Storage(StandIn):
    """Stands in for the values of tensors: what ``torch.storage._load_from_bytes`` would return.

    Args:
        data: A storage on the CPU as torch saves it.

    Raises:
        DamagedError: It is something else.
        RefusedError: It is of a type that is no storage.
    """

    __slots__ = ('bfloat16', 'flat')

    # Its five pickles are read anew at each call.
    cost = 16_384

    def __init__(self, data: Any) -> None:
        if type(data) is not bytes:
            raise DamagedError(f'a storage in a {type(data).__name__}')
        kind, count, begin = _head(data)
        dtype = np.dtype(_DTYPES[kind])
        size = len(data) - begin
        if size != count * dtype.itemsize:
            raise DamagedError(f'{size // dtype.itemsize} of {count} values of a storage')
        self.flat: NDArray[Any] = np.frombuffer(data, dtype, offset=begin) if size else _no(dtype)
        self.bfloat16 = kind == _BFLOAT16
        require_sound(self.flat)

    @property
    def nbytes(self) -> int:
        """The size of the values, in bytes."""
        return self.flat.nbytes * (1 + self.bfloat16)

    def widened(self, values: NDArray[Any]) -> NDArray[Any]:
        """A copy of values of the storage, in their true type."""
        if not self.bfloat16:
            return values.copy()
        return (values.astype(np.uint32) << 16).view(np.float32)

    def value(self) -> NDArray[Any]:
        """The values, shape (N,)."""
        return self.widened(self.flat)


class Tensor(StandIn):
    """Stands in for a tensor: what ``torch._utils._rebuild_tensor_v2`` would return.

    Args:
        storage: Its :class:`Storage`.
        offset: Place of its first value there.
        size: The length of each axis.
        stride: The step of each axis, in values.

    Raises:
        DamagedError: The tensor reaches beyond its storage.
    """

    __slots__ = ('_offset', '_size', '_storage', '_stride')

    def __init__(self, storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> None:
        if not isinstance(storage, Storage):
            raise DamagedError(f'a tensor in a {type(storage).__name__}')
        _require_counts(offset, size, stride)
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if 0 not in size and last >= len(storage.flat):
            raise DamagedError(f'a tensor of {size} beyond its storage')
        self._storage, self._offset, self._size, self._stride = storage, offset, size, stride

    @property
    def nbytes(self) -> int:
        """The size of the values, in bytes; those of an axis without a step count each time."""
        item = 2 * int(self._storage.flat.itemsize)
        return item * int(math.prod(self._size))

    def value(self) -> NDArray[Any]:
        """The values as an array, which owns them."""
        flat = self._storage.flat
        if 0 in self._size:
            return self._storage.widened(np.empty(self._size, flat.dtype))
        # The step of an axis of one value is never taken, and may be anything.
        pairs = zip(self._size, self._stride, strict=True)
        steps = [step * flat.itemsize if n > 1 else 0 for n, step in pairs]
        return self._storage.widened(as_strided(flat[self._offset :], self._size, steps))


def _require_counts(offset: Any, size: Any, stride: Any) -> None:
    if type(size) is not tuple or type(stride) is not tuple or len(size) != len(stride):
        raise DamagedError('a tensor whose sizes and strides are none')
    if len(size) > _MOST_AXES or not all(is_count(n, _LONGEST_AXIS) for n in size):
        raise DamagedError('a tensor whose sizes are no plain numbers')
    if not all(is_count(step, _LARGEST) for step in (offset, *stride)):
        raise DamagedError('a tensor of plain sizes beyond its storage')


def _head(data: bytes) -> tuple[str, int, int]:
    """Type, number of values and begin of the values of a storage."""
    stream = io.BytesIO(data[:_LONGEST_HEAD])
    if _StorageUnpickler(stream).read() != _MAGIC:
        raise DamagedError('no storage in the format of torch.save')
    version, system = (_StorageUnpickler(stream).read() for _ in range(2))
    if version != _VERSION or type(system) is not dict or not system.get('little_endian', True):
        raise DamagedError('a storage of another version of torch.save')
    found = _StorageUnpickler(stream).read()
    if not isinstance(found, _Found):
        raise DamagedError('no storage in the format of torch.save')
    keys = _StorageUnpickler(stream).read()
    if type(keys) is not list or len(keys) != 1:
        raise DamagedError('several storages in one')
    return found.kind, found.count, stream.tell() + 8


def _no(dtype: np.dtype[Any]) -> NDArray[Any]:
    return np.empty(0, dtype)


class _Kind(Function):
    """The name of a type of storage."""

    __slots__ = ('kind',)

    def __init__(self, kind: str) -> None:
        super().__init__(_never_called)
        self.kind = kind


class _Found(StandIn):
    """A storage that lies behind the pickles."""

    __slots__ = ('count', 'kind')

    def __init__(self, kind: str, count: int) -> None:
        self.kind = kind
        self.count = count


def _never_called(*_: Any) -> Any:
    raise DamagedError('a type of storage is named, never called')


_KINDS = {f'torch.{kind}': _Kind(kind) for kind in _DTYPES}


class _StorageUnpickler(SafeUnpickler):
    """Lets the names of storages through, and nothing else."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, _KINDS)

    def persistent(self, key: Any) -> _Found:
        """What a storage is saved as: its type, a name, a device, its length and its views."""
        if type(key) is not tuple or len(key) != 6 or not isinstance(key[1], _Kind):
            raise DamagedError('no storage in the format of torch.save')
        word, kind, _, _, count, view = key
        if word != 'storage' or view is not None or not is_count(count, _LARGEST):
            raise DamagedError('no plain storage')
        return _Found(kind.kind, count)


# Those of plain data, and tensors.
TENSOR_STAND_INS: Mapping[str, Function] = {
    **STAND_INS,
    'torch.storage._load_from_bytes': Function(Storage),
    'torch._utils._rebuild_tensor_v2': Function(Tensor),
}
