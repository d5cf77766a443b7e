"""Packages whose names come in when they are first asked for (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package that imports what is asked for.

    Args:
        package: Name of the package.
        homes: For each name the module that defines it.

    Returns:
        The two functions, to be assigned in the ``__init__.py`` of the package.

    Example:
        >>> get, listed = lazy_names('numbers', {'sqrt': 'math'})
        >>> get('sqrt')(9.0), listed()
        (3.0, ['sqrt'])
        >>> get('cube')
        Traceback (most recent call last):
        ...
        AttributeError: module 'numbers' has no attribute 'cube'
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f'module {package!r} has no attribute {name!r}')
        return getattr(import_module(homes[name]), name)

    def listed() -> list[str]:
        return sorted(homes)

    return get, listed
