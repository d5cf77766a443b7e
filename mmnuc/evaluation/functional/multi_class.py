"""Panoptic quality of several classes, averaged as two benchmarks do it.

[Gamper et al. 2020](https://arxiv.org/abs/2003.10778), "PanNuke Dataset Extension, Insights and
Baselines"; [Graham et al. 2021](https://arxiv.org/abs/2111.14485), "CoNIC: Colon Nuclei
Identification and Counting Challenge".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmnuc.evaluation.functional.instances import Instances, Scores, compare
from mmnuc.evaluation.functional.panoptic_quality import PanopticQuality, panoptic_quality_of
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap.masks import Overlaps

AVERAGINGS = ('pannuke', 'conic')


@dataclass(frozen=True)
class MultiClassQuality:
    """Panoptic quality by class.

    Attributes:
        per_class: Panoptic quality of each class; NaN for a class that is nowhere to be found.
        mpq: The benchmark's mean.
    """

    per_class: tuple[float, ...]
    mpq: float


def class_qualities(
    gt: Instances,
    pred: Instances,
    gt_labels: ArrayLike,
    pred_labels: ArrayLike,
    num_classes: int,
    scores: Scores = None,
) -> tuple[PanopticQuality, ...]:
    """Match the instances of one image class by class.

    An instance matches one of its own class only.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        gt_labels: Class of each true instance, counted from 0, shape (N,): those of a label map in
            rising order of its numbers.
        pred_labels: Likewise, shape (M,).
        num_classes: Number of classes.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.

    Returns:
        The matches of each class.

    Raises:
        ValueError: Labels do not number the instances, or lie outside the classes.

    Example:
        >>> gt, pred = np.array([[1, 1, 0, 2]]), np.array([[1, 1, 0, 2]])
        >>> [one.pq for one in class_qualities(gt, pred, [0, 1], [0, 0], 2)]
        [0.6666666666666666, 0.0]
    """
    found = compare(gt, pred, scores)
    rows = _labels(gt_labels, _count(gt, found.gt_kept), num_classes)[found.gt_kept]
    cols = _labels(pred_labels, _count(pred, found.pred_kept), num_classes)[found.pred_kept]
    parts = (_only(found.table, rows, cols, label) for label in range(num_classes))
    return tuple(panoptic_quality_of(part) for part in parts)


def multi_class_panoptic_quality(
    images: Sequence[Sequence[PanopticQuality]],
    averaging: str = 'pannuke',
    tissues: Sequence[str] | None = None,
) -> MultiClassQuality:
    r"""Average the classes of several images.

    - ``'pannuke'``: the quality of each image and class in which the class truly occurs; their mean
      over classes is that of the image, and mPQ the mean over images (with tissues: over those of
      each tissue, then over tissues, as PanNuke reports it). A class's own value is its mean over
      the images that hold it. With all nuclei in one class this is PanNuke's bPQ.
    - ``'conic'``: the matches of all images together give each class one quality; mPQ is the mean
      over classes (mPQ+).

    $$
    \mathrm{mPQ} = \frac{1}{|I|} \sum_{i \in I} \frac{1}{|C_i|}
    \sum_{c \in C_i} \mathrm{PQ}_{i,c},\qquad
    \mathrm{mPQ}^{+} = \frac{1}{|C|} \sum_{c \in C}
    \mathrm{PQ}\left(\textstyle\sum_i TP_{i,c}, \dots\right)
    $$

    with $C_i$ the classes that truly occur on image $i$, and $C$ those of all images.

    Args:
        images: For each image the matches of each class, from :func:`class_qualities`.
        averaging: ``'pannuke'`` or ``'conic'``.
        tissues: Tissue of each image, for PanNuke.

    Returns:
        The means. Classes that occur nowhere (for CoNIC: on neither side) are left out; without any
        class the mean is NaN. CoNIC's own code counts such a class as 0.

    Raises:
        ValueError: Another averaging, no images, or tissues that do not fit.

    Example:
        >>> found = [[PanopticQuality(1, 0, 0, 1.0), PanopticQuality(0, 0, 1, 0.0)],
        ...          [PanopticQuality(0, 0, 1, 0.0), PanopticQuality(0, 0, 0, 0.0)]]
        >>> multi_class_panoptic_quality(found, 'pannuke')
        MultiClassQuality(per_class=(0.5, 0.0), mpq=0.25)
        >>> multi_class_panoptic_quality(found, 'conic')
        MultiClassQuality(per_class=(0.6666666666666666, 0.0), mpq=0.3333333333333333)
    """
    if averaging not in AVERAGINGS:
        raise ValueError(f'averaging is {averaging!r}; it is one of {AVERAGINGS}')
    if not images:
        raise ValueError('no images to average')
    if tissues is not None and (averaging != 'pannuke' or len(tissues) != len(images)):
        raise ValueError(f'{len(tissues)} tissues for {len(images)} images, by {averaging!r}')
    if averaging == 'conic':
        pooled = [sum(own[1:], own[0]) for own in zip(*images, strict=True)]
        values = [one.pq if one.instances else np.nan for one in pooled]
        return MultiClassQuality(tuple(values), _mean(np.array(values)))
    table = np.array([[_where_present(one) for one in image] for image in images])
    per_class = tuple(_mean(column) for column in table.T)
    by_image = np.array([_mean(row) for row in table])
    if tissues is not None:
        _, tissue = np.unique(np.asarray(tissues), return_inverse=True)
        by_image = np.array([_mean(by_image[tissue == i]) for i in range(tissue.max() + 1)])
    return MultiClassQuality(per_class, _mean(by_image))


def _where_present(found: PanopticQuality) -> float:
    return found.pq if found.true_positives + found.false_negatives else np.nan


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float('nan')


def _count(given: Instances, kept: NDArray[np.int64]) -> int:
    """How many instances were given, those without a pixel among them."""
    if isinstance(given, np.ndarray):
        return len(kept)
    return len(given if isinstance(given, Crops) else given.crops)


def _labels(labels: ArrayLike, count: int, num_classes: int) -> NDArray[np.int64]:
    array = np.asarray(labels, np.int64)
    if array.shape != (count,):
        raise ValueError(f'{count} instances need {count} labels, not {array.shape}')
    if count and (array.min() < 0 or array.max() >= num_classes):
        raise ValueError(f'labels from {array.min()} to {array.max()}, {num_classes} classes')
    return array


def _only(
    table: Overlaps, rows: NDArray[np.int64], cols: NDArray[np.int64], label: int
) -> Overlaps:
    """The part of the table in which both sides have a class."""
    own_rows, own_cols = rows == label, cols == label
    kept = own_rows[table.rows] & own_cols[table.cols]
    return Overlaps(
        rows=(np.cumsum(own_rows) - 1)[table.rows[kept]],
        cols=(np.cumsum(own_cols) - 1)[table.cols[kept]],
        intersections=table.intersections[kept],
        row_areas=table.row_areas[own_rows],
        col_areas=table.col_areas[own_cols],
    )
