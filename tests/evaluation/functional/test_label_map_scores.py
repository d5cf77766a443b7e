"""Scores of label maps against the recorded references and against obvious implementations."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from mmnuc.evaluation.functional import (
    aggregated_jaccard_index,
    aggregated_jaccard_index_plus,
    average_precision,
    dice,
    f1_score,
    instance_dice,
    nuclei_scores,
    panoptic_quality,
)
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.crops import from_bitmaps

EXACT = 1e-9


@pytest.mark.parametrize('case', ['sparse', 'dense', 'crowded'])
def test_recorded_references(shared: Path, reference_maps, case: str) -> None:
    recorded = json.loads((shared / 'oracles' / 'metrics.json').read_text())[case]
    gt, pred = reference_maps.pair(case)
    quality = panoptic_quality(gt, pred)
    found = {
        'n_gt': len(np.unique(gt)) - 1,
        'n_pred': len(np.unique(pred)) - 1,
        'aji': aggregated_jaccard_index(gt, pred),
        'aji_plus': aggregated_jaccard_index_plus(gt, pred),
        'dq': quality.dq,
        'sq': quality.sq,
        'pq': quality.pq,
        'dice': dice(gt, pred),
        'instance_dice': instance_dice(gt, pred),
    }
    for name, value in found.items():
        assert value == pytest.approx(recorded[name], abs=EXACT), name
    thresholds = [float(threshold) for threshold in recorded['f1']]
    for name, scorer in (('average_precision', average_precision), ('f1', f1_score)):
        values = scorer(gt, pred, iou_thresholds=thresholds)
        assert values == pytest.approx(list(recorded[name].values()), abs=EXACT), name


def test_obvious_implementation(score, map_pairs) -> None:
    fast, plain = score

    @settings(max_examples=150, deadline=None)
    @given(map_pairs)
    def compare(pair) -> None:
        gt, pred = pair
        if gt.any() and pred.any():
            assert fast(gt, pred) == pytest.approx(plain(gt, pred), abs=EXACT)
        else:
            expected = 0.0 if gt.any() or pred.any() else 1.0
            assert np.all(np.equal(fast(gt, pred), expected))

    compare()


def test_crops_score_as_their_label_map(score, map_pairs) -> None:
    fast, _ = score

    @settings(max_examples=50, deadline=None)
    @given(map_pairs)
    def compare(pair) -> None:
        gt, pred = pair
        crops, _ = label_map_to_crops(pred)
        assert fast(gt, crops) == fast(gt, pred)
        assert fast(label_map_to_crops(gt)[0], crops) == fast(gt, pred)

    compare()


def test_all_at_once_is_one_by_one(map_pairs) -> None:
    @settings(max_examples=50, deadline=None)
    @given(map_pairs)
    def compare(pair) -> None:
        all_at_once = nuclei_scores(*pair).as_dict()
        assert all_at_once['aji'] == aggregated_jaccard_index(*pair)
        assert all_at_once['aji_plus'] == aggregated_jaccard_index_plus(*pair)
        quality = panoptic_quality(*pair)
        assert [all_at_once[name] for name in ('dq', 'sq', 'pq')] == [
            quality.dq,
            quality.sq,
            quality.pq,
        ]
        assert all_at_once['dice'] == dice(*pair)
        assert all_at_once['instance_dice'] == instance_dice(*pair)
        assert all_at_once['ap50'] == average_precision(*pair)[0]
        assert all_at_once['dsb'] == pytest.approx(np.mean(average_precision(*pair)), abs=EXACT)
        assert all_at_once['f1_75'] == f1_score(*pair)[5]

    compare()


def row(text: str) -> np.ndarray:
    """A label map of one row: a digit a pixel, a dot for background."""
    return np.array([[0 if c == '.' else int(c) for c in text]], np.int32)


CASES = {
    #                                    gt          pred        aji     aji+    pq    f1 at 0.5
    'both empty': ('....', '....', 1.0, 1.0, 1.0, 1.0),
    'nothing to find': ('....', '11..', 0.0, 0.0, 0.0, 0.0),
    'nothing found': ('11..', '....', 0.0, 0.0, 0.0, 0.0),
    'nothing overlaps': ('11..', '..11', 0.0, 0.0, 0.0, 0.0),
    'all right': ('11.2', '22.1', 1.0, 1.0, 1.0, 1.0),
    'no background': ('1122', '3344', 1.0, 1.0, 1.0, 1.0),
    'numbers with gaps': ('77.3', '11.9', 1.0, 1.0, 1.0, 1.0),
    # At the threshold: panoptic quality wants more than 0.5, F1 at least 0.5.
    'IoU of one half': ('11', '1.', 0.5, 0.5, 0.0, 1.0),
    # AJI pairs the prediction with both nuclei, AJI+ with the larger one.
    'one over two': ('1112', '1111', 0.5, 0.6, 0.75 * 2 / 3, 2 / 3),
    # Of two predictions of IoU 1/3 AJI takes the larger one, as the reference's code does.
    'equally good': ('111111...', '22333.333', 3 / 11, 3 / 11, 0.0, 0.0),
    # AJI pairs the nucleus with one of the halves; the other one is invented.
    'two over one': ('1111', '1122', 1 / 3, 1 / 3, 0.0, 2 / 3),
}


@pytest.mark.parametrize('name', CASES)
def test_decided_cases(name: str) -> None:
    gt, pred, *expected = CASES[name]
    gt, pred = row(gt), row(pred)
    found = [
        aggregated_jaccard_index(gt, pred),
        aggregated_jaccard_index_plus(gt, pred),
        panoptic_quality(gt, pred).pq,
        f1_score(gt, pred)[0],
    ]
    # HoVer-Net's 1e-6 shows in panoptic quality.
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_more_confident_owns_a_pixel() -> None:
    gt = row('1122')
    masks = from_bitmaps(np.array([[[1, 1, 1, 0]], [[0, 0, 1, 1]]], np.uint8))
    assert dice(gt, masks) == 1.0
    assert aggregated_jaccard_index(gt, masks) < 1
    assert aggregated_jaccard_index(gt, masks, np.array([0.9, 0.8])) < 1
    assert aggregated_jaccard_index(gt, masks, np.array([0.8, 0.9])) == 1.0


def test_a_mask_without_a_pixel_is_no_instance() -> None:
    masks = from_bitmaps(np.array([[[1, 1]], [[0, 0]], [[1, 0]]], np.uint8))
    found = nuclei_scores(row('11'), masks)
    assert (found.gt_count, found.pred_count, found.panoptic.pq) == (1, 1, 1.0)


FAULTS = {
    'maps of two shapes': (row('11'), row('111'), None, r'\(1, 2\) and \(1, 3\)'),
    'negative numbers': (row('11'), -row('11'), None, 'no negative numbers, this one -1'),
    'fractions': (row('11').astype(float), row('11'), None, 'float64'),
    'scores of a map': (row('11'), row('11'), np.ones(1), 'scores belong to masks'),
    'masks of another image': (
        row('11'),
        from_bitmaps(np.ones((1, 1, 3), np.uint8)),
        None,
        '1 x 2 and 1 x 3',
    ),
    'too few scores': (
        row('11'),
        from_bitmaps(np.ones((2, 1, 2), np.uint8)),
        np.ones(1),
        '2 masks need 2 scores',
    ),
}


@pytest.mark.parametrize('name', FAULTS)
def test_faults(name: str) -> None:
    gt, pred, scores, said = FAULTS[name]
    with pytest.raises(ValueError, match=said):
        aggregated_jaccard_index(gt, pred, scores)


@pytest.mark.parametrize('threshold', [-0.1, 1.0])
def test_thresholds_out_of_range(threshold: float) -> None:
    with pytest.raises(ValueError, match=str(threshold)):
        panoptic_quality(row('1'), row('1'), iou_threshold=threshold)
    with pytest.raises(ValueError, match='IoU thresholds'):
        average_precision(row('1'), row('1'), iou_thresholds=[threshold - 1])
