"""Renaming by a table in which every tensor is accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from numpy.typing import NDArray

from mmnuc.errors import UserError

COUNTER = 'num_batches_tracked'  # of batch norm; nothing but momentum averaging reads it


def both(layers: Mapping[str, str]) -> dict[str, str]:
    """Names of layers become names of their weights and biases.

    Example:
        >>> both({'fc1': 'fcs.0'})
        {'fc1.weight': 'fcs.0.weight', 'fc1.bias': 'fcs.0.bias'}
    """
    return {
        f'{source}.{leaf}': f'{target}.{leaf}'
        for source, target in layers.items()
        for leaf in ('weight', 'bias')
    }


def prefixed(names: Iterable[str], prefix: str) -> list[str]:
    """Put a prefix before every name."""
    return [prefix + name for name in names]


def renamed(
    arrays: Mapping[str, NDArray[Any]], table: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """Rename every array.

    Args:
        arrays: Name in the source → array.
        table: Name in the source → name here.

    Returns:
        Name here → array.

    Raises:
        UserError: An array is not in the table, or one of the table is not there; all are listed.

    Example:
        >>> import numpy as np
        >>> list(renamed({'a': np.zeros(1)}, {'a': 'b'}))
        ['b']
        >>> renamed({'x': np.zeros(1)}, {'a': 'b'})
        Traceback (most recent call last):
        mmnuc.errors.UserError: 1 parameter is left over: x; 1 parameter is missing: a
    """
    left_over = [name for name in arrays if name not in table and not name.endswith(COUNTER)]
    require_none(left_over, [name for name in table if name not in arrays])
    return {target: arrays[source] for source, target in table.items()}


def require_none(left_over: Iterable[str], missing: Iterable[str]) -> None:
    """Refuse parameters that are left over or missing, and list them.

    Raises:
        UserError: There are some.
    """
    parts = []
    if left_over := list(left_over):
        parts.append(f'{_counted(left_over)} left over: {", ".join(left_over)}')
    if missing := list(missing):
        parts.append(f'{_counted(missing)} missing: {", ".join(missing)}')
    if parts:
        raise UserError('; '.join(parts))


def _counted(names: list[str]) -> str:
    return '1 parameter is' if len(names) == 1 else f'{len(names)} parameters are'
