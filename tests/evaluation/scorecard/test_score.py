"""All scores at once against the functions that they come from."""

import csv
import json
from collections.abc import Sequence

import numpy as np
import pytest

from mmnuc.evaluation.functional import coco_average_precision, nuclei_scores, score_upper_bound
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.scorecard import Scorecard, score_images
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles

SIDE = 40


def tile(rng: np.random.Generator, count: int) -> np.ndarray:
    """A label map of squares of 3 to 6 pixels in a grid."""
    label_map = np.zeros((SIDE, SIDE), np.int32)
    for number, place in enumerate(rng.permutation(36)[:count], 1):
        y, x = divmod(int(place), 6)
        side = int(rng.integers(3, 7))
        label_map[6 * y : 6 * y + side, 6 * x : 6 * x + side] = number
    return label_map


def columns(maps: Sequence[np.ndarray]) -> dict:
    crops = [label_map_to_crops(label_map)[0] for label_map in maps]
    boxes = np.concatenate([own.boxes_xyxy for own in crops]).astype(float)
    boxes[:, 2:] -= boxes[:, :2]
    images = np.repeat(np.arange(len(maps)) + 3, [len(own) for own in crops])
    rles = [rle for own in crops for rle in crops_to_rles(own)]
    return dict(images=images, labels=images * 0, rles=rles, boxes_xywh=boxes)


@pytest.fixture(scope='module')
def world() -> tuple[list[np.ndarray], list[np.ndarray], list[ImageInfo], GroundTruth, Predictions]:
    """Four tiles, the last one empty on both sides."""
    rng = np.random.default_rng(0)
    true_maps = [tile(rng, count) for count in (30, 20, 6, 0)]
    found_maps = [np.roll(label_map, 1, axis=1) for label_map in true_maps]
    gt = columns(true_maps)
    areas = np.concatenate([label_map_to_crops(m)[0].areas for m in true_maps]).astype(float)
    pred = columns(found_maps)
    images = [ImageInfo(number + 3, f'{number}.png', SIDE, SIDE) for number in range(4)]
    return (
        true_maps,
        found_maps,
        images,
        GroundTruth(**gt, areas=areas, crowd=np.zeros(len(areas), bool)),
        Predictions(**pred, scores=rng.permutation(len(areas)) / len(areas)),
    )


@pytest.fixture(scope='module')
def card(world) -> Scorecard:
    return score_images(*world[2:], caps=(10, 100, None), n_resamples=50, score_threshold=0.0)


def test_nuclei_scores_are_means_over_images(world, card: Scorecard) -> None:
    rows = [nuclei_scores(*pair).as_dict() for pair in zip(*world[:2], strict=True)]
    for name in rows[0]:
        assert card.scores[f'nuclei/{name}'] == pytest.approx(np.nanmean([r[name] for r in rows]))
        assert [row[name] for row in card.images] == pytest.approx(
            [row[name] for row in rows], nan_ok=True
        )
    assert card.images[3]['aji'] == 1.0


@pytest.mark.parametrize('kind', ['segm', 'bbox'])
def test_coco_scores_are_cocos(world, card: Scorecard, kind: str) -> None:
    gt, pred = world[3:]
    scores = coco_average_precision(gt, pred, kind=kind, caps=(10, None))
    for cap, suffix in ((10, '_max10'), (None, '')):
        ap, ap50, ap75, *_ = scores.summary(cap=cap)
        names = [f'coco/{kind}_mAP{at}{suffix}' for at in ('', '_50', '_75')]
        assert [card.scores[name] for name in names] == [ap, ap50, ap75]


def test_an_upper_bound_stands_where_a_cap_binds(card: Scorecard) -> None:
    best = score_upper_bound([30, 20, 6, 0], 10)
    assert best < 1
    assert set(card.upper_bounds.values()) == {best}
    assert all(key.endswith('_max10') for key in card.upper_bounds)
    assert card.scores['vrdl2021/ap50'] == card.scores['coco/segm_mAP_50']


def test_every_number_has_an_interval_around_it(card: Scorecard) -> None:
    assert card.scores.keys() == card.confidence_intervals.keys()
    interval = card.confidence_intervals['nuclei/aji']
    assert interval.low < card.scores['nuclei/aji'] < interval.high


def test_the_same_seed_takes_the_same_images(world, card: Scorecard) -> None:
    again = score_images(*world[2:], caps=(10, 100, None), n_resamples=50, score_threshold=0.0)
    other = score_images(
        *world[2:], caps=(10, 100, None), n_resamples=50, score_threshold=0.0, seed=1
    )
    assert again.to_json() == card.to_json() != other.to_json()


def test_json_and_csv_hold_every_digit(card: Scorecard) -> None:
    content = json.loads(card.to_json())
    for key, value in card.scores.items():
        assert content[key] == (None if np.isnan(value) else value)
    rows = list(csv.DictReader(card.to_csv().splitlines()))
    assert [float(row['aji']) for row in rows] == [row['aji'] for row in card.images]


def test_the_threshold_leaves_out_the_unsure(world, card: Scorecard) -> None:
    sure = score_images(*world[2:], n_resamples=0, score_threshold=0.5)
    assert sum(row['pred'] for row in sure.images) == (world[4].scores >= 0.5).sum()
    assert sure.scores['nuclei/aji'] < card.scores['nuclei/aji']
    assert sure.scores['coco/segm_mAP'] == card.scores['coco/segm_mAP']


def test_crowds_are_no_nuclei(world) -> None:
    images, gt, pred = world[2:]
    crowd = np.zeros(len(gt.images), bool)
    crowd[0] = True
    card = score_images(images, GroundTruth(**{**vars(gt), 'crowd': crowd}), pred, n_resamples=0)
    assert sum(row['gt'] for row in card.images) == len(gt.images) - 1


def test_nothing_on_either_side_is_perfect() -> None:
    nothing = columns([np.zeros((SIDE, SIDE), np.int32)])
    gt = GroundTruth(**nothing, areas=np.zeros(0), crowd=np.zeros(0, bool))
    pred = Predictions(**nothing, scores=np.zeros(0))
    card = score_images([ImageInfo(3, 'a.png', SIDE, SIDE)], gt, pred, n_resamples=5)
    assert card.scores['nuclei/aji'] == 1.0
    assert card.scores['coco/segm_mAP'] == -1
    assert '-' in card.table()


def test_faults(world) -> None:
    images, gt, pred = world[2:]
    with pytest.raises(ValueError, match='no images'):
        score_images([], gt, pred)
    with pytest.raises(ValueError, match='2 images share 1 ids'):
        score_images([images[0], images[0]], gt, pred)
    with pytest.raises(ValueError, match=r'true instances of unknown images: \[5\]'):
        score_images(images[:2], gt, pred)
