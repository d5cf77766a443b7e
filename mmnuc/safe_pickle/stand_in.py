"""What stands in for the names in a pickle: the pickle calls these and nothing else.

A stand-in takes numbers, text, bytes and other stand-ins. What it stands for is made after all of
the pickle was read, when it is known how much that is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmnuc.safe_pickle.errors import DamagedError


class StandIn:
    """Stands in for an object while it is unpickled; it can't be a key."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    # What making one costs, in bytes of the pickle's allowance.
    cost = 64

    def __setstate__(self, state: Any) -> None:
        raise DamagedError(f'a state for a {type(self).__name__}')

    @property
    def nbytes(self) -> int:
        """The size of the value, in bytes."""
        return 0

    def value(self) -> Any:
        """The object itself; what a pickle holds deeper inside of it is settled by the caller."""
        raise NotImplementedError


class Function:
    """A stand-in that can be called, and that a pickle can't change.

    Args:
        function: What to call in its place; it checks what it is given.

    Example:
        >>> Function(len)('abc')
        3
    """

    __slots__ = ('_function',)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)

    def __setstate__(self, state: Any) -> None:
        raise DamagedError('a state for a function')


def is_count(value: Any, most: int) -> bool:
    """Whether a value is a plain whole number from 0 to ``most``, neither truth nor NumPy's.

    Example:
        >>> is_count(2, 3), is_count(True, 3), is_count(-1, 3), is_count(4, 3)
        (True, False, False, False)
    """
    return type(value) is int and 0 <= value <= most
