"""Which category of a json each label of the model stands for."""

from __future__ import annotations

from collections.abc import Sequence

from mmnuc.coco.categories import CocoCategory, match_classes
from mmnuc.coco.faults import shown_name
from mmnuc.errors import UserError


def labels_of_categories(
    classes: Sequence[str], categories: Sequence[CocoCategory], file: str
) -> tuple[int, ...]:
    """Find the label of every category of a json, by name and whatever its order.

    Args:
        classes: The data set's class names; a label is a place among them.
        categories: The json's categories.
        file: The json, for the message.

    Returns:
        The label of each category; -1 where it is none of the classes.

    Raises:
        UserError: The json lacks a class.
    """
    match = match_classes(classes, categories, file)
    if match.missing:
        names = ', '.join(shown_name(category.name) for category in categories)
        raise UserError(
            f'{file} has the categories {names or "none"}, but not '
            f'{", ".join(match.missing)}, which the data set asks for in metainfo'
        )
    return match.labels


def categories_of_labels(
    classes: Sequence[str], names: Sequence[str], ids: Sequence[int], file: str
) -> tuple[int, ...]:
    """Find the category id of every label.

    Args:
        classes: The data set's class names.
        names: Names of the json's categories.
        ids: Their ids.
        file: The json, for the message.

    Returns:
        The category id of each label.

    Raises:
        UserError: The json lacks a class.

    Example:
        >>> categories_of_labels(['dog', 'cat'], ['cat', 'cow', 'dog'], [1, 2, 3], 'a.json')
        (3, 1)
    """
    listed = [
        CocoCategory(number, name, (str(number),), {})
        for name, number in zip(names, ids, strict=True)
    ]
    labels = labels_of_categories(classes, listed, file)
    return tuple(ids[labels.index(label)] for label in range(len(classes)))
