"""The ``segmentation`` entries of COCO files, in whatever form they come, into crops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.codecs.polygons import polygons_to_crops
from mmnuc.ops.codecs.rle import rles_to_crops
from mmnuc.ops.crops import Crops, concatenate, take


def segmentations_to_crops(
    segmentations: Sequence[Any], height: int, width: int
) -> tuple[Crops, NDArray[np.bool_]]:
    """Read polygons and run lengths, mixed at will, by mmdet's rules.

    A part of a polygon needs three corners and an even number of coordinates, other parts are
    dropped. A mask whose parts are all dropped, or a dict without ``size`` or without ``counts``
    as a list or ``str``, is not valid and gives an empty mask.

    Args:
        segmentations: N lists of polygons or run lengths, compressed or not.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        N masks, and which of them are valid, of shape (N,).

    Raises:
        TypeError: An entry is neither a list nor a dict.
        ValueError: Run lengths do not fit the image.

    Example:
        >>> crops, valid = segmentations_to_crops([[[0, 0, 2, 0, 2, 2, 0, 2]], [[5, 5]]], 4, 4)
        >>> crops.areas.tolist(), valid.tolist()
        ([4, 0], [True, False])
    """
    polygons: list[list[Any]] = []
    filled = [not _is_run_lengths(segmentation) for segmentation in segmentations]
    # Empty masks stand in for the polygons, so that errors name the right index.
    nothing = {'size': [height, width], 'counts': [height * width]}
    rles = [nothing if f else s for f, s in zip(filled, segmentations, strict=True)]
    crops = rles_to_crops(rles, height, width)
    valid = np.ones(len(segmentations), np.bool_)
    for i in np.flatnonzero(filled):
        polygons.append(_good_parts(segmentations[i]))
        valid[i] = bool(polygons[-1])
    if not polygons:
        return crops, valid
    both = concatenate([crops, polygons_to_crops(polygons, height, width)])
    places = np.arange(len(crops))
    places[filled] = np.arange(len(crops), len(both))
    return take(both, places), valid


def _is_run_lengths(segmentation: Any) -> bool:
    if isinstance(segmentation, dict):
        counts = segmentation.get('counts')
        return isinstance(counts, (list, str)) and segmentation.get('size') is not None
    if not isinstance(segmentation, list):
        raise TypeError(f'a segmentation must be a list or a dict, not {segmentation!r}')
    return False


def _good_parts(segmentation: Any) -> list[Any]:
    if isinstance(segmentation, dict):
        return []
    return [part for part in segmentation if len(part) >= 6 and len(part) % 2 == 0]
