"""What the exports ask of nuclei and of their image, and how they take them in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.arrays import I64Array
from mmnuc.ops.crops import Crops

# What one chunk holds at most: its arrays take a few megabytes, whatever the image has.
_MOST_NUCLEI = 1000
_MOST_PIXELS = 4_000_000


class Exported(Protocol):
    """Nuclei of one image, such as :class:`mmnuc.structures.Nuclei`."""

    @property
    def crops(self) -> Crops:
        """N masks; they may overlap."""

    @property
    def scores(self) -> NDArray[np.floating]:
        """How sure the model is of each, of shape (N,)."""

    @property
    def labels(self) -> NDArray[np.integer]:
        """Class of each, counted from 0, of shape (N,)."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def pixel_size(self) -> PixelSize | None:
        """Micrometres a pixel, where they are known."""

    def __getitem__(self, index: Any) -> Exported:
        """Select by a slice, numbers or booleans."""


class Regions(Protocol):
    """An image that is read piece by piece, such as a slide."""

    @property
    def height(self) -> int:
        """Height in pixels."""

    @property
    def width(self) -> int:
        """Width in pixels."""

    def read(self, x1: int, y1: int, x2: int, y2: int) -> NDArray[np.uint8]:
        """RGB pixels of a box inside the image, of shape (y2 - y1, x2 - x1, 3)."""


Image = NDArray[np.uint8] | Regions


def chunks(nuclei: Exported) -> Iterator[tuple[I64Array, Exported]]:
    """Give the nuclei that have pixels, some at a time.

    Yields:
        The number of each in the image, counted from 1 (its number in a label image), and the
        nuclei: at most 1,000, whose crops have at most 4,000,000 pixels unless one alone has more.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 0]], [[0, 0]], [[1, 1]]], np.uint8))
        >>> numbers, some = next(chunks(Nuclei.of_crops(crops)))
        >>> numbers.tolist(), len(some.crops)
        ([1, 3], 2)
    """
    offsets, count, start = nuclei.crops.offsets, len(nuclei.crops), 0
    while start < count:
        room = int(np.searchsorted(offsets, offsets[start] + _MOST_PIXELS, 'right')) - 1
        stop = min(max(room, start + 1), start + _MOST_NUCLEI, count)
        real = start + np.flatnonzero(np.diff(offsets[start : stop + 1]))
        if len(real):
            yield real + 1, nuclei[real]
        start = stop


def check_image(image: Image, crops: Crops) -> None:
    """Refuse an image that is not the one of the masks.

    Raises:
        ValueError: It is not RGB of 8 bits, or of another size.

    Example:
        >>> from mmnuc.ops.crops import empty
        >>> check_image(np.zeros((4, 5), np.uint8), empty(4, 5))
        Traceback (most recent call last):
        ...
        ValueError: an RGB image of uint8 (H, W, 3) is wanted, not uint8 (4, 5)
    """
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            seen = f'{image.dtype} {image.shape}'
            raise ValueError(f'an RGB image of uint8 (H, W, 3) is wanted, not {seen}')
        size = image.shape[:2]
    else:
        size = (image.height, image.width)
    if size != (crops.height, crops.width):
        here = f'{crops.height} x {crops.width}'
        raise ValueError(f'the nuclei are of an image of {here} pixels, not {size[0]} x {size[1]}')


def pixels_under(crops: Crops, image: Image) -> NDArray[np.uint8]:
    """Read the pixels of every crop's box.

    Args:
        crops: N masks.
        image: Their image.

    Returns:
        RGB values of shape (M, 3), in the order of ``crops.buffer``.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[0, 1]]], np.uint8))
        >>> pixels_under(crops, np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)).tolist()
        [[4, 5, 6]]
    """
    pixels = np.empty((len(crops.buffer), 3), np.uint8)
    ends = crops.offsets.tolist()
    for i, (x1, y1, x2, y2) in enumerate(crops.boxes_xyxy.tolist()):
        box = region(image, x1, y1, x2, y2)
        pixels[ends[i] : ends[i + 1]] = box.reshape(-1, 3)
    return pixels


def region(image: Image, x1: int, y1: int, x2: int, y2: int) -> NDArray[Any]:
    """Cut a box out of an image of either kind."""
    if isinstance(image, np.ndarray):
        return image[y1:y2, x1:x2]
    return image.read(x1, y1, x2, y2)
