"""Reading a COCO json one entry at a time, in the memory of one entry."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from os import PathLike
from typing import Any, BinaryIO, NamedTuple, TypeAlias

from mmnuc.coco.faults import shown
from mmnuc.errors import UserError

# A path, the bytes of a file, or the content of one.
CocoSource: TypeAlias = str | PathLike[str] | bytes | Mapping[str, Any] | list[Any]

_SPACE = re.compile(r'[ \t\n\r]*')
_CHUNK = 1 << 20

# Longest literal that can be cut in two by the end of a chunk: -Infinity, or \uXXXX in a string.
_LITERAL = 16

# Byte order marks of the encodings that no COCO file is written in.
_FOREIGN = {codecs.BOM_UTF32_LE: 'UTF-32', codecs.BOM_UTF32_BE: 'UTF-32'}
_FOREIGN |= {codecs.BOM_UTF16_LE: 'UTF-16', codecs.BOM_UTF16_BE: 'UTF-16'}


class Item(NamedTuple):
    """Something that a COCO file holds.

    Attributes:
        key: The key at the top of the file; empty in a file that is one list.
        number: Its place in the list, counted from 0; None for a list that begins, whose value is
            an empty list, and for whatever is no list.
        value: What the json says.
    """

    key: str
    number: int | None
    value: Any


def read_items(source: CocoSource, name: str = '') -> Generator[Item, None, None]:
    """Give what a COCO file holds, entry by entry.

    Args:
        source: Path of a json file, its bytes, or its content.
        name: What messages call it; by default the path.

    Yields:
        For every list at the top first the list as if it were empty, then each of its entries; for
        everything else the value.

    Raises:
        UserError: The file can't be read, is no json, or says something twice; the message says
            where.

    Example:
        >>> for item in read_items({'images': [{'id': 3}], 'info': 'none'}):
        ...     print(*item)
        images None []
        images 0 {'id': 3}
        info None none
    """
    if isinstance(source, (Mapping, list)):
        yield from _items_of(source)
        return
    name = name or name_of(source)
    try:
        with open_source(source) as file:
            yield from _Reader(file).members()
    except FileNotFoundError:
        raise UserError(f'no such file: {name}') from None
    except OSError as error:
        raise UserError(f'cannot read {name}: {error.strerror or error}') from error
    except RecursionError:
        raise UserError(f'{name} is no COCO json: lists within lists without end') from None
    except ValueError as error:
        raise UserError(f'{name} is no COCO json: {error}') from None


def read_images_first(source: CocoSource, name: str = '') -> Iterator[Item]:
    """Give what a COCO file holds, its images before its annotations.

    A file that begins with its annotations is read twice: held back, they would take the memory
    of all of them.

    Example:
        >>> [item.key for item in read_images_first({'annotations': [], 'images': []})]
        ['images', 'annotations']
    """
    given: set[str] = set()
    with closing(read_items(source, name)) as items:
        for item in items:
            if item.key == 'annotations' and 'images' not in given:
                break
            given.add(item.key)
            yield item
        else:
            return
    yield from (item for item in read_items(source, name) if item.key == 'images')
    given.add('images')
    yield from (item for item in read_items(source, name) if item.key not in given)


def name_of(source: CocoSource) -> str:
    """What messages call a source that nobody has named."""
    return os.fspath(source) if isinstance(source, (str, PathLike)) else 'the COCO json'


def open_source(source: str | PathLike[str] | bytes) -> BinaryIO:
    """Open a file, or the bytes of one."""
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, 'rb')


def _items_of(content: Mapping[str, Any] | list[Any]) -> Iterator[Item]:
    for key, value in [('', content)] if isinstance(content, list) else content.items():
        if not isinstance(value, list):
            yield Item(key, None, value)
            continue
        yield Item(key, None, [])
        for index, entry in enumerate(value):
            yield Item(key, index, entry)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in entry if keys.count(key) > 1)
        raise ValueError(f'an object has the key {shown(twice)} twice: {shown(entry)}')
    return entry


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


class _Reader:
    """A window of text that slides over the file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.decode = codecs.getincrementaldecoder('utf-8-sig')().decode
        self.text = ''
        self.position = 0
        self.passed = 0
        self.begun = False

    def members(self) -> Iterator[Item]:
        if self.next_letter('is empty') == '[':
            yield from self.list_of('')
        else:
            self.expect('{', 'is no object and no list')
            if self.next_letter() == '}':
                self.position += 1
            else:
                yield from self.pairs()
        self.refuse_more()

    def pairs(self) -> Iterator[Item]:
        seen: set[str] = set()
        while True:
            key = self.value() if self.next_letter() == '"' else self.expect('"')
            if key in seen:
                raise ValueError(f'it has {shown(key)} twice')
            seen.add(key)
            self.expect(':')
            if self.next_letter() == '[':
                yield from self.list_of(key)
            else:
                yield Item(key, None, self.value())
            if self.expect(',}') == '}':
                return

    def list_of(self, key: str) -> Iterator[Item]:
        yield Item(key, None, [])
        for index, entry in enumerate(self.entries()):
            yield Item(key, index, entry)

    def entries(self) -> Iterator[Any]:
        self.expect('[')
        if self.next_letter() == ']':
            self.position += 1
            return
        while True:
            yield self.value()
            if self.expect(',]') == ']':
                return

    def value(self) -> Any:
        self.next_letter()
        size = _CHUNK
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.position)
            except json.JSONDecodeError as error:
                # This one is a ValueError too; the others are no matter of the window.
                cut = len(self.text) - error.pos <= _LITERAL or 'Unterminated' in error.msg
                if cut and self.fill(size):
                    # Twice as much each time, or a long entry is parsed again for every chunk.
                    size *= 2
                    continue
                place = self.passed + error.pos
                ended = error.pos >= len(self.text.rstrip()) or 'Unterminated' in error.msg
                what = 'the file ends too early' if ended else error.msg
                raise ValueError(f'{what} at character {place}') from error
            except ValueError as error:
                if 'set_int_max_str_digits' in str(error):
                    raise ValueError('it holds a number of thousands of digits') from None
                raise
            # A number that ends with the window may go on behind it.
            if end < len(self.text) or not self.fill(size):
                self.position = end
                return value
            size *= 2

    def expect(self, letters: str, otherwise: str = '') -> str:
        letter = self.next_letter()
        if letter not in letters:
            wanted = ' or '.join(letters)
            place = self.passed + self.position
            seen = f'{letter!r} instead of {wanted} at character {place}'
            raise ValueError(f'it {otherwise}: {seen}' if otherwise else seen)
        self.position += 1
        return letter

    def next_letter(self, otherwise: str = '') -> str:
        """Pass over white space and return the letter there."""
        while True:
            match = _SPACE.match(self.text, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.fill():
                ends = f'the file ends too early at character {self.passed + self.position}'
                raise ValueError(f'it {otherwise}' if otherwise else ends)

    def refuse_more(self) -> None:
        """Refuse what stands behind the end: a second json, or what is left of a longer file."""
        try:
            letter = self.next_letter()
        except ValueError:
            return
        place = self.passed + self.position
        raise ValueError(f'it goes on behind its end with {letter!r} at character {place}')

    def fill(self, size: int = 0) -> bool:
        """Drop what has been read and add a chunk; say whether there was one."""
        raw = self.file.read(size or _CHUNK)
        if not self.begun:
            self.begun = True
            # The shortest marks in full, even where chunks are shorter.
            raw += self.file.read(4 - len(raw)) if len(raw) < 4 else b''
            _refuse_foreign(raw)
        try:
            chunk = self.decode(raw, not raw)
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise ValueError(
                f'it is not UTF-8 text (byte 0x{byte:02x}); save it as UTF-8'
            ) from None
        if not raw:
            return False
        self.passed += self.position
        self.text = self.text[self.position :] + chunk
        self.position = 0
        return True


def _refuse_foreign(start: bytes) -> None:
    for mark, encoding in _FOREIGN.items():
        if start.startswith(mark):
            raise ValueError(f'it is {encoding} text; save it as UTF-8')
    if b'\0' in start[:4]:
        raise ValueError('it is binary, or UTF-16 text without a mark; a json is UTF-8 text')
