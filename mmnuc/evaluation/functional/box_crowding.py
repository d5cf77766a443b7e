"""How crowded the place of each nucleus is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.overlap.boxes import box_overlaps

GAP = 2


def neighbours(boxes_xyxy: NDArray[np.integer], gap: int = GAP) -> NDArray[np.int64]:
    """Count the nuclei whose boxes come near that of each nucleus.

    Args:
        boxes_xyxy: Boxes in whole pixels, right and bottom ends excluded, of shape (N, 4).
        gap: Pixels between two boxes that still count as near.

    Returns:
        Neighbours of each, of shape (N,).

    Example:
        >>> neighbours(np.array([[0, 0, 4, 4], [6, 0, 9, 4], [12, 0, 15, 4]])).tolist()
        [1, 1, 0]
    """
    grown = np.asarray(boxes_xyxy, np.float64).copy()
    grown[:, 2:] -= grown[:, :2]
    # Half of the gap on each side, and a little, so that boxes at that distance share an area.
    margin = gap / 2 + 0.25
    grown[:, :2] -= margin
    grown[:, 2:] += 2 * margin
    rows, cols, _ = box_overlaps(grown, grown)
    return np.bincount(rows[rows != cols], minlength=len(grown)).astype(np.int64)
