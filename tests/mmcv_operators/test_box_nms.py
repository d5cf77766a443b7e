"""Suppression of boxes keeps what torchvision's operator keeps, in its order."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import nms

from mmnuc.mmcv_operators.box_nms import box_nms


def assert_same(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> None:
    expected = nms(torch.from_numpy(boxes), torch.from_numpy(scores), threshold)
    assert box_nms(boxes, scores, threshold).tolist() == expected.tolist()


@pytest.mark.parametrize('threshold', [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize(('extent', 'side'), [(1000, 30), (60, 30), (1e5, 3), (10, 500)])
def test_dense_sparse_small_and_large(extent: float, side: float, threshold: float) -> None:
    rng = np.random.default_rng(0)
    corners = rng.random((2000, 2)) * extent - extent / 3
    sizes = rng.exponential(side, (2000, 2))
    boxes = np.concatenate([corners, corners + sizes], axis=1).astype(np.float32)
    assert_same(boxes, rng.random(2000).astype(np.float32).round(2), threshold)


@given(
    st.lists(
        st.tuples(*[st.integers(-4, 12)] * 4, st.sampled_from([0.1, 0.5, 0.9])),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.9]),
)
def test_any_boxes(drawn: list[tuple[float, ...]], threshold: float) -> None:
    """Also those without an extent, turned inside out, equal, and touching."""
    values = np.array(drawn, np.float32)
    assert_same(np.ascontiguousarray(values[:, :4]), values[:, 4].copy(), threshold)


def test_one_box_over_many_far_apart() -> None:
    points = np.arange(0, 3e6, 3e4, dtype=np.float32)
    boxes = np.stack([points, points, points + 5, points + 5], axis=1)
    boxes = np.concatenate([boxes, [[0, 0, 3e6, 3e6]]]).astype(np.float32)
    assert_same(boxes, np.linspace(1, 0, len(boxes), dtype=np.float32), 0.5)


def test_no_boxes() -> None:
    assert box_nms(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.5).tolist() == []
