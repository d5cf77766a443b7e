"""Categories of a COCO file, and classes matched to them by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from mmnuc.coco.faults import EntryError, check_object, shown, shown_name
from mmnuc.coco.ids import IdList, id_text, whole_number
from mmnuc.errors import UserError


class CocoCategory(NamedTuple):
    """A class as a COCO file lists it.

    Attributes:
        id: Its id; numbered anew from 1 where not all ids of the file are numbers.
        name: Its name.
        given: The ids that the file gives to this name: one, or several that are one class.
        entry: All that the file says about it.
    """

    id: int
    name: str
    given: tuple[str, ...]
    entry: dict[str, Any]


class CategoryList:
    """The categories of a file while it is read; those of one name are one.

    Args:
        categories: Categories that are known before.

    Example:
        >>> categories = CategoryList()
        >>> for number, name in enumerate(['nucleus', 'mitosis', 'nucleus'], 1):
        ...     categories.add({'id': number, 'name': name})
        >>> categories.row(3), categories.row('mitosis'), categories.row(4)
        (0, 1, -1)
    """

    def __init__(self, categories: Sequence[CocoCategory] = ()) -> None:
        self._ids = IdList('category')
        self._by_name: dict[str, int] = {}
        self._rows: list[CocoCategory] = []
        for category in categories:
            for given in category.given:
                self._remember(given, category.name, category.entry)
        # Where ids are names, results may use the numbers that took their place.
        named = all(whole_number(text) is None for each in categories for text in each.given)
        self._numbers = {str(each.id): i for i, each in enumerate(categories)} if named else {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, entry: Any) -> None:
        """Add an entry of the list ``categories``.

        Raises:
            EntryError: It is no category, or its id is used twice.
        """
        check_object(entry, ('id', 'name'))
        name = entry['name']
        if not isinstance(name, str) or not name.strip():
            raise EntryError('unreadable', f'name is {shown(name)}, not a name')
        self._remember(entry['id'], name, entry)

    def row(self, category: Any) -> int:
        """The place of a category by its id or, where no id is like it, its name; -1 for none.

        Raises:
            EntryError: This can be neither.
        """
        found = self._ids.find(category, 'category_id')
        text = id_text(category, 'category_id')
        return found if found >= 0 else self._by_name.get(_seen(text), self._numbers.get(text, -1))

    @property
    def categories(self) -> tuple[CocoCategory, ...]:
        """The categories with their final ids."""
        numbered = zip(self._rows, self._ids.numbers(), strict=True)
        return tuple(category._replace(id=number) for category, number in numbered)

    def _remember(self, category_id: Any, name: str, entry: dict[str, Any]) -> None:
        row = self._ids.add(category_id, self._by_name.get(_seen(name)))
        text = id_text(category_id, 'id')
        if row < len(self._rows):
            before = self._rows[row]
            self._rows[row] = before._replace(given=(*before.given, text))
            return
        self._by_name[_seen(name)] = row
        self._rows.append(CocoCategory(0, name, (text,), entry))


class ClassMatch(NamedTuple):
    """Which label each category of a file has.

    Attributes:
        labels: For each category its place among the classes; -1 where it is none of them.
        missing: Classes that the file does not have.
        notes: What is worth saying, each a line.
    """

    labels: tuple[int, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    def categories(self) -> tuple[int, ...]:
        """The place of the category of each class, where the file has them all."""
        return tuple(self.labels.index(label) for label in range(max(self.labels, default=-1) + 1))


def match_classes(
    classes: Sequence[str], categories: Sequence[CocoCategory], file: str
) -> ClassMatch:
    """Match classes to the categories of a file, by name.

    Capitals and white space make no other class where only one category is meant.

    Args:
        classes: The names that labels stand for.
        categories: The file's categories.
        file: The file, for messages.

    Returns:
        The label of each category.

    Raises:
        UserError: Several categories are meant by one class.

    Example:
        >>> file = [CocoCategory(1, 'dog', ('1',), {}), CocoCategory(2, 'Cat ', ('2',), {})]
        >>> match_classes(['cat', 'dog'], file, 'a.json').labels
        (1, 0)
    """
    names = [category.name for category in categories]
    labels, missing, notes = [-1] * len(names), [], []
    for label, wanted in enumerate(classes):
        meant = [row for row, name in enumerate(names) if _seen(name) == _seen(wanted)]
        if not meant:
            meant = [r for r, name in enumerate(names) if _plain(name) == _plain(wanted)]
            meant = [row for row in meant if _seen(names[row]) not in map(_seen, classes)]
            if len(meant) > 1:
                said = ' and '.join(shown(names[row]) for row in meant)
                raise UserError(f'{file}: the class {wanted} may be {said}: give it that very name')
            if meant:
                notes.append(f'its {shown(names[meant[0]])} is taken for the class {wanted}')
        if not meant:
            missing.append(wanted)
        for row in meant:
            labels[row] = label
    notes += _merged(categories)
    found = [label for label in labels if label >= 0]
    if found != sorted(found):
        order = ', '.join(
            shown_name(n) for n, label in zip(names, labels, strict=True) if label >= 0
        )
        notes.append(f'it lists its classes as {order}; labels follow {", ".join(classes)}')
    return ClassMatch(tuple(labels), tuple(missing), tuple(notes))


def _merged(categories: Sequence[CocoCategory]) -> list[str]:
    return [
        f'its categories {" and ".join(map(shown_name, category.given))} are both called '
        f'{shown_name(category.name)}: one class'
        for category in categories
        if len(category.given) > 1
    ]


def _seen(name: str) -> str:
    """A name as it is seen: what unicode writes in two ways is one."""
    return unicodedata.normalize('NFC', name)


def _plain(name: str) -> str:
    return ' '.join(unicodedata.normalize('NFC', name).casefold().split())
