"""Where the configs and weights that come with the project lie: in the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder_of(name: str) -> Path:
    """The folder ``configs`` or ``weights`` of the project.

    A wheel carries them inside of the package, a checkout has them beside it.

    Args:
        name: ``'configs'`` or ``'weights'``.

    Returns:
        The folder; where neither exists, the one that a wheel would have.

    Example:
        >>> (folder_of('configs') / 'mask_rcnn').is_dir()
        True
    """
    inside, beside = _PACKAGE / name, _PACKAGE.parent / name
    return beside if beside.is_dir() and not inside.is_dir() else inside
