"""COCO run lengths straight into crops and back, all masks of an image in one call.

The strings are byte for byte those of pycocotools. Runs go down the columns; the first run is
background; every count but the first three is written as the difference from the last but one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.codecs import rle_kernels
from mmnuc.ops.crops import Crops, offsets_of

# ``{'size': [height, width], 'counts': str}``, as COCO's json and pycocotools have it.
Rle = dict[str, Any]

# What is wrong with run lengths, by the numbers that :func:`measure_strings` gives.
FAULTS = (
    '',
    'no compressed COCO run lengths',
    'a run length below 0',
    'run lengths beyond the image',
    'run lengths that end before the image',
)

# Thirteen groups of five bits hold any 64-bit count.
_LONGEST_COUNT = 13


def rles_to_crops(rles: Sequence[Mapping[str, Any]], height: int, width: int) -> Crops:
    """Decode COCO run lengths into tight crops.

    Args:
        rles: ``{'size': [h, w], 'counts': ...}`` with the counts as a compressed string (``str``
            or ``bytes``) or as a list of whole numbers.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        One mask of zeros and ones for each.

    Raises:
        ValueError: An entry has another size, its counts do not fill the image, or they are
            no run lengths; the message names its index.

    Example:
        >>> crops = rles_to_crops([{'size': [2, 3], 'counts': '312'}], 2, 3)
        >>> crops.boxes_xyxy.tolist(), crops.buffer.tolist()
        ([[1, 1, 2, 2]], [1])
    """
    for i, rle in enumerate(rles):
        size = rle['size']
        if size[0] != height or size[1] != width:
            raise ValueError(f'run lengths {i} have size {list(size)}, not {[height, width]}')
    all_counts = [rle['counts'] for rle in rles]
    if all(isinstance(counts, (str, bytes)) for counts in all_counts):
        return strings_to_crops(*pack_strings(all_counts), height, width)
    return counts_to_crops(*_pack_counts(all_counts), height, width)


def crops_to_rles(crops: Crops) -> list[Rle]:
    """Encode masks as COCO run lengths; every value but zero counts as inside.

    Args:
        crops: N masks.

    Returns:
        N entries ``{'size': [h, w], 'counts': str}``.

    Example:
        >>> crops_to_rles(rles_to_crops([{'size': [2, 3], 'counts': [3, 1, 2]}], 2, 3))
        [{'size': [2, 3], 'counts': '312'}]
    """
    text, offsets = crops_to_strings(crops)
    letters, ends = text.tobytes().decode('ascii'), offsets.tolist()
    size = [crops.height, crops.width]
    return [{'size': list(size), 'counts': letters[start:end]} for start, end in pairwise(ends)]


def pack_strings(strings: Sequence[str | bytes]) -> tuple[U8Array, I64Array]:
    """Put strings into one byte buffer.

    Args:
        strings: N ASCII strings.

    Returns:
        The bytes, and where each string starts, of shape (N + 1,).

    Example:
        >>> pack_strings(['ab', b'c'])[1].tolist()
        [0, 2, 3]
    """
    raw = [s.encode('latin-1', 'replace') if isinstance(s, str) else s for s in strings]
    offsets = np.zeros(len(raw) + 1, np.int64)
    np.cumsum([len(s) for s in raw], out=offsets[1:])
    return np.frombuffer(b''.join(raw), np.uint8), offsets


def strings_to_crops(text: U8Array, offsets: I64Array, height: int, width: int) -> Crops:
    """Decode compressed strings that lie one after the other in a byte buffer.

    Args:
        text: The bytes of all strings.
        offsets: Where each string starts in ``text``, of shape (N + 1,).
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        N masks of zeros and ones.

    Raises:
        ValueError: A string is no COCO string or does not fill the image.
    """
    base = int(offsets[0])
    counts = np.empty(int(offsets[-1]) - base, np.int64)
    count_offsets = np.zeros(len(offsets), np.int64)
    broken = rle_kernels.read_strings(text, offsets, counts, count_offsets)
    if broken >= 0:
        raise ValueError(f'run lengths {broken} are no compressed COCO string')
    return counts_to_crops(counts, count_offsets, height, width)


def measure_strings(
    text: U8Array, offsets: I64Array, heights: I64Array, widths: I64Array
) -> tuple[I32Array, I64Array, I64Array]:
    """Check compressed masks of many images and measure them, without decoding a pixel.

    Args:
        text: The bytes of all strings.
        offsets: Where each string starts in ``text``, of shape (N + 1,).
        heights: Height of the image of each mask, in pixels, of shape (N,).
        widths: Its width.

    Returns:
        Boxes ``x1, y1, x2, y2`` of shape (N, 4), zeros for an empty mask; areas in pixels, of shape
        (N,); and for each mask a place in :data:`FAULTS`, 0 where there is none, of shape (N,).

    Example:
        >>> text, offsets = pack_strings(['312', '3'])
        >>> sides = np.array([2, 2]), np.array([3, 3])
        >>> boxes, areas, faults = measure_strings(text, offsets, *sides)
        >>> boxes[0].tolist(), areas.tolist(), FAULTS[faults[1]]
        ([1, 1, 2, 2], [1, 0], 'run lengths that end before the image')
    """
    boxes = np.zeros((len(heights), 4), np.int32)
    areas, faults = np.zeros(len(heights), np.int64), np.zeros(len(heights), np.int64)
    rle_kernels.measure_strings(text, offsets, heights, widths, boxes, areas, faults)
    return boxes, areas, faults


def counts_to_strings(counts: I64Array, offsets: I64Array) -> tuple[U8Array, I64Array]:
    """Compress run lengths.

    Args:
        counts: The counts of all masks.
        offsets: Where the counts of each mask start, of shape (N + 1,).

    Returns:
        The bytes of all strings, and where each string starts, of shape (N + 1,).

    Example:
        >>> counts_to_strings(np.array([3, 1, 2]), np.array([0, 3]))[0].tobytes()
        b'312'
    """
    text = np.empty(_LONGEST_COUNT * len(counts), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    rle_kernels.write_strings(counts, offsets, text, out_offsets)
    return text[: out_offsets[-1]].copy(), out_offsets


def counts_to_crops(counts: I64Array, offsets: I64Array, height: int, width: int) -> Crops:
    """Decode run lengths that lie one after the other in an array.

    Args:
        counts: The counts of all masks, starting with background, down the columns.
        offsets: Where the counts of each mask start, of shape (N + 1,).
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        N masks of zeros and ones.

    Raises:
        ValueError: Counts are negative or do not fill the image.

    Example:
        >>> counts_to_crops(np.array([4, 2]), np.array([0, 2]), 2, 3).boxes_xyxy.tolist()
        [[2, 0, 3, 2]]
    """
    boxes = np.zeros((len(offsets) - 1, 4), np.int32)
    broken = rle_kernels.boxes_of_counts(counts, offsets, height, width, boxes)
    if broken >= 0:
        own = counts[offsets[broken] : offsets[broken + 1]]
        raise ValueError(
            f'run lengths {broken} do not fill the image: counts from {own.min(initial=0)} '
            f'add up to {own.sum()}, the image has {height} x {width} pixels'
        )
    out_offsets = offsets_of(boxes)
    buffer = np.zeros(out_offsets[-1], np.uint8)
    rle_kernels.fill_counts(counts, offsets, height, boxes, out_offsets, buffer)
    return Crops(buffer, out_offsets, boxes, height, width)


def crops_to_counts(crops: Crops) -> tuple[I64Array, I64Array]:
    """Encode masks as run lengths.

    Args:
        crops: N masks.

    Returns:
        The counts of all masks, and where those of each mask start, of shape (N + 1,).

    Example:
        >>> crops = counts_to_crops(np.array([4, 2]), np.array([0, 2]), 2, 3)
        >>> crops_to_counts(crops)[0].tolist()
        [4, 2]
    """
    arguments = (crops.buffer, crops.offsets, crops.boxes_xyxy, crops.height)
    edge_offsets = np.zeros(len(crops) + 1, np.int64)
    total = rle_kernels.find_edges(*arguments, False, edge_offsets, np.empty(0, np.int64))
    edges = np.empty(total, np.int64)
    rle_kernels.find_edges(*arguments, True, edge_offsets, edges)
    return edges_to_counts(edges, edge_offsets, crops.height * crops.width)


def edges_to_counts(edges: I64Array, offsets: I64Array, pixels: int) -> tuple[I64Array, I64Array]:
    """Turn the places where background and mask alternate into run lengths.

    Args:
        edges: Pixels, counted down the columns, at which a run starts: first one of the mask, then
            one of background, and so on; rising within each mask and less than ``pixels``, but for
            the last, which may be equal.
        offsets: Where the edges of each mask start, of shape (N + 1,).
        pixels: Size of the image.

    Returns:
        The counts of all masks, and where those of each mask start, of shape (N + 1,).

    Example:
        >>> edges_to_counts(np.array([3, 4]), np.array([0, 2, 2]), 6)[0].tolist()
        [3, 1, 2, 6]
    """
    counts = np.empty(len(edges) + len(offsets) - 1, np.int64)
    count_offsets = np.zeros_like(offsets)
    used = rle_kernels.write_counts(edges, offsets, pixels, counts, count_offsets)
    return counts[:used], count_offsets


def crops_to_strings(crops: Crops) -> tuple[U8Array, I64Array]:
    """Encode masks as compressed strings that lie one after the other in a byte buffer.

    Args:
        crops: N masks.

    Returns:
        The bytes of all strings, and where each string starts, of shape (N + 1,).
    """
    return counts_to_strings(*crops_to_counts(crops))


def _pack_counts(all_counts: Sequence[Any]) -> tuple[I64Array, I64Array]:
    arrays: list[NDArray[np.int64]] = []
    for i, counts in enumerate(all_counts):
        if isinstance(counts, (str, bytes)):
            text, ends = pack_strings([counts])
            read, found = np.empty(len(text), np.int64), np.zeros(2, np.int64)
            if rle_kernels.read_strings(text, ends, read, found) >= 0:
                raise ValueError(f'run lengths {i} are no compressed COCO string')
            arrays.append(read[: found[1]])
        else:
            arrays.append(np.asarray(counts, np.int64).reshape(-1))
    offsets = np.zeros(len(arrays) + 1, np.int64)
    np.cumsum([len(counts) for counts in arrays], out=offsets[1:])
    return np.concatenate([np.zeros(0, np.int64), *arrays]), offsets
