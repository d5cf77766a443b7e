"""The stack on which a pickle builds lists, tuples, dicts and sets; no name is known here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.keys import require_keys
from mmnuc.safe_pickle.limits import Limits
from mmnuc.safe_pickle.source import PickleSource

_INDIVISIBLE = frozenset((str, bytes, int, float, bool, type(None)))


class Machine:
    """The state of a pickle that is read.

    Python's own unpickler reserves as much memory as a pickle tells it to remember things by, and
    hashes whatever is to be a key. This one does neither.

    Args:
        file: The pickle; one can seek in it, and more may follow it.
        limits: What it may hold.

    Attributes:
        stack: What was built since the last mark.
        marks: What was built before each mark.
        memo: What can be named again, by its place.
        far: The same for places that were left open.
        shared: What was named again, by its ``id``.
        source: The bytes.
    """

    __slots__ = ('_left', 'far', 'marks', 'memo', 'shared', 'source', 'stack')

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.source = PickleSource(file, limits)
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: list[Any] = []
        self.far: dict[int, Any] = {}
        self._left = limits.written_out(self.source.size)
        self.shared: dict[int, Any] = {}

    def since_mark(self) -> list[Any]:
        """Take what was built since the last mark off the stack."""
        built = self.stack
        self.stack = self.marks.pop()
        return built

    def again(self, value: Any) -> None:
        """Put something on the stack that is elsewhere too."""
        if type(value) not in _INDIVISIBLE:
            self.shared[id(value)] = value
        self.stack.append(value)

    def top(self, *kinds: type) -> Any:
        """What is on top of the stack, to get entries.

        Raises:
            DamagedError: It is of none of these very types.
        """
        target = self.stack[-1]
        if type(target) not in kinds:
            raise DamagedError(f'entries for a {type(target).__name__}')
        return target

    def spend(self, size: int) -> None:
        """Count what is made from next to nothing, ``size`` bytes of it.

        Raises:
            DamagedError: That is more than the pickle may hold.
        """
        self._left -= size
        if self._left < 0:
            raise DamagedError('it makes far more than it holds')

    def require_keys(self, keys: Iterable[Any]) -> None:
        """Refuse what is no plain key.

        Raises:
            DamagedError: One of them isn't.
        """
        require_keys(keys, self.source.limits.key_values)
