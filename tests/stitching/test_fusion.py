"""Fusing what several sources found, against what can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.crops import from_bitmaps, to_bitmaps
from mmnuc.stitching.fusion import binarize, fuse, to_probabilities
from mmnuc.structures import Nuclei

CLASSES = ('dark', 'pale')


def nothing(height: int, width: int) -> Nuclei:
    return Nuclei.empty(height, width, class_names=CLASSES)


def found(*rows: list[int], scores: list[float], labels: list[int] | None = None) -> Nuclei:
    """Masks of one row of pixels each."""
    crops = from_bitmaps(np.array(rows, np.uint8)[:, None])
    return Nuclei.of_crops(crops, scores, labels, class_names=CLASSES)


def masks(fused: Nuclei) -> list[list[int]]:
    return to_bitmaps(fused.crops)[:, 0].tolist()


def test_probabilities_are_averaged_before_they_are_cut_off() -> None:
    # Cut off one by one the votes on the middle pixel are 1 to 2: it would be lost.
    sources = [
        found([255, 255, 0], scores=[1]),
        found([255, 110, 0], scores=[1]),
        found([255, 110, 0], scores=[1]),
    ]
    assert masks(fuse(sources, iou_threshold=0.4)) == [[1, 1, 0]]


def test_who_saw_nothing_takes_score_but_no_pixels() -> None:
    fused = fuse([found([0, 255, 255], scores=[0.9]), nothing(1, 3), nothing(1, 3)])
    assert masks(fused) == [[0, 1, 1]]
    assert fused.scores.tolist() == [pytest.approx(0.3)]


def test_weights() -> None:
    sources = [found([255, 255, 0], scores=[0.8]), found([255, 0, 0], scores=[0.4])]
    even, heavy = fuse(sources), fuse(sources, [3, 1])
    assert masks(heavy) == [[1, 1, 0]]
    assert even.scores.tolist() == [pytest.approx(0.6)]
    assert heavy.scores.tolist() == [pytest.approx(0.7)]
    assert masks(fuse(sources, [1, 3])) == [[1, 0, 0]]


def test_one_mask_of_a_source_joins_the_best_match() -> None:
    whole = found([255] * 10, scores=[0.9])
    parts = found([255] * 6 + [0] * 4, [0] + [255] * 9, scores=[0.8, 0.5])
    fused = fuse([whole, parts])
    assert masks(fused) == [[1] * 10, [1] * 6 + [0] * 4]
    assert fused.scores.tolist() == [pytest.approx(0.7), pytest.approx(0.4)]


def test_classes_are_kept_apart() -> None:
    fused = fuse([found([255], scores=[0.9], labels=[0]), found([255], scores=[0.8], labels=[1])])
    assert sorted(fused.labels.tolist()) == [0, 1]


def test_masks_of_one_source_stay_apart() -> None:
    twice = found([255, 255], [255, 255], scores=[0.9, 0.8])
    assert len(fuse([twice])) == 2


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 999), st.integers(1, 4))
def test_sources_that_agree_change_nothing(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    label_map: NDArray[np.int64] = rng.integers(0, 5, (7, 9))
    crops, numbers = label_map_to_crops(label_map)
    scores = rng.permutation(len(numbers)).astype(np.float32) / 8
    source = to_probabilities(Nuclei(crops, scores, numbers % 2, CLASSES))
    fused = fuse([source] * count)
    order = np.argsort(-scores, kind='stable')
    np.testing.assert_array_equal(to_bitmaps(fused.crops), to_bitmaps(crops)[order])
    np.testing.assert_allclose(fused.scores, scores[order], rtol=1e-6)
    assert fused.labels.tolist() == (numbers % 2)[order].tolist()


def test_cut_off_keeps_what_is_at_the_threshold() -> None:
    soft = from_bitmaps(np.array([[[0, 127, 128, 255]]], np.uint8))
    assert to_bitmaps(binarize(soft, 0.5)).tolist() == [[[0, 0, 1, 1]]]
    assert to_bitmaps(binarize(soft, 0.0)).tolist() == [[[0, 1, 1, 1]]]


def test_faults() -> None:
    with pytest.raises(ValueError, match='nothing to fuse'):
        fuse([])
    with pytest.raises(ValueError, match='2 sources need 2 weights'):
        fuse([nothing(1, 1)] * 2, [1])
    with pytest.raises(ValueError, match='0 or more'):
        fuse([nothing(1, 1)], [-1])
    with pytest.raises(ValueError, match='share one image size'):
        fuse([nothing(1, 1), nothing(2, 1)])
    with pytest.raises(ValueError, match='different classes'):
        fuse([nothing(1, 1), Nuclei.empty(1, 1)])


def test_classes_and_the_size_of_a_pixel_travel_along() -> None:
    one = to_probabilities(
        Nuclei.from_label_map(np.ones((2, 2), int), labels=[1], class_names=CLASSES, pixel_size=0.5)
    )
    fused = fuse([one, one])
    assert (fused.class_names, fused.pixel_size, fused.labels.tolist()) == (
        CLASSES,
        PixelSize(0.5, 0.5),
        [1],
    )
