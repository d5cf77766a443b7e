"""What a format hands to the builder: images, their masks when asked for, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.crops import Crops

if TYPE_CHECKING:
    from mmnuc.converters.source import File


# The kinds of fault that cost a nucleus; a copy of another mask is none.
LOSING = frozenset(
    {
        'unreadable',
        'wrong-size',
        'non-binary',
        'empty-mask',
        'masks-without-image',
        'no-segmentation',
        'unknown-category',
        'degenerate-outline',
    }
)


@dataclass(frozen=True)
class SourceFault:
    """One thing that is wrong or worth knowing.

    Args:
        kind: A key of :data:`mmnuc.converters.report.KINDS`.
        file: The file it was found in, by its path inside the source.
        detail: What was seen, in words.
    """

    kind: str
    file: str
    detail: str = ''


class SourceError(Exception):
    """A file that can't be used, as an exception: ``error.fault`` says which and why."""

    def __init__(self, kind: str, file: str, detail: str = '') -> None:
        super().__init__(kind, file, detail)
        self.fault = SourceFault(kind, file, detail)


@dataclass(frozen=True)
class Mask:
    """The pixels of one nucleus.

    Args:
        where: The file, and the place in it, for messages.
        pixels: Tight crop of shape (h, w), zeros and ones; no pixels at all if empty.
        x: Column of the crop's left pixel in the image.
        y: Row of the crop's top pixel in the image.
        category_id: The class.
        iscrowd: 1 for a region of many objects.
        ignore: 1 for what a training is to leave out.
    """

    where: str
    pixels: NDArray[np.uint8]
    x: int
    y: int
    category_id: int = 1
    iscrowd: int = 0
    ignore: int = 0


class Annotation(Protocol):
    """How the masks of one image are read, in a worker."""

    def __len__(self) -> int:
        """How many masks there are, as far as known: the share of the work."""
        ...

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give every mask of an image of this size, and what is wrong with the others.

        Raises:
            SourceError: The annotation as a whole is of no use, so the image can't be used either.
        """
        ...


@dataclass(frozen=True)
class Record:
    """One image to convert.

    Args:
        image: The image file.
        file_name: Its name in the new data set, with forward slashes; the suffix may change.
        annotation: How to read its masks; None for a test image.
        image_id: The id it must keep; None to number the images by name.
        size_hw: Height and width that the image must have; None if the source doesn't say.
        pixel_size: What the source says of its pixels, in micrometres.
    """

    image: File
    file_name: str
    annotation: Annotation | None = None
    image_id: int | None = None
    size_hw: tuple[int, int] | None = None
    pixel_size: PixelSize | None = None


NUCLEUS: tuple[dict[str, Any], ...] = ({'id': 1, 'name': 'nucleus'},)


@dataclass(frozen=True)
class Listing:
    """What a format found in its source.

    Args:
        records: The images.
        faults: What was wrong already with the names and tables.
        categories: COCO categories.
        group: How images that must not be separated are told by their names, by default:
            a name or pattern as in :func:`mmnuc.converters.split.group_of`.
    """

    records: tuple[Record, ...]
    faults: tuple[SourceFault, ...] = ()
    categories: tuple[dict[str, Any], ...] = NUCLEUS
    group: str = 'image'


def cut(where: str, bitmap: NDArray[Any], x: int = 0, y: int = 0, category_id: int = 1) -> Mask:
    """Cut a mask down to its tight crop.

    Args:
        where: The file, for messages.
        bitmap: Part of the image of shape (h, w); every value but zero is inside.
        x: Column of the bitmap's left pixel in the image.
        y: Row of the bitmap's top pixel in the image.
        category_id: The class.

    Returns:
        The mask, without pixels if the bitmap holds none.

    Example:
        >>> mask = cut('a.png', np.array([[0, 0, 0], [0, 9, 9]]))
        >>> mask.x, mask.y, mask.pixels.tolist()
        (1, 1, [[1, 1]])
    """
    inside = bitmap != 0
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return Mask(where, np.zeros((0, 0), np.uint8), 0, 0, category_id)
    inside = inside[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(inside.any(axis=0))
    pixels = inside[:, columns[0] : columns[-1] + 1].astype(np.uint8)
    return Mask(where, pixels, x + int(columns[0]), y + int(rows[0]), category_id)


def masks_of(crops: Crops, wheres: Sequence[str]) -> list[Mask]:
    """Return crops one by one.

    Args:
        crops: N masks with tight crops.
        wheres: Where each was found, for messages.

    Returns:
        N masks, those of empty crops without pixels.
    """
    return [
        Mask(where, crops.crop(i), int(crops.boxes_xyxy[i, 0]), int(crops.boxes_xyxy[i, 1]))
        for i, where in enumerate(wheres)
    ]
