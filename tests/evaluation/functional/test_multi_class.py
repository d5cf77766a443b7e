"""Averages over classes, against what the benchmarks' own loops do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.evaluation.functional.multi_class import class_qualities, multi_class_panoptic_quality
from mmnuc.evaluation.functional.panoptic_quality import PanopticQuality, panoptic_quality
from mmnuc.ops.crops import from_bitmaps


def only(label_map: np.ndarray, labels: np.ndarray, label: int) -> np.ndarray:
    """The map with the instances of one class, as the benchmarks cut it."""
    numbers = np.unique(label_map)[1:] if (label_map == 0).any() else np.unique(label_map)
    kept = numbers[labels == label]
    return np.where(np.isin(label_map, kept), label_map, 0)


def test_each_class_by_itself(map_pairs) -> None:
    @settings(max_examples=100, deadline=None)
    @given(map_pairs, st.integers(0, 99))
    def compare(pair, seed: int) -> None:
        rng = np.random.default_rng(seed)
        labels = [rng.integers(0, 3, len(np.unique(m[m > 0]))) for m in pair]
        found = class_qualities(*pair, *labels, 3)
        for label in range(3):
            maps = [only(m, own, label) for m, own in zip(pair, labels, strict=True)]
            assert found[label] == panoptic_quality(*maps)

    compare()


IMAGES = [
    [PanopticQuality(2, 0, 0, 1.5), PanopticQuality(0, 3, 0, 0.0), PanopticQuality(0, 0, 0, 0.0)],
    [PanopticQuality(1, 1, 1, 0.9), PanopticQuality(1, 0, 0, 0.6), PanopticQuality(0, 0, 0, 0.0)],
]


def test_pannuke_leaves_out_what_is_not_there() -> None:
    found = multi_class_panoptic_quality(IMAGES, 'pannuke')
    one, two, three = IMAGES[0][0].pq, IMAGES[1][0].pq, IMAGES[1][1].pq
    assert found.per_class[:2] == pytest.approx(((one + two) / 2, three))
    assert math.isnan(found.per_class[2])
    assert found.mpq == pytest.approx((one + (two + three) / 2) / 2)


def test_conic_pools_the_images() -> None:
    found = multi_class_panoptic_quality(IMAGES, 'conic')
    first, second = PanopticQuality(3, 1, 1, 2.4).pq, PanopticQuality(1, 3, 0, 0.6).pq
    assert found.per_class[:2] == pytest.approx((first, second))
    assert math.isnan(found.per_class[2])
    assert found.mpq == pytest.approx((first + second) / 2)


def test_pannuke_averages_over_tissues() -> None:
    images = [[PanopticQuality(1, 0, 0, value)] for value in (1.0, 0.6, 0.8)]
    values = [image[0].pq for image in images]
    found = multi_class_panoptic_quality(images, tissues=['colon', 'skin', 'colon'])
    assert found.mpq == pytest.approx(((values[0] + values[2]) / 2 + values[1]) / 2)
    assert found.per_class == (pytest.approx(np.mean(values)),)


def test_a_mask_that_others_cover_keeps_its_label_to_itself() -> None:
    masks = from_bitmaps(np.array([[[1, 1, 0]], [[1, 0, 0]], [[0, 0, 1]]], np.uint8))
    gt = np.array([[1, 1, 2]])
    assert [one.pq for one in class_qualities(gt, masks, [0, 1], [0, 2, 1], 3)] == [1, 1, 1]
    scores = np.array([0.5, 0.9, 0.9])
    found = class_qualities(gt, masks, [0, 1], [0, 2, 1], 3, scores)
    assert [(one.true_positives, one.false_positives) for one in found] == [(0, 1), (1, 0), (0, 1)]


def test_faults() -> None:
    one = np.ones((1, 1), int)
    with pytest.raises(ValueError, match="averaging is 'mean'"):
        multi_class_panoptic_quality(IMAGES, 'mean')
    with pytest.raises(ValueError, match='no images'):
        multi_class_panoptic_quality([])
    with pytest.raises(ValueError, match='1 tissues for 2 images'):
        multi_class_panoptic_quality(IMAGES, tissues=['colon'])
    with pytest.raises(ValueError, match="by 'conic'"):
        multi_class_panoptic_quality(IMAGES, 'conic', ['colon', 'skin'])
    with pytest.raises(ValueError, match='1 instances need 1 labels'):
        class_qualities(one, one, [0, 1], [0], 2)
    with pytest.raises(ValueError, match='labels from 2 to 2, 2 classes'):
        class_qualities(one, one, [0], [2], 2)
