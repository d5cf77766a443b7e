"""Label maps in OME-Zarr: groups ``labels/NAME`` with ``image-label``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.labels import read_label_values
from mmnuc.images.ome_zarr import in_words, metadata_of, open_root
from mmnuc.images.source import Source


def read_zarr_labels(source: Source) -> NDArray[Any]:
    """Read a label map of an OME-Zarr, at full resolution.

    Args:
        source: The label image ``x.zarr/labels/NAME``; or an image that has one.

    Returns:
        Whole numbers of shape (H, W), 0 for background.

    Raises:
        UserError: It has no labels or several, is a stack, or its values are no whole numbers.
    """
    with in_words(source.name):
        image = _one_label_image(source)
    return read_label_values(image.path)


def _one_label_image(source: Source) -> Source:
    root = open_root(source)
    if 'image-label' in metadata_of(root) or 'labels' not in root:
        return source
    names = [str(name) for name in metadata_of(root['labels']).get('labels', [])]
    if len(names) != 1 or source.path is None or not source.path.is_dir():
        held = ', '.join(f'{source.name}/labels/{name}' for name in names) or 'none'
        raise UserError(f'{source.name} holds {len(names)} label images; name one: {held}')
    path = Path(source.path) / 'labels' / names[0]
    return Source(f'{source.name}/labels/{names[0]}', path)
