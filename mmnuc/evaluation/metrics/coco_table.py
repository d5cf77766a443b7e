"""COCO scores in lines for a person to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.coco_ap import CocoScores
from mmnuc.evaluation.functional.coco_matching import ABSENT
from mmnuc.evaluation.functional.upper_bound import score_upper_bound

_COLUMNS = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl')
_NAMES = {'segm': 'masks', 'bbox': 'boxes'}


def score_table(
    scores: Mapping[str, CocoScores], classes: Sequence[str] = (), class_cap: int | None = None
) -> str:
    """Lay out all scores, one row for each kind and cap, then one for each class.

    Args:
        scores: Scores by kind, ``'segm'`` or ``'bbox'``.
        classes: Classes that get rows of their own; none for no such rows.
        class_cap: The cap of these rows.

    Returns:
        The table; a dash where the ground truth has no such instance.

    Example:
        >>> precision = np.full((10, 101, 1, 4, 1), 0.5)
        >>> precision[..., 3, :] = -1
        >>> print(score_table({'segm': CocoScores(precision, (100,))}))
                              AP   AP50   AP75    APs    APm    APl
        masks, 100 kept    0.500  0.500  0.500  0.500  0.500      -
    """
    rows: list[tuple[str, Sequence[float]]] = []
    for kind, own in scores.items():
        for cap in own.caps:
            kept = 'all kept' if cap is None else f'{cap} kept'
            rows.append((f'{_NAMES[kind]}, {kept}', own.summary(cap=cap)))
        if class_cap in own.caps:
            rows += [
                (f'{_NAMES[kind]}, {name}', own.summary(cap=class_cap, label=label))
                for label, name in enumerate(classes)
            ]
    width = max(len(name) for name, _ in rows) + 2
    head = ' ' * width + ''.join(f'{column:>7}' for column in _COLUMNS)
    return '\n'.join([head, *(f'{name:<{width}}{_cells(values)}' for name, values in rows)])


def upper_bound_line(counts: NDArray[np.int64], cap: int) -> str:
    """Say what a perfect answer would score under a cap that binds.

    Args:
        counts: True instances of each image and class, shape (images, classes).
        cap: Detections of each class in each image that count.

    Returns:
        One line.

    Example:
        >>> upper_bound_line(np.array([[300], [100], [80]]), 100)
        'a cap of 100 binds on 1 of 3 images: a perfect answer would score 0.584 there, not 1'
    """
    bound = int((counts > cap).any(axis=1).sum())
    best = score_upper_bound(counts, cap)
    return (
        f'a cap of {cap} binds on {bound} of {len(counts)} images: '
        f'a perfect answer would score {best:.3f} there, not 1'
    )


def _cells(values: Sequence[float]) -> str:
    return ''.join(f'{"-":>7}' if value == ABSENT else f'{value:7.3f}' for value in values)
