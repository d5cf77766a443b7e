"""Which class an instance falls into."""

import numpy as np
import pytest
from hypothesis import given, settings

from mmnuc.evaluation.functional.errors import ErrorClass, classify_errors
from mmnuc.ops.crops import from_bitmaps


def row(text: str) -> np.ndarray:
    return np.array([[0 if c == '.' else int(c) for c in text]], np.int32)


CASES = {
    'hit': ('111', '11.', 'hit', 'hit'),
    'missed and invented': ('11..', '..11', 'missed', 'invented'),
    'badly outlined': ('1111....', '..111111', 'badly_outlined', 'badly_outlined'),
    'barely touched': ('1' * 9 + '.' * 9, '.' * 8 + '1' * 10, 'missed', 'invented'),
    'merged': ('112233', '111111', 'merged merged merged', 'merged'),
    'a small one swallowed by a hit': ('11112', '11111', 'hit merged', 'hit'),
    'split': ('111111', '112233', 'split', 'split split split'),
    'a hit and a crumb': ('11111', '11112', 'hit', 'hit split'),
    'nothing': ('...', '...', '', ''),
}


def names(classes: np.ndarray) -> str:
    return ' '.join(ErrorClass(one).name.lower() for one in classes)


@pytest.mark.parametrize('name', CASES)
def test_case(name: str) -> None:
    gt, pred, of_gt, of_pred = CASES[name]
    found = classify_errors(row(gt), row(pred))
    assert (names(found.gt), names(found.pred)) == (of_gt, of_pred)


def test_duplicates_and_the_more_confident() -> None:
    masks = from_bitmaps(np.array([[[1, 1, 1, 0]], [[1, 1, 1, 0]], [[0, 1, 1, 1]]], np.uint8))
    gt = row('1111')
    assert names(classify_errors(gt, masks).pred) == 'hit duplicate duplicate'
    sure = classify_errors(gt, masks, np.array([0.5, 0.7, 0.6]))
    assert names(sure.pred) == 'duplicate hit duplicate'
    assert sure.gt_partner.tolist() == [1]
    assert sure.pred_partner.tolist() == [0, 0, 0]
    assert sure.gt_iou.tolist() == [0.75]


def test_a_merge_is_a_split_the_other_way_round(map_pairs) -> None:
    turned = {ErrorClass.MERGED: ErrorClass.SPLIT, ErrorClass.SPLIT: ErrorClass.MERGED}
    turned |= {ErrorClass.MISSED: ErrorClass.INVENTED, ErrorClass.INVENTED: ErrorClass.MISSED}

    @settings(max_examples=150, deadline=None)
    @given(map_pairs)
    def compare(pair) -> None:
        there, back = classify_errors(*pair), classify_errors(*pair[::-1])
        counts = there.counts()
        assert sum(n for name, n in counts.items() if name.startswith('gt')) == len(there.gt)
        assert counts['gt_hit'] == counts['pred_hit'] == (back.gt == ErrorClass.HIT).sum()
        assert ((there.gt_iou >= 0.5) == (there.gt_partner >= 0) & (there.gt_iou >= 0.5)).all()
        # Alone, a nucleus is merged or split by the same pairs seen from the other side.
        missed = (there.gt == ErrorClass.MISSED).sum()
        assert missed == (back.pred == turned[ErrorClass.MISSED]).sum()

    compare()


def test_twenty_thousand_nuclei() -> None:
    gt = np.arange(1, 20001).reshape(100, 200).repeat(2, axis=0).repeat(2, axis=1)
    found = classify_errors(gt, np.roll(gt, 1, axis=1))
    assert len(found.gt) == len(found.pred) == 20000
    assert (found.gt != ErrorClass.MISSED).all()
