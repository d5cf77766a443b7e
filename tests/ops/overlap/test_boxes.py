"""Areas shared by boxes, against pycocotools."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from mmnuc.ops.overlap.boxes import box_overlaps

numbers = st.one_of(st.integers(0, 9).map(float), st.floats(0, 9, width=32))
boxes = hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(4)), elements=numbers)


@settings(max_examples=200, deadline=None)
@given(boxes, boxes)
def test_iou_is_that_of_pycocotools(first: np.ndarray, second: np.ndarray) -> None:
    rows, cols, shared = box_overlaps(first, second)
    areas = [side[:, 2] * side[:, 3] for side in (first, second)]
    iou = np.zeros((len(second), len(first)))
    iou[cols, rows] = shared / (areas[1][cols] + areas[0][rows] - shared)
    np.testing.assert_array_equal(iou, coco.iou(second, first, [0] * len(first)))


def test_no_boxes() -> None:
    none = np.zeros((0, 4))
    assert [len(part) for part in box_overlaps(none, np.ones((2, 4)))] == [0, 0, 0]
    assert [len(part) for part in box_overlaps(np.ones((2, 4)), none)] == [0, 0, 0]
