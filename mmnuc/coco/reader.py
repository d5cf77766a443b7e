"""Reading a COCO json one entry at a time, in the memory of one entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import Any, TextIO

_SPACE = re.compile(r'[ \t\n\r]*')
_DECODER = json.JSONDecoder()
_CHUNK = 1 << 20

# Longest literal that can be cut in two by the end of a chunk: -Infinity, or \uXXXX in a string.
_LITERAL = 16


def read_coco(source: str | PathLike[str] | Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the entries of a COCO file one by one.

    Args:
        source: Path of a json file, or its content.

    Yields:
        ``(key, entry)`` for every entry of the lists at the top of the file, such as
        ``('annotations', {...})``, and ``(key, value)`` for whatever is no list.

    Raises:
        ValueError: The file is no json or has no object at the top; the message says where.

    Example:
        >>> list(read_coco({'images': [{'id': 3}, {'id': 4}], 'info': 'none'}))
        [('images', {'id': 3}), ('images', {'id': 4}), ('info', 'none')]
    """
    if isinstance(source, Mapping):
        for key, value in source.items():
            for entry in value if isinstance(value, list) else [value]:
                yield key, entry
        return
    with open(source, encoding='utf-8') as file:
        try:
            yield from _Reader(file).members()
        except ValueError as error:
            raise ValueError(f'{source} is no COCO json: {error}') from error


class _Reader:
    """A window of text that slides over the file."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.text = ''
        self.position = 0
        self.passed = 0

    def members(self) -> Iterator[tuple[str, Any]]:
        self.expect('{')
        if self.next_letter() == '}':
            return
        while True:
            key = self.value()
            self.expect(':')
            if self.next_letter() == '[':
                for entry in self.entries():
                    yield key, entry
            else:
                yield key, self.value()
            if self.expect(',}') == '}':
                return

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
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.position)
            except json.JSONDecodeError as error:
                cut = len(self.text) - error.pos <= _LITERAL or 'Unterminated' in error.msg
                if cut and self.fill():
                    continue
                place = self.passed + error.pos
                raise ValueError(f'{error.msg} at character {place}') from error
            # A number that ends with the window may go on behind it.
            if end < len(self.text) or not self.fill():
                self.position = end
                return value

    def expect(self, letters: str) -> str:
        letter = self.next_letter()
        if letter not in letters:
            wanted = ' or '.join(letters)
            place = self.passed + self.position
            raise ValueError(f'{letter!r} instead of {wanted} at character {place}')
        self.position += 1
        return letter

    def next_letter(self) -> str:
        """Pass over white space and return the letter there."""
        while True:
            match = _SPACE.match(self.text, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.fill():
                raise ValueError('the file ends too early')

    def fill(self) -> bool:
        """Drop what has been read and add a chunk; say whether there was one."""
        chunk = self.file.read(_CHUNK)
        if not chunk:
            return False
        self.passed += self.position
        self.text = self.text[self.position :] + chunk
        self.position = 0
        return True
