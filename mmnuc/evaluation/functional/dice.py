"""Dice coefficients: of the foreground, and of the instances.

[Dice 1945](https://doi.org/10.2307/1932409), "Measures of the Amount of Ecologic Association
Between Species", Ecology. The instance variant is "Dice 2" of
[Vu et al. 2019](https://doi.org/10.3389/fbioe.2019.00053), "Methods for Segmentation and
Classification of Digital Microscopy Tissue Images", Frontiers in Bioengineering and Biotechnology,
as HoVer-Net's code computes it.
"""

from __future__ import annotations

import numpy as np

from mmnuc.evaluation.functional.instances import Instances, Scores, count_table, decided
from mmnuc.ops.overlap.masks import Overlaps


def dice(gt: Instances, pred: Instances, scores: Scores = None) -> float:
    r"""Dice of nucleus against background, whichever instance a pixel belongs to.

    $$
    \mathrm{Dice} = \frac{2\,|G \cap P|}{|G| + |P|}
    $$

    with $G$ the pixels of all true nuclei and $P$ those of all predicted ones.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks; it can't change the foreground.

    Returns:
        0 to 1; 1 if both are empty, 0 if one is.

    Example:
        >>> dice(np.array([[1, 1, 2, 0]]), np.array([[0, 3, 3, 3]]))
        0.6666666666666666
    """
    return dice_of(count_table(gt, pred, scores))


def instance_dice(gt: Instances, pred: Instances, scores: Scores = None) -> float:
    r"""Dice summed over all pairs that share a pixel.

    $$
    \mathrm{Dice}_2 = \frac{\sum_{i,j:\ G_i \cap P_j \ne \emptyset} 2\,|G_i \cap P_j|}
    {\sum_{i,j:\ G_i \cap P_j \ne \emptyset} \left(|G_i| + |P_j|\right)}
    $$

    with $G_i$ the pixels of a true instance and $P_j$ those of a predicted one.

    Splits and merges lower it; instances that overlap nothing do not enter.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.

    Returns:
        0 to 1; 1 if both are empty, 0 if one is or nothing overlaps.

    Example:
        >>> instance_dice(np.array([[1, 1, 2, 2]]), np.array([[3, 3, 3, 3]]))
        0.6666666666666666
    """
    return instance_dice_of(count_table(gt, pred, scores))


def dice_of(table: Overlaps) -> float:
    """Dice of the foreground from counted pixels."""
    fixed = decided(len(table.row_areas), len(table.col_areas))
    if fixed is not None:
        return fixed
    total = int(table.row_areas.sum()) + int(table.col_areas.sum())
    return 2 * int(table.intersections.sum()) / total


def instance_dice_of(table: Overlaps) -> float:
    """Dice of the overlapping pairs from counted pixels."""
    fixed = decided(len(table.row_areas), len(table.col_areas))
    if fixed is not None:
        return fixed
    total = int(np.sum(table.row_areas[table.rows] + table.col_areas[table.cols]))
    return 2 * int(table.intersections.sum()) / total if total else 0.0
