"""Segmentations of COCO files in all their forms."""

import numpy as np
import pytest

from mmnuc.ops.codecs.segmentations import segmentations_to_crops
from mmnuc.ops.crops import to_bitmaps

SQUARE = [1, 0, 3, 0, 3, 2, 1, 2]
SIZE = [2, 4]

# What is read, the pixels it shows (x by y), and whether it is valid.
CASES = {
    'a polygon': ([SQUARE], [[0, 1, 1, 0], [0, 1, 1, 0]], True),
    'a polygon with a broken part': ([SQUARE, [1, 1]], [[0, 1, 1, 0], [0, 1, 1, 0]], True),
    'an odd polygon': ([SQUARE[:7]], [[0] * 4] * 2, False),
    'no parts': ([], [[0] * 4] * 2, False),
    'compressed': (
        {'size': SIZE, 'counts': '314'},
        [[0, 0, 0, 0], [0, 1, 0, 0]],
        True,
    ),
    'uncompressed': ({'size': SIZE, 'counts': [0, 2, 6]}, [[1, 0, 0, 0]] * 2, True),
    'no size': ({'counts': '8'}, [[0] * 4] * 2, False),
    'no counts': ({'size': SIZE}, [[0] * 4] * 2, False),
    'counts as bytes': ({'size': SIZE, 'counts': b'8'}, [[0] * 4] * 2, False),
}


@pytest.mark.parametrize('case', CASES)
def test_one(case: str) -> None:
    segmentation, wanted, wanted_valid = CASES[case]
    crops, valid = segmentations_to_crops([segmentation], *SIZE)
    assert to_bitmaps(crops).tolist() == [wanted]
    assert valid.tolist() == [wanted_valid]


def test_all_at_once_keep_their_order() -> None:
    for order in (list(CASES), list(CASES)[::-1], sorted(CASES)):
        crops, valid = segmentations_to_crops([CASES[case][0] for case in order], *SIZE)
        assert to_bitmaps(crops).tolist() == [CASES[case][1] for case in order]
        assert valid.tolist() == [CASES[case][2] for case in order]


def test_none() -> None:
    crops, valid = segmentations_to_crops([], *SIZE)
    assert (len(crops), crops.height, crops.width, valid.shape) == (0, 2, 4, (0,))


def test_errors_count_all_entries() -> None:
    broken = {'size': SIZE, 'counts': [1]}
    with pytest.raises(ValueError, match='run lengths 2 do not fill'):
        segmentations_to_crops([[SQUARE], [SQUARE], broken], *SIZE)
    with pytest.raises(TypeError, match='list or a dict, not None'):
        segmentations_to_crops([None], *SIZE)


def test_arrays_of_polygons() -> None:
    crops, _ = segmentations_to_crops([[np.array(SQUARE, np.float32)]], *SIZE)
    assert crops.areas.tolist() == [4]
