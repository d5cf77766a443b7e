"""Groups of detections: numbered by what links them, and merged into one nucleus each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mmnuc.ops import crops as crop_ops
from mmnuc.ops.arrays import I64Array
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap.masks import pixel_counts
from mmnuc.stitching import kernels as stitch_kernels
from mmnuc.structures.nuclei import Nuclei


def connected_groups(count: int, links: I64Array) -> tuple[int, I64Array]:
    """Number things so that all that are linked share a number (connected components).

    Args:
        count: How many things there are, N.
        links: Pairs of them, of shape (2, P).

    Returns:
        How many groups there are, and the group of each thing, of shape (N,).

    Example:
        >>> connected_groups(4, np.array([[0, 2], [3, 3]]))[1].tolist()
        [0, 1, 0, 0]
    """
    graph = coo_array((np.ones(links.shape[1], np.int8), (links[0], links[1])), (count, count))
    number, groups = connected_components(graph, directed=False)
    return int(number), groups.astype(np.int64)


def merge_groups(nuclei: Nuclei, groups: I64Array) -> Nuclei:
    """Make one nucleus of all detections of a group.

    Args:
        nuclei: N detections in one image.
        groups: Group of each, of shape (N,): any numbers.

    Returns:
        A nucleus for each group, in rising order of the groups' numbers: its mask of 0 and 1 is
        the union, its score the mean of the scores, weighted by area, and its class that of the
        largest mask.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 0, 0]], [[0, 1, 1]]], np.uint8))
        >>> halves = Nuclei(crops, [0.125, 0.875], [0, 1], ('dark', 'pale'))
        >>> one = merge_groups(halves, np.array([2, 2]))
        >>> one.boxes_xyxy.tolist(), one.scores.tolist(), one.labels.tolist()
        ([[0, 0, 3, 1]], [0.625], [1])
    """
    numbers, group = np.unique(groups, return_inverse=True)
    source = nuclei.crops
    boxes = np.empty((len(numbers), 4), np.int32)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int32).max, 0
    np.minimum.at(boxes[:, :2], group, source.boxes_xyxy[:, :2])
    np.maximum.at(boxes[:, 2:], group, source.boxes_xyxy[:, 2:])
    offsets = crop_ops.offsets_of(boxes)
    buffer = np.zeros(offsets[-1], np.uint8)
    stitch_kernels.merge_masks(
        *(source.buffer, source.offsets, source.boxes_xyxy), group, offsets, boxes, buffer
    )
    areas = pixel_counts(source)
    largest = np.empty(len(numbers), np.int64)
    # The last one written stays: the largest, and of equals the earlier one.
    order = np.lexsort((-np.arange(len(areas)), areas))
    largest[group[order]] = order
    totals = np.bincount(group, areas, len(numbers))
    scores = np.bincount(group, areas * nuclei.scores, len(numbers)) / np.maximum(totals, 1)
    crops = Crops(buffer, offsets, boxes, source.height, source.width)
    return replace(nuclei, crops=crops, scores=scores, labels=nuclei.labels[largest])
