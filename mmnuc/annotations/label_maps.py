"""Label maps of any tool: 0 is background, each other number one nucleus.

PNG or TIFF files of any number of bits, ``.npy`` arrays, or ``.mat`` files with an array
``inst_map`` (up to MATLAB 7.2; later ones are HDF5). Numbers may be missing. A picture and a map of
classes have the same number in many places, and are refused.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import PurePosixPath
from tokenize import TokenError
from typing import Any

import cv2
import numpy as np
import scipy.io
from numpy.typing import NDArray

from mmnuc.annotations.annotations import AnnotationError, Annotations, of_one_class
from mmnuc.errors import UserError
from mmnuc.images import read_label_values
from mmnuc.ops.arrays import U8Array
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.crops import Crops

SUFFIXES = ('.png', '.tif', '.tiff', '.btf', '.bmp', '.npy', '.mat')

# A nucleus in so many parts, none of which is half of it, is none.
_MANY_PARTS = 4
# Boxes of nuclei cover an image a few times at most; those of grey values each cover all of it.
_MOST_COVERED = 8
# Nuclei of less than so many pixels, and more than so many of them, are values of a picture.
_FEWEST_PIXELS, _FEW = 4, 20
# The background is so many times as large as the median of the nuclei.
_TIMES = 10


def read_label_map_file(data: bytes, name: str) -> Annotations:
    """Read a label map, which knows the size of its image.

    Args:
        data: The file's content.
        name: Its name; the suffix says what it is.

    Raises:
        AnnotationError: The file is damaged, or no label map.
    """
    return label_map_annotations(read_numbers(data, name))


def label_map_annotations(label_map: NDArray[Any], *, is_certain: bool = False) -> Annotations:
    """The nuclei of a label map.

    Args:
        label_map: Whole numbers from 0, of shape (H, W), of any type.
        is_certain: Whether it is known to be no picture.

    Raises:
        AnnotationError: It is something else, such as a picture.

    Example:
        >>> label_map_annotations(np.array([[0, 7], [3, 7]])).wheres
        ('number 3', 'number 7')
    """
    numbers = whole_numbers(label_map)
    crops, ids = label_map_to_crops(numbers)
    if not is_certain:
        check_label_map(crops)
        _refuse_background(crops, ids.tolist())
    notes = _doubts(crops, ids.tolist())
    return of_one_class(crops, [f'number {number}' for number in ids.tolist()], notes)


def read_numbers(data: bytes, name: str) -> NDArray[np.int64]:
    """Read a label map as it is.

    Args:
        data: The file's content.
        name: Its name; the suffix says what it is.

    Returns:
        Whole numbers of shape (H, W).

    Raises:
        AnnotationError: The file is damaged, or holds anything but one plane of whole numbers
            from 0.
    """
    if PurePosixPath(name).suffix.lower() == '.mat':
        return whole_numbers(_read_mat(data))
    try:
        return whole_numbers(read_label_values(data, name))
    except UserError as error:
        # The caller says which file it is.
        raise AnnotationError(str(error).removeprefix(f'{name} ')) from None
    # A damaged file may state any size, and its readers stumble over what they happen to.
    except (MemoryError, ArithmeticError, ValueError, LookupError, SyntaxError) as error:
        raise AnnotationError(f'damaged: {type(error).__name__}: {error}') from None
    except TokenError:
        raise AnnotationError('damaged: no header of NumPy') from None


def whole_numbers(pixels: NDArray[Any]) -> NDArray[np.int64]:
    """Take what a file holds for a label map.

    Raises:
        AnnotationError: It is not one plane of whole numbers from 0.

    Example:
        >>> whole_numbers(np.array([[0.0, 2.0]])).tolist()
        [[0, 2]]
        >>> whole_numbers(np.array([[0.5]]))
        Traceback (most recent call last):
        mmnuc.annotations.annotations.AnnotationError: numbers with a fractional part
    """
    if pixels.ndim != 2 or pixels.dtype.kind not in 'buif':
        seen = f'{pixels.dtype} of shape {pixels.shape}'
        raise AnnotationError(f'{seen}, not one plane of whole numbers')
    if pixels.dtype.kind == 'f' and (pixels != np.floor(pixels)).any():
        raise AnnotationError('numbers with a fractional part')
    if pixels.size and pixels.min() < 0:
        raise AnnotationError(f'negative numbers, from {pixels.min()}')
    if pixels.size and float(pixels.max()) >= 2.0**63:
        raise AnnotationError(f'numbers up to {pixels.max()}')
    return pixels.astype(np.int64)


def check_label_map(crops: Crops) -> None:
    """Refuse a picture, or a map of classes: most of its numbers are scattered over many places.

    Args:
        crops: The pixels of each number.

    Raises:
        AnnotationError: It is one.

    Example:
        >>> grey = np.random.default_rng(0).integers(60, 200, (50, 50))
        >>> check_label_map(label_map_to_crops(grey)[0])
        Traceback (most recent call last):
        mmnuc.annotations.annotations.AnnotationError: looks like a picture or a map of classes, \
not like a label map: most of its 140 numbers are scattered over many places
    """
    count, areas = len(crops), crops.areas
    if count < 2:
        return
    if count > _FEW and np.median(areas) < _FEWEST_PIXELS:
        raise AnnotationError(
            f'looks like a picture, not like a label map: {count:,} numbers, most of less than '
            f'{_FEWEST_PIXELS} pixels'
        )
    covered = int(crops.offsets[-1]) / (crops.height * crops.width)
    if covered > _MOST_COVERED or _scattered(crops) > areas.sum() / 2:
        raise AnnotationError(
            'looks like a picture or a map of classes, not like a label map: most of its '
            f'{count:,} numbers are scattered over many places'
        )


def _refuse_background(crops: Crops, ids: Sequence[int]) -> None:
    """Refuse a number that reaches from border to border around all the others.

    Raises:
        AnnotationError: There is one: it is the background, which has to be 0.
    """
    if len(crops) < 2:
        return
    largest = int(np.argmax(crops.areas))
    share = crops.areas[largest] / (crops.height * crops.width)
    others = np.delete(crops.areas, largest)
    reaches = (crops.boxes_xyxy[largest] == (0, 0, crops.width, crops.height)).all()
    is_large = crops.areas[largest] >= _TIMES * np.median(others)
    if reaches and is_large and _surrounds(crops.crop(largest)):
        raise AnnotationError(
            f'the number {ids[largest]} covers {share:.0%} of the image, from border to border '
            'around the others: it is the background, which has to be 0'
        )


def _surrounds(mask: U8Array) -> bool:
    """Whether most of what is not in a mask lies in its holes, rather than at the border."""
    _, parts = cv2.connectedComponents(1 - mask, connectivity=4)
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    outside = np.isin(parts, border) & (mask == 0)
    return 2 * int(outside.sum()) < int((mask == 0).sum())


def _doubts(crops: Crops, ids: Sequence[int]) -> list[str]:
    """What a few numbers may be that are each in several parts."""
    if not 0 < len(crops) <= _FEW:
        return []
    parts = [_parts(crops, i)[0] for i in range(len(crops))]
    if min(parts) < 2:
        return []
    if len(crops) == 1:
        seen = f'holds only the number {ids[0]}, in {parts[0]} parts'
        return [f'{seen}: inside and outside, or one nucleus?']
    return [f'each of its {len(crops)} numbers is in several parts: classes, or nuclei?']


def _scattered(crops: Crops) -> int:
    """Pixels of the numbers that are in many parts, none of which is half of it."""
    pixels = 0
    for i, area in enumerate(crops.areas.tolist()):
        parts, largest = _parts(crops, i)
        if parts >= _MANY_PARTS and 2 * largest < area:
            pixels += area
    return pixels


def _parts(crops: Crops, index: int) -> tuple[int, int]:
    """How many parts a mask has, and the pixels of the largest."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(crops.crop(index), connectivity=8)
    # The first is the background.
    return count - 1, int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))


def _read_mat(data: bytes) -> NDArray[Any]:
    try:
        content = scipy.io.loadmat(io.BytesIO(data), variable_names=['inst_map'])
        held = ', '.join(name for name, *_ in scipy.io.whosmat(io.BytesIO(data))) or 'none'
    except NotImplementedError:
        remedy = 'a MATLAB 7.3 file, which is HDF5: save it again with "-v7"'
        raise AnnotationError(remedy) from None
    except Exception as error:  # scipy raises whatever a damaged file happens to trip over
        raise AnnotationError(f'damaged: {error!r}') from None
    if 'inst_map' not in content:
        raise AnnotationError(f'no array "inst_map" in it; its arrays: {held}')
    return np.asarray(content['inst_map'])
