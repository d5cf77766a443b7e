"""Tensors inside a plain pickle, read as NumPy arrays without torch and without running anything.

mmdet's ``--out`` pickles tensors on the CPU as calls of ``torch._utils._rebuild_tensor_v2`` with a
storage in ``torch.save``'s old format: five pickles (magic number, version, system, storage, keys),
then for each storage its length as eight bytes and its values.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES: dict[str, type[np.generic]] = {
    'DoubleStorage': np.float64,
    'FloatStorage': np.float32,
    'HalfStorage': np.float16,
    'LongStorage': np.int64,
    'IntStorage': np.int32,
    'ShortStorage': np.int16,
    'CharStorage': np.int8,
    'ByteStorage': np.uint8,
    'BoolStorage': np.bool_,
}


class _StorageUnpickler(pickle.Unpickler):
    """Lets the names of storages through, as their NumPy types, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module == 'torch' and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f'a storage of {module}.{name}')

    def persistent_load(self, key: Any) -> tuple[type[np.generic], int]:
        kind, dtype, _, _, count, view = key
        if kind != 'storage' or view is not None:
            raise pickle.UnpicklingError(f'a {kind} that is no plain storage')
        return dtype, int(count)


def load_storage(data: bytes) -> NDArray[Any]:
    """Read a storage: what ``torch.storage._load_from_bytes`` would return, flat.

    Raises:
        UnpicklingError: It is something else than one plain storage on the CPU.
    """
    stream = io.BytesIO(data)
    if _StorageUnpickler(stream).load() != _MAGIC:
        raise pickle.UnpicklingError('no storage in the format of torch.save')
    version, system = (_StorageUnpickler(stream).load() for _ in range(2))
    if version != 1001 or not system.get('little_endian', True):
        raise pickle.UnpicklingError(f'a storage of version {version}')
    dtype, count = _StorageUnpickler(stream).load()
    if len(_StorageUnpickler(stream).load()) != 1:
        raise pickle.UnpicklingError('several storages in one')
    stream.seek(8, io.SEEK_CUR)
    values = np.frombuffer(stream.read(), dtype)
    if len(values) != count:
        raise pickle.UnpicklingError(f'{len(values)} of {count} values of a storage')
    return values


def rebuild(
    storage: NDArray[Any], offset: int, size: Sequence[int], stride: Sequence[int], *_: object
) -> NDArray[Any]:
    """Lay out a storage: what ``torch._utils._rebuild_tensor_v2`` would return.

    Raises:
        UnpicklingError: The tensor reaches beyond its storage.

    Example:
        >>> rebuild(np.arange(6), 0, (2, 3), (3, 1)).tolist()
        [[0, 1, 2], [3, 4, 5]]
    """
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if offset < 0 or min(stride, default=0) < 0 or (0 not in size and last >= len(storage)):
        raise pickle.UnpicklingError(f'a tensor of {tuple(size)} beyond its storage')
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], tuple(size), steps).copy()


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ('torch.storage', '_load_from_bytes'): load_storage,
    ('torch._utils', '_rebuild_tensor_v2'): rebuild,
}
