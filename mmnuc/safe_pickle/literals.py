"""The instructions of a pickle that hold a value themselves: numbers, text and bytes."""

from __future__ import annotations

import codecs
import pickle
import struct
from collections.abc import Callable
from typing import Any

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.source import PickleSource

# Three digits hold more than one byte, with room for a sign and the letter at the end.
_DIGITS_A_BYTE = 3
_SHORT_LINE = 100


def _short_line(source: PickleSource, most: int) -> str:
    line = source.line()
    if len(line) > most:
        raise DamagedError(f'a number of {len(line)} characters')
    return line.decode('ascii')


def _integer_line(source: PickleSource) -> int:
    text = _short_line(source, _DIGITS_A_BYTE * source.limits.integer_bytes)
    if text in ('00', '01'):  # what protocol 0 has for truth
        return text == '01'
    return int(text.removesuffix('L'))


def _float_line(source: PickleSource) -> float:
    return float(_short_line(source, _SHORT_LINE))


def _signed(source: PickleSource) -> int:
    return int.from_bytes(source.take(4), 'little', signed=True)


def _float(source: PickleSource) -> float:
    (value,) = struct.unpack('>d', source.take(8))
    return float(value)


def _text_line(source: PickleSource) -> str:
    return source.line().decode('raw-unicode-escape')


def _quoted_line(source: PickleSource) -> str:
    line = source.line()
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[:1] != line[-1:]:
        raise DamagedError('text without quotes')
    return _old_text(codecs.escape_decode(line[1:-1])[0])


def _old_text(data: bytes) -> str:
    """Text of Python 2, in which the oldest published weights and their arrays are written."""
    return data.decode('latin1')


def _text(data: bytes) -> str:
    return data.decode('utf-8', 'surrogatepass')


def _integer(width: int) -> Callable[[PickleSource], int]:
    """The reader of an integer after its length in ``width`` bytes."""

    def read(source: PickleSource) -> int:
        count = source.number(width)
        if count > source.limits.integer_bytes:
            raise DamagedError(f'an integer of {count} bytes')
        return pickle.decode_long(source.take(count))

    return read


def _number(width: int) -> Callable[[PickleSource], int]:
    return lambda source: source.number(width)


def _sized(width: int, decode: Callable[[bytes], Any]) -> Callable[[PickleSource], Any]:
    """The reader of what ``decode`` makes of bytes after their length in ``width`` bytes."""
    return lambda source: decode(source.take(source.number(width)))


LITERALS: dict[bytes, Callable[[PickleSource], Any]] = {
    pickle.NONE: lambda _: None,
    pickle.NEWTRUE: lambda _: True,
    pickle.NEWFALSE: lambda _: False,
    pickle.EMPTY_TUPLE: lambda _: (),
    pickle.EMPTY_LIST: lambda _: [],
    pickle.EMPTY_DICT: lambda _: {},
    pickle.INT: _integer_line,
    pickle.LONG: _integer_line,
    pickle.BININT: _signed,
    pickle.BININT1: _number(1),
    pickle.BININT2: _number(2),
    pickle.LONG1: _integer(1),
    pickle.LONG4: _integer(4),
    pickle.FLOAT: _float_line,
    pickle.BINFLOAT: _float,
    pickle.STRING: _quoted_line,
    pickle.SHORT_BINSTRING: _sized(1, _old_text),
    pickle.BINSTRING: _sized(4, _old_text),
    pickle.UNICODE: _text_line,
    pickle.SHORT_BINUNICODE: _sized(1, _text),
    pickle.BINUNICODE: _sized(4, _text),
    pickle.BINUNICODE8: _sized(8, _text),
    pickle.SHORT_BINBYTES: _sized(1, bytes),
    pickle.BINBYTES: _sized(4, bytes),
    pickle.BINBYTES8: _sized(8, bytes),
    pickle.BYTEARRAY8: _sized(8, bytearray),
}
