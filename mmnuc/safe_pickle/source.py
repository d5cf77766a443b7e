"""The bytes of a pickle, which are never read or reserved beyond their end."""

from __future__ import annotations

import io
from typing import BinaryIO

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.limits import DEFAULT, Limits

# A length up to this is read without asking how much is left.
_SMALL = 4096


class PickleSource:
    """Reads a stream from where it stands.

    Args:
        stream: The stream; one can seek in it.
        limits: What the pickle may hold.

    Attributes:
        size: Bytes from there to the end.
        read: The stream's own ``read``.
    """

    __slots__ = ('_end', '_stream', 'limits', 'read', 'size')

    def __init__(self, stream: BinaryIO, limits: Limits = DEFAULT) -> None:
        begin = stream.tell()
        self._end = stream.seek(0, io.SEEK_END)
        stream.seek(begin)
        self._stream = stream
        self.limits = limits
        self.read = stream.read
        self.size = self._end - begin

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes.

        Raises:
            DamagedError: There are fewer.

        Example:
            >>> PickleSource(io.BytesIO(b'abc')).take(2)
            b'ab'
        """
        if count > _SMALL and count > self._end - self._stream.tell():
            raise DamagedError('it ends too early')
        data = self.read(count)
        if len(data) != count:
            raise DamagedError('it ends too early')
        return data

    def number(self, width: int) -> int:
        """The next ``width`` bytes as a whole number, the least of them first.

        Raises:
            DamagedError: There are fewer.

        Example:
            >>> PickleSource(io.BytesIO(b'\\x01\\x02')).number(2)
            513
        """
        data = self.read(width)
        if len(data) != width:
            raise DamagedError('it ends too early')
        return int.from_bytes(data, 'little')

    def line(self) -> bytes:
        """The bytes to the end of the line, without its end.

        Raises:
            DamagedError: The line has none.

        Example:
            >>> PickleSource(io.BytesIO(b'ab\\nc')).line()
            b'ab'
        """
        line = self._stream.readline()
        if not line.endswith(b'\n'):
            raise DamagedError('it ends too early')
        return line[:-1]
