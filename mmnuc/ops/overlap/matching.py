"""Which instance of one set belongs to which of another, decided on the pairs that share pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.overlap.masks import Overlaps


def count_matches(table: Overlaps, iou_threshold: float) -> int:
    """Count the most pairs of IoU at or above a threshold in which no instance occurs twice.

    Args:
        table: The pairs that share pixels.
        iou_threshold: In (0, 1].

    Returns:
        The size of the largest matching, by Hopcroft and Karp's algorithm.

    Raises:
        ValueError: The threshold is not in (0, 1].

    Example:
        One prediction that covers two nuclei, half of it each, matches one of them:

        >>> from mmnuc.ops.overlap.label_maps import label_map_overlaps
        >>> table = label_map_overlaps(np.array([[1, 2]]), np.array([[1, 1]]))
        >>> count_matches(table, 0.5), count_matches(table, 0.51)
        (1, 0)
    """
    if not 0 < iou_threshold <= 1:
        raise ValueError(f'IoU thresholds lie above 0 and at most at 1, not at {iou_threshold}')
    good = table.iou >= iou_threshold
    if iou_threshold > 0.5:
        # An instance can share more than half of both with one other at most.
        return int(good.sum())
    shape = (len(table.row_areas), len(table.col_areas))
    graph = coo_array((np.ones(good.sum(), bool), (table.rows[good], table.cols[good])), shape)
    return int((maximum_bipartite_matching(graph.tocsr()) >= 0).sum())


def best_assignment(table: Overlaps, weights: F64Array) -> I64Array:
    """Choose pairs of the largest total weight in which no instance occurs twice.

    Instances that are linked by shared pixels are assigned together, each such group on its own, so
    the cost grows with the number of groups and not with the square of the number of instances.

    Args:
        table: The pairs that share pixels.
        weights: One positive weight a pair, such as ``table.iou``, of shape (P,).

    Returns:
        The indices of the chosen pairs in rising order.

    Example:
        >>> from mmnuc.ops.overlap.label_maps import label_map_overlaps
        >>> table = label_map_overlaps(np.array([[1, 1, 2]]), np.array([[3, 3, 3]]))
        >>> best_assignment(table, table.iou).tolist()
        [0]
    """
    if not len(table):
        return np.zeros(0, np.int64)
    group = _groups(table)
    tangled = (_differs(table.rows, group) & _differs(table.cols, group))[group]
    # A group with one row or one column has room for one pair.
    chosen = [_first_of_each(np.flatnonzero(~tangled), weights, group)]
    order = np.flatnonzero(tangled)[np.argsort(group[tangled], kind='stable')]
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(members):
            own = _assign(table.rows[members], table.cols[members], weights[members])
            chosen.append(members[own])
    found: I64Array = np.sort(np.concatenate(chosen))
    return found


def best_of_each_row(table: Overlaps, weights: F64Array) -> I64Array:
    """Choose the pair of the largest weight of every row; the first one among equals.

    Args:
        table: The pairs that share pixels.
        weights: One weight a pair, of shape (P,).

    Returns:
        The indices of the chosen pairs; a column may occur several times.

    Example:
        >>> from mmnuc.ops.overlap.label_maps import label_map_overlaps
        >>> table = label_map_overlaps(np.array([[1, 1, 1]]), np.array([[1, 2, 2]]))
        >>> best_of_each_row(table, table.iou).tolist()
        [1]
    """
    return _first_of_each(np.arange(len(table)), weights, table.rows)


def _first_of_each(pairs: I64Array, weights: F64Array, group: NDArray[np.integer]) -> I64Array:
    """The pair of the largest weight of each group; the first one among equals."""
    order = pairs[np.lexsort((pairs, -weights[pairs], group[pairs]))]
    _, first = np.unique(group[order], return_index=True)
    best: I64Array = order[first]
    return best


def _groups(table: Overlaps) -> NDArray[np.integer]:
    """Number the sets of instances that shared pixels link; return the number of each pair's."""
    n = len(table.row_areas)
    size = n + len(table.col_areas)
    links = coo_array((np.ones(len(table), bool), (table.rows, table.cols + n)), (size, size))
    _, of_instance = connected_components(links.tocsr(), directed=False)
    group: NDArray[np.integer] = of_instance[table.rows]
    return group


def _differs(side: I64Array, group: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Tell for each group whether its pairs have more than one row (or column)."""
    some = np.zeros(int(group.max()) + 1, np.int64)
    some[group] = side
    differs = np.zeros(len(some), bool)
    differs[group[side != some[group]]] = True
    return differs


def _assign(rows: I64Array, cols: I64Array, weights: F64Array) -> I64Array:
    """The best assignment within one group: which of its pairs."""
    row_ids, row = np.unique(rows, return_inverse=True)
    col_ids, col = np.unique(cols, return_inverse=True)
    dense = np.zeros((len(row_ids), len(col_ids)))
    dense[row, col] = weights
    chosen = np.zeros(dense.shape, bool)
    chosen[linear_sum_assignment(dense, maximize=True)] = True
    return np.flatnonzero(chosen[row, col])
