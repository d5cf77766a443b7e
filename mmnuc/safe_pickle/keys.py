"""What may be a key of a dict or a member of a set, asked before it is hashed.

Python hashes a tuple by hashing what is in it, again and again where that is the same tuple, and
without a limit to the depth: tuples of tuples hang it or overflow its stack.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mmnuc.safe_pickle.errors import DamagedError

_ATOMS = frozenset((str, bytes, bool, float, type(None)))
# Integers beyond this, multiples of one number, all have one hash.
_LARGEST = 1 << 64


def require_keys(keys: Iterable[Any], most: int) -> None:
    """Refuse what is no plain key.

    Args:
        keys: What shall be hashed.
        most: Values that one of them may hold, itself among them.

    Raises:
        DamagedError: One is neither number, text nor a small tuple of such.

    Example:
        >>> require_keys(['a', 1, (1, 'a')], most=3)
    """
    for key in keys:
        if type(key) is not str:
            _left(key, most)


def _left(key: Any, most: int) -> int:
    """What is left of ``most`` values after a key."""
    kind = type(key)
    if most < 1:
        raise DamagedError('a key of too many values')
    most -= 1
    if kind in _ATOMS or isinstance(key, np.generic):
        return most
    if kind is int and abs(key) < _LARGEST:
        return most
    if kind not in (tuple, frozenset):
        raise DamagedError(f'a key of the type {kind.__name__}')
    for entry in key:
        most = _left(entry, most)
    return most
