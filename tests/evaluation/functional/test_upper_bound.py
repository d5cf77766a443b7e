"""The upper bound is what a perfect answer really scores."""

import itertools

import numpy as np
import pytest

from mmnuc.evaluation.functional import nuclei_scores
from mmnuc.evaluation.functional.coco_ap import coco_average_precision
from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.evaluation.functional.upper_bound import nuclei_upper_bounds, score_upper_bound


def boxes_in_a_row(count: int) -> np.ndarray:
    return np.stack(
        [np.arange(count) * 10.0, np.zeros(count), np.full(count, 8.0), np.full(count, 8.0)], axis=1
    )


@pytest.mark.parametrize(
    ('counts', 'cap'), [((30, 7, 0), 10), ((20, 20), 5), ((3, 4), 10), ((1, 99), 1), ((12,), None)]
)
def test_a_perfect_answer_scores_the_upper_bound(counts: tuple[int, ...], cap: int | None) -> None:
    images = np.repeat(np.arange(len(counts)), counts)
    boxes = np.concatenate([boxes_in_a_row(count) for count in counts])
    zeros = np.zeros(len(images), int)
    gt = GroundTruth(images, zeros, [], boxes, np.full(len(images), 64.0), zeros.astype(bool))
    perfect = Predictions(images, zeros, [], boxes, np.full(len(images), 0.9))
    scores = coco_average_precision(gt, perfect, kind='bbox', caps=(cap,))
    assert score_upper_bound(counts, cap) == pytest.approx(scores.average(cap=cap), abs=1e-9)


def test_classes_are_averaged_and_absent_ones_left_out() -> None:
    per_class = [[10, 2, 0], [10, 2, 0]]
    assert score_upper_bound(per_class, 5) == pytest.approx((51 / 101 + 1) / 2)


@pytest.mark.parametrize(('counts', 'cap'), [([1], 0), ([-1], 100)])
def test_impossible_input_is_refused(counts: list[int], cap: int) -> None:
    with pytest.raises(ValueError, match='cap'):
        score_upper_bound(counts, cap)


@pytest.mark.parametrize('cap', [1, 2, 3, None])
def test_no_choice_of_nuclei_scores_higher(cap: int | None) -> None:
    gt = np.array([[1, 1, 1, 1, 2, 2, 2, 3, 3, 4]])
    best: dict[str, float] = {}
    most = 4 if cap is None else cap
    for size in range(most + 1):
        for chosen in itertools.combinations((1, 2, 3, 4), size):
            found = nuclei_scores(gt, np.where(np.isin(gt, chosen), gt, 0)).as_dict()
            best = {name: max(best.get(name, 0), value) for name, value in found.items()}
    bounds = nuclei_upper_bounds([np.bincount(gt[0])[1:]], cap)
    assert bounds == pytest.approx({name: best[name] for name in bounds})


def test_upper_bounds_of_images_without_nuclei() -> None:
    assert set(nuclei_upper_bounds([[], [5]], 1).values()) == {1.0}
    with pytest.raises(ValueError, match='0 images'):
        nuclei_upper_bounds([], 1)
    with pytest.raises(ValueError, match='cap 0'):
        nuclei_upper_bounds([[1]], 0)
