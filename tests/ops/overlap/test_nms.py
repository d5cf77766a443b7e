"""Suppression on sparse pairs, against full matrices and against boxes of torchvision and mmcv."""

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mmcv.ops import soft_nms as box_soft_nms

from mmnuc.ops.crops import from_bitmaps
from mmnuc.ops.overlap.nms import nms, soft_nms

# A threshold that no two boxes of whole pixels meet exactly, where libraries differ.
NO_IOU = 0.3123


def overlap_matrix(dense: np.ndarray, by: str) -> np.ndarray:
    flat = (dense > 0).reshape(len(dense), dense[0].size if len(dense) else 0).astype(np.int64)
    shared, areas = flat @ flat.T, flat.sum(1)
    whole = {
        'iou': areas[:, None] + areas - shared,
        'smaller': np.minimum(areas[:, None], areas),
    }
    return shared / np.maximum(whole[by], 1)


def obvious_nms(matrix: np.ndarray, scores: np.ndarray, threshold: float) -> list[bool]:
    keep = [False] * len(scores)
    for i in np.argsort(-scores, kind='stable'):
        keep[i] = not any(keep[j] and matrix[i, j] > threshold for j in range(len(scores)))
    return keep


def obvious_soft_nms(matrix: np.ndarray, scores: np.ndarray, lower) -> np.ndarray:
    scores, left = scores.astype(np.float64), list(range(len(scores)))
    while left:
        best = max(left, key=lambda i: (scores[i], -i))
        left.remove(best)
        for i in left:
            scores[i] *= lower(matrix[best, i])
    return scores


@st.composite
def crowds(draw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masks that overlap much, scores with ties, two classes."""
    n = draw(st.integers(0, 8))
    side = draw(st.integers(1, 4))
    dense = draw(hnp.arrays(np.uint8, (n, side, side), elements=st.sampled_from([0, 1, 1, 255])))
    scores = draw(hnp.arrays(np.float64, n, elements=st.sampled_from([0.0, 0.25, 0.5, 0.7, 1.0])))
    return dense, scores, draw(hnp.arrays(np.int64, n, elements=st.integers(0, 1)))


@settings(max_examples=300, deadline=None)
@given(crowds(), st.sampled_from(['iou', 'smaller']), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_nms_as_on_the_full_matrix(crowd, by: str, threshold: float) -> None:
    dense, scores, labels = crowd
    matrix = overlap_matrix(dense, by)
    crops = from_bitmaps(dense)
    found = nms(crops, scores, threshold, by=by)
    assert found.tolist() == obvious_nms(matrix, scores, threshold)
    apart = np.where(labels[:, None] == labels, matrix, 0)
    found = nms(crops, scores, threshold, by=by, labels=labels)
    assert found.tolist() == obvious_nms(apart, scores, threshold)


@settings(max_examples=300, deadline=None)
@given(crowds(), st.sampled_from(['linear', 'gaussian']))
def test_soft_nms_as_on_the_full_matrix(crowd, method: str) -> None:
    dense, scores, _ = crowd
    lower = {
        'linear': lambda iou: 1 - iou if iou > 0.3 else 1,
        'gaussian': lambda iou: np.exp(-(iou**2) / 0.5),
    }[method]
    expected = obvious_soft_nms(overlap_matrix(dense, 'iou'), scores, lower)
    found = soft_nms(from_bitmaps(dense), scores, method=method)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.fixture(scope='module')
def rectangles() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masks that fill their boxes, the boxes, and scores that all differ."""
    rng = np.random.default_rng(0)
    corner = rng.integers(0, 40, (150, 2))
    boxes = np.concatenate([corner, corner + rng.integers(5, 20, (150, 2))], axis=1)
    dense = np.zeros((150, 60, 60), np.uint8)
    for mask, (x1, y1, x2, y2) in zip(dense, boxes, strict=True):
        mask[y1:y2, x1:x2] = 1
    return dense, boxes.astype(np.float32), rng.permutation(150).astype(np.float32) / 150


def test_rectangles_as_torchvision_suppresses_boxes(rectangles) -> None:
    dense, boxes, scores = rectangles
    expected = torchvision.ops.nms(torch.from_numpy(boxes), torch.from_numpy(scores), NO_IOU)
    found = np.flatnonzero(nms(from_bitmaps(dense), scores, NO_IOU))
    assert found.tolist() == sorted(expected.tolist())
    assert 10 < len(found) < 100


@pytest.mark.parametrize('method', ['linear', 'gaussian'])
def test_rectangles_as_mmcv_lowers_scores_of_boxes(rectangles, method: str) -> None:
    dense, boxes, scores = rectangles
    expected, rows = box_soft_nms(
        torch.from_numpy(boxes), torch.from_numpy(scores), NO_IOU, 0.5, 0.0, method
    )
    found = soft_nms(from_bitmaps(dense), scores, method=method, threshold=NO_IOU)
    np.testing.assert_allclose(found[rows.numpy()], expected[:, 4].numpy(), rtol=1e-4, atol=1e-6)


def test_an_empty_mask_stays() -> None:
    crops = from_bitmaps(np.zeros((2, 3, 3), np.uint8))
    assert nms(crops, [0.5, 0.5], 0.0).all()


CROPS = from_bitmaps(np.ones((2, 1, 1), np.uint8))
WRONG = {
    'one score': (lambda: nms(CROPS, [0.5], 0.5), '2 masks need 2 scores'),
    'no number': (lambda: nms(CROPS, [0.5, np.nan], 0.5), 'NaN'),
    'measure': (lambda: nms(CROPS, [0.5, 0.6], 0.5, by='larger'), "'larger'"),
    'one label': (lambda: nms(CROPS, [0.5, 0.6], 0.5, labels=[1]), '2 labels'),
    'method': (lambda: soft_nms(CROPS, [0.5, 0.6], method='hard'), "'hard'"),
}


@pytest.mark.parametrize(('call', 'words'), WRONG.values(), ids=WRONG)
def test_wrong_input(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
