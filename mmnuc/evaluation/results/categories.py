"""Which category of a json each label of the model stands for."""

from __future__ import annotations

from collections.abc import Sequence

from mmnuc.errors import UserError


def categories_of_labels(
    classes: Sequence[str], names: Sequence[str], ids: Sequence[int], file: str
) -> tuple[int, ...]:
    """Find the category id of every label.

    mmdet's data sets number their labels in the order of the json, not of ``classes``; where the
    two differ, labels and names would be mixed up without a word.

    Args:
        classes: The data set's class names.
        names: Names of the json's categories, in its order.
        ids: Their ids.
        file: The json, for the message.

    Returns:
        The category id of each label.

    Raises:
        UserError: The json lacks a class, or lists the classes in another order.

    Example:
        >>> categories_of_labels(['cat', 'dog'], ['cat', 'cow', 'dog'], [1, 2, 3], 'a.json')
        (1, 3)
    """
    found = [(name, number) for name, number in zip(names, ids, strict=True) if name in classes]
    missing = [name for name in classes if name not in names]
    if missing:
        raise UserError(
            f'{file} has the categories {", ".join(names) or "none"}, but not '
            f'{", ".join(missing)}, which the data set asks for in metainfo'
        )
    if [name for name, _ in found] != list(classes):
        order = ', '.join(name for name, _ in found)
        raise UserError(
            f'{file} lists its categories as {order}; give the data set its classes in that order'
        )
    return tuple(number for _, number in found)
