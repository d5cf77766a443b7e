"""From what was unpickled to what it stands for, with all its limits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.limits import DEFAULT, Limits
from mmnuc.safe_pickle.stand_in import Function, StandIn

_VALUE = 8  # bytes that each value counts, whatever it holds
_TEXTS = (str, bytes, bytearray)
_NUMBERS = frozenset((int, float, bool, type(None)))


def settled(
    content: Any,
    limits: Limits = DEFAULT,
    size: int = 0,
    shared: Mapping[int, Any] | None = None,
) -> Any:
    """Replace stand-ins by what they stand for, in dicts, lists and tuples at any depth.

    Dicts and lists are changed in place, so that they keep their class and attributes.

    Args:
        content: What was unpickled.
        limits: How deep it may be, and how much written out.
        size: Length of the pickle, in bytes.
        shared: What may be reached by several ways, by its ``id``; without it that is anything.

    Raises:
        DamagedError: It holds itself, or more than the limits allow.

    Example:
        >>> from mmnuc.safe_pickle.arrays import Dtype
        >>> settled([1, Dtype('f4')])
        [1, dtype('float32')]
    """
    return _Settling(limits, limits.written_out(size), shared).of(content, 0)


class _Settling:
    """Goes through a content once, and counts what it would be if it were written out."""

    def __init__(self, limits: Limits, most: int, shared: Mapping[int, Any] | None) -> None:
        self._depth = limits.depth
        self._most = most
        self._spent = 0
        self._shared = shared
        # By id: what was met (kept, so that the id stays its own), its result and its size.
        # The size of what is still being settled is unknown.
        self._met: dict[int, tuple[Any, Any, int | None]] = {}

    def of(self, value: Any, depth: int) -> Any:
        """What a value stands for."""
        if type(value) in _NUMBERS:
            return value
        if self._shared is not None and id(value) not in self._shared:
            return self._new(value, depth)
        if id(value) in self._met:
            _, result, size = self._met[id(value)]
            if size is None:
                raise DamagedError('it holds itself')
            self._spend(size)
            return result
        before = self._spent
        self._met[id(value)] = value, None, None
        result = self._new(value, depth)
        self._met[id(value)] = value, result, self._spent - before
        return result

    def _new(self, value: Any, depth: int) -> Any:
        if depth > self._depth:
            raise DamagedError(f'more than {self._depth} levels of lists, tuples and dicts')
        if isinstance(value, dict):
            return self._dict(value, depth)
        if isinstance(value, list):
            self._replace(value, enumerate(value), len(value), depth)
            return value
        if isinstance(value, tuple):
            return self._tuple(value, depth)
        if isinstance(value, StandIn):
            self._spend(value.nbytes)
            made = value.value()
            return self._dict(made, depth) if type(made) is dict else made
        return self._leaf(value)

    def _dict(self, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
        # An attribute called items would hide what is in the dict.
        if any(hasattr(type(value), name) for name in getattr(value, '__dict__', ())):
            raise DamagedError('a dict whose attributes hide its methods')
        kind = OrderedDict if isinstance(value, OrderedDict) else dict
        self._replace(value, kind.items(value), len(value), depth)
        return value

    def _replace(self, target: Any, entries: Iterable[Any], count: int, depth: int) -> None:
        self._spend(_VALUE * count)
        for key, entry in entries:
            if type(entry) is str:
                self._spend(len(entry))
            elif type(entry) not in _NUMBERS:
                result = self.of(entry, depth + 1)
                if result is not entry:
                    target[key] = result

    def _tuple(self, value: tuple[Any, ...], depth: int) -> tuple[Any, ...]:
        self._spend(_VALUE * len(value))
        entries = [self.of(entry, depth + 1) for entry in value]
        if all(new is old for new, old in zip(entries, value, strict=True)):
            return value
        return type(value)(entries)

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, Function) or (isinstance(value, type) and issubclass(value, StandIn)):
            raise DamagedError('a name that nothing calls')
        if isinstance(value, _TEXTS):
            self._spend(len(value))
        elif isinstance(value, (set, frozenset)):
            self._spend(_VALUE * len(value))
        elif isinstance(value, (np.ndarray, np.generic)):
            self._spend(value.nbytes)
        return value

    def _spend(self, size: int) -> None:
        self._spent += size
        if self._spent > self._most:
            raise DamagedError(f'written out it holds more than {self._most} bytes')
