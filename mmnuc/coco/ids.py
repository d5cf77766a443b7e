"""Ids as tools write them: whole numbers, text, or numbers as text."""

from __future__ import annotations

from typing import Any

from mmnuc.coco.faults import EntryError, shown

_LARGEST = 2**63 - 1


def id_text(value: Any, what: str) -> str:
    """Return an id in the one form in which ids are compared.

    Args:
        value: The id as the json says it.
        what: The key, for the message.

    Raises:
        EntryError: It is neither a whole number nor text.

    Example:
        >>> id_text(7, 'id'), id_text(7.0, 'id'), id_text(' 7', 'id'), id_text('b', 'id')
        ('7', '7', '7', 'b')
    """
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise EntryError('unreadable', f'{what} is {shown(value)}, no number and no text')


def whole_number(text: str) -> int | None:
    """The number that an id in :func:`id_text`'s form says, where it fits into 64 bits.

    Example:
        >>> whole_number('-3'), whole_number('3b'), whole_number('9' * 30)
        (-3, None, None)
    """
    digits = text[1:] if text[:1] == '-' else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return None
    number = int(text)
    return number if abs(number) <= _LARGEST else None


class IdList:
    """Ids in the order of a list, found again in whatever form they are referred to.

    Args:
        what: What the ids are of, for messages.

    Example:
        >>> ids = IdList('image')
        >>> ids.add(7), ids.add('b'), ids.find('7'), ids.find(7.0), ids.find(8)
        (0, 1, 0, 0, -1)
        >>> ids.numbers()
        [1, 2]
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.given: list[str] = []
        self._places: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self.given)

    def add(self, value: Any, place: int | None = None) -> int:
        """Add an id and return its place; another id may be given the place of an earlier one.

        Raises:
            EntryError: It is no id, or there already.
        """
        text = id_text(value, 'id')
        if text in self._places:
            raise EntryError('unreadable', f'the {self.what} id {shown(value)} is used twice')
        own = len(self.given) if place is None else place
        self._places[text] = own
        if place is None:
            self.given.append(text)
        return own

    def find(self, value: Any, what: str = 'id') -> int:
        """The place of an id; -1 where there is no such id.

        Raises:
            EntryError: It is neither a whole number nor text.
        """
        # Whole numbers as they come, text by what it says: '007' for 7 as well.
        text = id_text(value, what)
        if text in self._places:
            return self._places[text]
        number = whole_number(text)
        return -1 if number is None else self._by_number().get(number, -1)

    def numbers(self) -> list[int]:
        """The ids as numbers: their own where all are numbers that fit, else 1, 2, 3, ..."""
        numbers = [whole_number(text) for text in self.given]
        own = [number for number in numbers if number is not None]
        if len(own) == len(self.given) == len(set(own)):
            return own
        return list(range(1, len(self.given) + 1))

    def _by_number(self) -> dict[int, int]:
        if len(self._places) != getattr(self, '_counted', -1):
            self._counted = len(self._places)
            self._numbers: dict[int, int] = {}
            for text, place in self._places.items():
                number = whole_number(text)
                # Of two that say the same number neither is meant.
                if number is not None:
                    self._numbers[number] = -1 if number in self._numbers else place
        return self._numbers
