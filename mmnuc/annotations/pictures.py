"""Which files of a folder of images are images, by their names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from mmnuc.annotations.names import base_of, is_label_name, is_no_label_name
from mmnuc.images import SUFFIXES

_ARRAY = '.npy'
_ZIPPED = '.zarr.zip'


def is_picture_name(name: str) -> bool:
    """Whether a file is an image by its suffix, wherever it lies.

    Example:
        >>> [is_picture_name(name) for name in ('a.PNG', 'a.zarr.zip', 'a.zip', 'a.npy')]
        [True, True, False, False]
    """
    low = name.lower()
    return PurePosixPath(low).suffix in SUFFIXES or low.endswith(_ZIPPED)


def pictures_among(names: Iterable[str]) -> list[str]:
    """Choose the images of a folder of images.

    Arrays (``.npy``) may be anything. They are images unless their name is that of an annotation
    or of what tools write beside it (``a_seg.npy``), or there is another image of their name.

    Args:
        names: Paths of all files, with forward slashes.

    Returns:
        The images, in the same order.

    Example:
        >>> pictures_among(['a.npy', 'b.png', 'b.npy', 'c_seg.npy', 'd.txt'])
        ['a.npy', 'b.png']
    """
    listed = list(names)
    bases = {base_of(name) for name in listed if is_picture_name(name)}
    return [
        name
        for name in listed
        if is_picture_name(name)
        or (
            name.lower().endswith(_ARRAY)
            and not is_label_name(name)
            and not is_no_label_name(name)
            and base_of(name) not in bases
        )
    ]
