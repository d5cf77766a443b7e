"""A folder of images and a folder of label maps: 0 is background, each other number one nucleus.

Label maps are PNG or TIFF files, ``.npy`` arrays, or ``.mat`` files with an array ``inst_map``; see
:mod:`mmnuc.annotations.label_maps`. An image and its label map have the same name, but for the
suffix and what tools put behind it: see :mod:`mmnuc.annotations.names`. They lie in two folders, or
beside each other.
"""

from __future__ import annotations

from mmnuc.annotations.label_maps import SUFFIXES as MAPS
from mmnuc.annotations.names import is_label_name
from mmnuc.converters.annotation_files import AnnotationFile
from mmnuc.converters.pairing import (
    IMAGES,
    LABELS,
    annotations_in,
    pair,
    pictures_of,
    require_found,
)
from mmnuc.converters.record import Listing
from mmnuc.converters.source import File, Tree


def find(tree: Tree, images: str | None = None, labels: str | None = None) -> Listing:
    """List the images and their label maps.

    Args:
        tree: The zip or folder.
        images: Where the images are: names of folders, in any case, with ``|`` between them, or a
            pattern such as ``Train/*_img.png``.
        labels: Where the label maps are, likewise.

    Returns:
        The images with their label maps.

    Raises:
        UserError: There are no images or no label maps there.
    """
    maps = _maps(tree, labels)
    # A pattern for images such as "*.png" may match the label maps beside them, too.
    pictures = pictures_of(tree, images, set(maps.values()))
    require_found(tree, 'images', images or IMAGES, pictures)
    require_found(tree, 'labels', labels or LABELS, maps)
    return pair(pictures, maps, AnnotationFile)


def _maps(tree: Tree, labels: str | None) -> dict[str, File]:
    found = annotations_in(tree, labels or LABELS, MAPS)
    if found or labels is not None:
        return found
    return {key: f for key, f in annotations_in(tree, '*', MAPS).items() if is_label_name(key)}
