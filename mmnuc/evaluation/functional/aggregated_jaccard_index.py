"""The Aggregated Jaccard Index and its strict variant.

AJI: [Kumar et al. 2017](https://doi.org/10.1109/TMI.2017.2677499), "A Dataset and a Technique for
Generalized Nuclear Segmentation for Computational Pathology", IEEE Transactions on Medical Imaging.
AJI+: [Graham et al. 2019](https://doi.org/10.1016/j.media.2019.101563), "HoVer-Net", Medical Image
Analysis.
"""

from __future__ import annotations

import numpy as np

from mmnuc.evaluation.functional.instances import Instances, Scores, count_table, decided
from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.overlap.masks import Overlaps
from mmnuc.ops.overlap.matching import best_assignment, best_of_each_row


def aggregated_jaccard_index(gt: Instances, pred: Instances, scores: Scores = None) -> float:
    r"""AJI: pixels shared by all pairs, by the pixels of all pairs and of all that has none.

    $$
    \mathrm{AJI} = \frac{\sum_i |G_i \cap P_{m(i)}|}
    {\sum_i |G_i \cup P_{m(i)}| + \sum_{j \in U} |P_j|},\qquad
    m(i) = \arg\max_j \frac{|G_i \cap P_j|}{|G_i \cup P_j|}
    $$

    with $G_i$ the pixels of a true instance, $P_j$ those of a predicted one, $P_{m(i)}$ empty where
    nothing overlaps $G_i$, and $U$ the predictions that no nucleus chose.

    Every nucleus is paired with the prediction of the highest IoU, so one prediction may serve
    several nuclei. What overlaps nothing adds its area to the denominator, as do predictions that
    no nucleus chose.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.

    Returns:
        0 to 1; 1 if both are empty, 0 if one is.

    Example:
        >>> aggregated_jaccard_index(np.array([[1, 1, 0, 2]]), np.array([[0, 1, 1, 0]]))
        0.25
    """
    return aji_of(count_table(gt, pred, scores))


def aggregated_jaccard_index_plus(gt: Instances, pred: Instances, scores: Scores = None) -> float:
    r"""AJI+: the same with pairs in which no instance occurs twice, of the largest summed IoU.

    $$
    \mathrm{AJI}^{+} = \frac{\sum_{(i,j) \in M} |G_i \cap P_j|}
    {\sum_{(i,j) \in M} |G_i \cup P_j| + \sum_{i \notin M} |G_i| + \sum_{j \notin M} |P_j|}
    $$

    with $M$ the one-to-one matching that maximises $\sum_{(i,j) \in M} \mathrm{IoU}(G_i, P_j)$.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.

    Returns:
        0 to 1; 1 if both are empty, 0 if one is.

    Example:
        One prediction over two nuclei counts twice in AJI, once in AJI+:

        >>> gt, pred = np.array([[1, 1, 1, 2]]), np.array([[1, 1, 1, 1]])
        >>> aggregated_jaccard_index(gt, pred), aggregated_jaccard_index_plus(gt, pred)
        (0.5, 0.6)
    """
    return aji_plus_of(count_table(gt, pred, scores))


def aji_of(table: Overlaps) -> float:
    """AJI from counted pixels."""
    return _aggregate(table, best_of_each_row(table, _reference_iou(table)))


def aji_plus_of(table: Overlaps) -> float:
    """AJI+ from counted pixels."""
    return _aggregate(table, best_assignment(table, _reference_iou(table)))


def _reference_iou(table: Overlaps) -> F64Array:
    """IoU as HoVer-Net's code divides it: of two equally good pairs the larger one is better."""
    united = table.row_areas[table.rows] + table.col_areas[table.cols] - table.intersections
    iou: F64Array = table.intersections / (united + 1e-6)
    return iou


def _aggregate(table: Overlaps, pairs: I64Array) -> float:
    fixed = decided(len(table.row_areas), len(table.col_areas))
    if fixed is not None:
        return fixed
    rows, cols = table.rows[pairs], table.cols[pairs]
    shared = int(table.intersections[pairs].sum())
    united = int((table.row_areas[rows] + table.col_areas[cols]).sum()) - shared
    alone = _sum_without(table.row_areas, rows) + _sum_without(table.col_areas, cols)
    return shared / (united + alone)


def _sum_without(areas: I64Array, paired: I64Array) -> int:
    alone = np.ones(len(areas), bool)
    alone[paired] = False
    return int(areas[alone].sum())
