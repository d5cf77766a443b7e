"""A folder of images and a folder of label maps: 0 is background, each other number one nucleus.

Label maps are PNG or TIFF files of whole numbers, ``.npy`` arrays, or ``.mat`` files with an array
``inst_map`` (up to MATLAB 7.2; later ones are HDF5). Numbers may be missing. An image and its label
map have the same name in their two folders, but for the suffix and an ending such as ``_mask``.
"""

from __future__ import annotations

import fnmatch
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import scipy.io
from numpy.typing import NDArray

from mmnuc.converters.image import fault_words
from mmnuc.converters.record import Listing, Mask, Record, SourceError, SourceFault, masks_of
from mmnuc.converters.source import File, Tree
from mmnuc.errors import UserError
from mmnuc.images import SUFFIXES, read_label_values
from mmnuc.ops.codecs.label_map import label_map_to_crops

IMAGES = 'images|image|imgs|img|tissue images|tiles'
LABELS = 'labels|label|label_maps|masks|mask|instances|inst_maps|ground_truth|gt'
_MAPS = ('.png', '.tif', '.tiff', '.npy', '.mat')
ENDINGS = re.compile(r'[_-](images?|img|labels?|masks?|instances?|inst|gt|seg)$', re.IGNORECASE)


@dataclass(frozen=True)
class LabelMap:
    """The annotation of an image as one label map."""

    file: File

    def __len__(self) -> int:
        return 1

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give the mask of each number.

        Raises:
            SourceError: The file can't be read, is no label map or has another size.
        """
        label_map = read_label_map(self.file)
        if label_map.shape != (height, width):
            h, w = label_map.shape
            raise SourceError(
                'wrong-size', self.file.name, f'{w}x{h}, the image has {width}x{height}'
            )
        crops, numbers = label_map_to_crops(label_map)
        if len(crops) == 1 and cv2.connectedComponents(crops.crop(0), connectivity=8)[0] > 2:
            yield SourceFault('binary-label-map', self.file.name, f'only the number {numbers[0]}')
        yield from masks_of(crops, [f'{self.file.name}, number {number}' for number in numbers])


def read_label_map(file: File) -> NDArray[np.int64]:
    """Read a label map.

    Args:
        file: PNG, TIFF, ``.npy`` or ``.mat``.

    Returns:
        Whole numbers of shape (H, W).

    Raises:
        SourceError: The file is damaged, or holds anything but one plane of whole numbers from 0.
    """
    data = file.read()
    values: Any = _read_mat(file, data) if file.suffix == '.mat' else data
    try:
        pixels = read_label_values(values, file.name)
    except UserError as error:
        raise SourceError('unreadable', file.name, fault_words(error, file)) from None
    if pixels.size and pixels.min() < 0:
        raise SourceError('unreadable', file.name, f'negative numbers, from {pixels.min()}')
    return pixels.astype(np.int64)


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
    maps = _by_key(tree, labels or LABELS, _MAPS)
    # A pattern for images such as "*.png" may match the label maps beside them, too.
    taken = {file for files in maps.values() for file in files}
    pictures = _by_key(tree, images or IMAGES, SUFFIXES, taken)
    for option, found, where in (
        ('images', pictures, images or IMAGES),
        ('labels', maps, labels or LABELS),
    ):
        if not found:
            raise UserError(f'{tree.refusal(f"{option} in {where}")}; say where with --{option}')
    records, faults = [], []
    for key in sorted(pictures | maps):
        try:
            records.append(_pair(pictures.get(key, []), maps.get(key, [])))
        except SourceError as error:
            faults.append(error.fault)
    return Listing(tuple(records), tuple(faults))


def key_of(name: str, where: str) -> str | None:
    """Return what an image and its label map have in common; None if the file is elsewhere.

    Args:
        name: Path of the file inside the source.
        where: Names of folders with ``|`` between them, or a pattern with ``*``.

    Example:
        >>> key_of('Train/Images/a_1.png', 'images|img'), key_of('Train/Labels/a_1.mat', 'labels')
        ('Train/a_1', 'Train/a_1')
        >>> key_of('all/a_mask.png', 'all/*_mask.png'), key_of('other/a.png', 'labels')
        ('a', None)
    """
    stem = name.rpartition('.')[0] or name
    if '*' in where:
        return (
            ENDINGS.sub('', stem.rpartition('/')[2]) if fnmatch.fnmatchcase(name, where) else None
        )
    for folder in where.split('|'):
        found = re.search(rf'(^|/){re.escape(folder.strip("/"))}/', stem, re.IGNORECASE)
        if found:
            rest = stem[: found.start(0)] + '/' + stem[found.end(0) :]
            return ENDINGS.sub('', rest).lstrip('/')
    return None


def _by_key(
    tree: Tree, where: str, suffixes: Collection[str], taken: Collection[File] = ()
) -> dict[str, list[File]]:
    files: dict[str, list[File]] = {}
    for file in map(tree.file, tree.names):
        key = key_of(file.name, where)
        if key is not None and file.suffix in suffixes and file not in taken:
            files.setdefault(key, []).append(file)
    return files


def _pair(images: list[File], maps: list[File]) -> Record:
    for files in (images, maps):
        if len(files) > 1:
            names = ', '.join(file.name for file in files)
            raise SourceError('ambiguous', files[0].name, f'several files of this name: {names}')
    if not images:
        raise SourceError('masks-without-image', maps[0].name, 'no image of this name')
    if not maps:
        raise SourceError('image-without-masks', images[0].name, 'no label map of this name')
    return Record(images[0], images[0].name.rpartition('/')[2], LabelMap(maps[0]))


def _read_mat(file: File, data: bytes) -> NDArray[Any]:
    try:
        content = scipy.io.loadmat(io.BytesIO(data), variable_names=['inst_map'])
    except NotImplementedError:
        remedy = 'a MATLAB 7.3 file, which is HDF5: save it again with "-v7"'
        raise SourceError('unreadable', file.name, remedy) from None
    except Exception as error:  # scipy raises whatever a damaged file happens to trip over
        raise SourceError('unreadable', file.name, f'damaged: {error!r}') from None
    if 'inst_map' not in content:
        raise SourceError('unreadable', file.name, 'no array "inst_map" in it')
    return np.asarray(content['inst_map'])
