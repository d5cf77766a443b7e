"""Masks of three plain forms, compressed many at a time: no pixel is ever drawn."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from mmnuc.coco.faults import EntryError
from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.codecs import rle_kernels
from mmnuc.ops.codecs.polygons import outlines_to_counts
from mmnuc.ops.codecs.rle import FAULTS, counts_to_strings, edges_to_counts, measure_strings

# Compressed text, run lengths that fill the image, or outlines x1, y1, x2, y2, ...
PlainMask: TypeAlias = 'bytes | array[int] | list[array[float]]'

FARTHEST = 1_000_000.0

# An outline crosses as many columns as it is wide, twice. One that goes to and fro more than this
# is made to take time.
_CROSSINGS = 1_000_000
_CROSSINGS_BY_WIDTH = 50


def compress(
    masks: Sequence[PlainMask], sizes: Sequence[tuple[int, int]]
) -> list[bytes | EntryError]:
    """Compress masks, each of an image of its own size.

    Args:
        masks: N masks.
        sizes: Height and width of the image of each, in pixels.

    Returns:
        For each its compressed run lengths, byte for byte those of pycocotools, or what is wrong
        with it.

    Example:
        >>> compress([array('q', [0, 2])], [(1, 2)])
        [b'02']
    """
    found: list[bytes | EntryError] = [mask if isinstance(mask, bytes) else b'' for mask in masks]
    counted = [i for i, mask in enumerate(masks) if isinstance(mask, array)]
    if counted:
        lengths = [len(masks[i]) for i in counted]
        counts = np.concatenate([np.frombuffer(masks[i], np.int64) for i in counted])  # type: ignore[arg-type]
        _put(found, counted, counts, np.cumsum([0, *lengths]))
    by_size: dict[tuple[int, int], list[int]] = {}
    for i, mask in enumerate(masks):
        if isinstance(mask, list):
            by_size.setdefault(sizes[i], []).append(i)
    for size, group in by_size.items():
        _fill(found, masks, group, size)
    _check_strings(found, masks, sizes)
    return found


def decompress(text: bytes) -> I64Array:
    """The run lengths of a mask that :func:`compress` gave."""
    counts, ends = np.empty(len(text), np.int64), np.zeros(2, np.int64)
    rle_kernels.read_strings(np.frombuffer(text, np.uint8), np.array([0, len(text)]), counts, ends)
    return counts[: ends[1]]


def union(runs: Sequence[I64Array], pixels: int) -> array[int]:
    """Unite the run lengths of the parts of one mask.

    Args:
        runs: Run lengths of each part.
        pixels: Size of the image.

    Returns:
        Run lengths of the whole.

    Example:
        >>> union([np.array([0, 2, 4]), np.array([1, 2, 3])], 6)
        array('q', [0, 3, 3])
    """
    ends = [np.cumsum(counts) for counts in runs]
    # Runs end where the next ones start: of the mask, of background, of the mask, ...
    places = np.concatenate([np.zeros(0, np.int64), *(end[: len(end) // 2 * 2] for end in ends)])
    steps = np.where(np.concatenate([np.arange(len(e) // 2 * 2) % 2 for e in ends]) == 0, 1, -1)
    edges, inverse = np.unique(places, return_inverse=True)
    changes = np.zeros(len(edges), np.int64)
    np.add.at(changes, inverse, steps)
    covered = np.cumsum(changes) > 0
    edges = edges[covered != np.concatenate([[False], covered[:-1]])]
    counts, _ = edges_to_counts(edges, np.array([0, len(edges)]), pixels)
    return array('q', counts.tolist())


def _put(
    found: list[bytes | EntryError], rows: Sequence[int], counts: I64Array, offsets: I64Array
) -> None:
    text, ends = counts_to_strings(counts, offsets.astype(np.int64))
    raw, places = text.tobytes(), ends.tolist()
    for k, row in enumerate(rows):
        found[row] = raw[places[k] : places[k + 1]]


def _fill(
    found: list[bytes | EntryError],
    masks: Sequence[PlainMask],
    group: Sequence[int],
    size: tuple[int, int],
) -> None:
    """Fill the outlines of images of one size."""
    parts = [(row, part) for row in group for part in masks[row] if isinstance(part, array)]
    owners = np.array([row for row, _ in parts], np.int64)
    ends = np.cumsum([0, *(len(part) for _, part in parts)]).astype(np.int64)
    corners: F64Array = np.concatenate([np.frombuffer(part, np.float64) for _, part in parts])
    bad = _refuse(found, corners, ends, owners, size[1])
    good = [row for row in group if row not in bad]
    if bad:
        kept = ~np.isin(owners, list(bad))
        corners = corners[np.repeat(kept, np.diff(ends))]
        ends = np.concatenate([[0], np.cumsum(np.diff(ends)[kept])])
        owners = owners[kept]
    places = np.searchsorted(np.array(good, np.int64), owners)
    runs = outlines_to_counts(corners, ends, places, len(good), *size)
    _put(found, good, *runs)


def _refuse(
    found: list[bytes | EntryError], corners: F64Array, ends: I64Array, owners: I64Array, width: int
) -> set[int]:
    """Note what is wrong with outlines, and return the masks that have something wrong."""
    owner_of = np.repeat(owners, np.diff(ends))
    # NaN compares false as well.
    far = ~(np.abs(corners) <= FARTHEST)
    bad: dict[int, str] = {}
    for place in np.flatnonzero(far):
        value = corners[place]
        seen = f'a corner at {value:g}'
        beyond = ', more than a million pixels away' if np.isfinite(value) else ''
        bad.setdefault(int(owner_of[place]), seen + beyond)
    columns = np.clip(np.where(far, 0, corners)[::2], 0, width)
    turns = np.abs(np.diff(columns, append=0.0))
    sums = np.concatenate([[0], np.cumsum(turns)])
    travelled = sums[ends[1:] // 2] - sums[ends[:-1] // 2]
    for part in np.flatnonzero(travelled > _CROSSINGS + _CROSSINGS_BY_WIDTH * width):
        bad.setdefault(int(owners[part]), 'an outline that goes to and fro without end')
    for row, detail in bad.items():
        found[row] = EntryError('unreadable', detail)
    return set(bad)


def _check_strings(
    found: list[bytes | EntryError], masks: Sequence[PlainMask], sizes: Sequence[tuple[int, int]]
) -> None:
    """Check what came as text; the rest is right by construction."""
    rows = [i for i, mask in enumerate(masks) if isinstance(mask, bytes)]
    if not rows:
        return
    texts = [bytes(masks[row]) for row in rows]  # type: ignore[arg-type]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    heights, widths = np.array([sizes[row] for row in rows], np.int64).T.copy()
    text = np.frombuffer(b''.join(texts), np.uint8)
    faults = measure_strings(text, offsets, heights, widths)[2]
    for place in np.flatnonzero(faults):
        found[rows[place]] = EntryError(
            'unreadable', f'run lengths do not fill the image: {FAULTS[faults[place]]}'
        )
    for row, one in zip(rows, texts, strict=True):
        if not one:
            found[row] = EntryError('unreadable', 'run lengths of no letter')
