"""Neighbours of boxes, against every pair."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.evaluation.functional.box_crowding import GAP, neighbours

SIDES = st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 9)] * 2)


@given(st.lists(SIDES, max_size=12))
def test_against_every_pair(sides: list[tuple[int, int, int, int]]) -> None:
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in sides], np.int64).reshape(-1, 4)
    near = [
        sum(
            i != j and all(a[k] - b[k + 2] <= GAP and b[k] - a[k + 2] <= GAP for k in (0, 1))
            for j, b in enumerate(boxes.tolist())
        )
        for i, a in enumerate(boxes.tolist())
    ]
    assert neighbours(boxes).tolist() == near
