"""How much a pickle may ask for: every limit of this package that a caller can raise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a pickle may hold.

    A pickle can name one value many times, so that a few bytes stand for any amount of data
    (a "billion laughs"). What counts is therefore the data written out, every value as often as it
    is reached: 8 bytes a value, with what text, bytes and arrays hold.

    Attributes:
        depth: Levels of lists, tuples and dicts inside of each other.
        free_bytes: Data written out that any pickle may hold, in bytes.
        bytes_each: Data written out for each byte of the pickle beyond that.
        integer_bytes: Length of one integer.
        key_values: Values in one key of a dict or member of a set, which may be a tuple.
    """

    depth: int = 100
    free_bytes: int = 1 << 26
    bytes_each: int = 64
    integer_bytes: int = 255
    key_values: int = 100

    def written_out(self, size: int) -> int:
        """The data that a pickle of ``size`` bytes may hold, in bytes.

        Example:
            >>> Limits(free_bytes=100, bytes_each=2).written_out(10)
            120
        """
        return self.free_bytes + self.bytes_each * size


DEFAULT = Limits()
