"""Run lengths, against pycocotools."""

import json

import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.codecs import rle
from mmnuc.ops.crops import Crops, from_bitmaps, to_bitmaps


def coco_rles(dense: np.ndarray) -> list[dict]:
    rles = [coco.encode(np.asfortranarray(mask)) for mask in dense]
    return [{'size': r['size'], 'counts': r['counts'].decode()} for r in rles]


def assert_same(got: Crops, wanted: Crops) -> None:
    assert (got.height, got.width) == (wanted.height, wanted.width)
    for name in ('buffer', 'offsets', 'boxes_xyxy'):
        np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name))


@given(data=st.data())
def test_strings_are_those_of_pycocotools(binary_masks, data) -> None:
    dense = data.draw(binary_masks)
    assert rle.crops_to_rles(from_bitmaps(dense)) == coco_rles(dense)


@given(data=st.data())
def test_strings_of_pycocotools_become_tight_crops(binary_masks, data) -> None:
    dense = data.draw(binary_masks)
    assert_same(rle.rles_to_crops(coco_rles(dense), *dense.shape[1:]), from_bitmaps(dense))


def test_awkward_masks_there_and_back(awkward) -> None:
    rles = rle.crops_to_rles(from_bitmaps(awkward))
    assert rles == coco_rles(awkward)
    assert_same(rle.rles_to_crops(rles, *awkward.shape[1:]), from_bitmaps(awkward))


def test_long_counts_and_falling_counts() -> None:
    dense = np.zeros((2, 700, 900), np.uint8)
    dense[0, 3:690, 1:899] = 1
    dense[1, 350, 17::50] = dense[1, ::40, 17] = 1
    assert rle.crops_to_rles(from_bitmaps(dense)) == coco_rles(dense)


@given(data=st.data())
def test_uncompressed_counts(binary_masks, data) -> None:
    dense = data.draw(binary_masks)
    crops = from_bitmaps(dense)
    counts, offsets = rle.crops_to_counts(crops)
    h, w = dense.shape[1:]
    lists = [
        {'size': [h, w], 'counts': counts[offsets[i] : offsets[i + 1]].tolist()}
        for i in range(len(dense))
    ]
    for entry, string in zip(lists, coco_rles(dense), strict=True):
        assert coco.frPyObjects(entry, h, w)['counts'].decode() == string['counts']
    assert_same(rle.rles_to_crops(lists, h, w), crops)
    mixed = lists[:1] + coco_rles(dense)[1:]
    assert_same(rle.rles_to_crops(mixed, h, w), crops)


def test_values_but_zero_are_inside() -> None:
    dense = np.array([[[0, 255, 3, 0]]], np.uint8)
    assert rle.crops_to_rles(from_bitmaps(dense)) == coco_rles(dense != 0)


def test_runs_of_length_zero_are_read() -> None:
    crops = rle.rles_to_crops([{'size': [2, 2], 'counts': [1, 1, 0, 1, 1]}], 2, 2)
    assert to_bitmaps(crops).tolist() == [[[0, 1], [1, 0]]]


FAULTS = {
    'another size': ({'size': [3, 2], 'counts': '6'}, r'run lengths 1 have size \[3, 2\]'),
    'too few pixels': ({'size': [2, 3], 'counts': [1, 2]}, 'run lengths 1 do not fill'),
    'too many pixels': ({'size': [2, 3], 'counts': [1, 9]}, 'run lengths 1 do not fill'),
    'no counts': ({'size': [2, 3], 'counts': []}, 'run lengths 1 do not fill'),
    'a negative count': ({'size': [2, 3], 'counts': [9, -3]}, 'run lengths 1 do not fill'),
    'too few, compressed': ({'size': [2, 3], 'counts': '12'}, 'run lengths 1 do not fill'),
    'a string cut short': ({'size': [2, 3], 'counts': 'Q'}, 'run lengths 1 are no compressed'),
    'a foreign letter': ({'size': [2, 3], 'counts': '3 12'}, 'run lengths 1 are no compressed'),
    'a letter beyond ASCII': ({'size': [2, 3], 'counts': '3é'}, 'run lengths 1 are no'),
    'an endless count': ({'size': [2, 3], 'counts': 'o' * 40 + '0'}, 'run lengths 1 are no'),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_faults_are_named(fault: str) -> None:
    broken, message = FAULTS[fault]
    good = {'size': [2, 3], 'counts': '312'}
    with pytest.raises(ValueError, match=message):
        rle.rles_to_crops([good, broken, good], 2, 3)


@given(text=st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=20))
def test_random_strings_decode_like_pycocotools_or_fail(text: str) -> None:
    try:
        crops = rle.rles_to_crops([{'size': [3, 4], 'counts': text}], 3, 4)
    except ValueError:
        return
    wanted = coco.decode({'size': [3, 4], 'counts': text.encode()})
    np.testing.assert_array_equal(to_bitmaps(crops)[0], wanted)


def test_bytes_are_read_like_strings() -> None:
    entry = {'size': [2, 3], 'counts': b'312'}
    assert rle.rles_to_crops([entry], 2, 3).boxes_xyxy.tolist() == [[1, 1, 2, 2]]


def test_strings_inside_a_longer_buffer() -> None:
    text, ends = rle.pack_strings(['312', '6', '231'])
    crops = rle.strings_to_crops(text, ends[1:], 2, 3)
    assert crops.boxes_xyxy.tolist() == [[0, 0, 0, 0], [1, 0, 3, 2]]


@pytest.mark.parametrize('name', ['TCGA-HE-7130-01Z-00-DX1', 'TCGA-18-5592-01Z-00-DX1'])
def test_real_tiles(vrdl_masks, name: str) -> None:
    dense = vrdl_masks(name)
    rles = rle.crops_to_rles(from_bitmaps(dense))
    assert rles == coco_rles(dense)
    assert_same(rle.rles_to_crops(json.loads(json.dumps(rles)), 1000, 1000), from_bitmaps(dense))


@given(st.lists(st.integers(0, 1), min_size=1, max_size=40), st.integers(1, 6))
def test_measured_as_pycocotools_measures(bits: list[int], height: int) -> None:
    width = -(-len(bits) // height)
    mask = np.resize(np.array([*bits, *[0] * height], np.uint8), height * width)
    bitmap = np.asfortranarray(mask.reshape(width, height).T)
    theirs = coco.encode(bitmap)
    text, offsets = rle.pack_strings([theirs['counts']])
    boxes, areas, faults = rle.measure_strings(text, offsets, np.array([height]), np.array([width]))
    x1, y1, x2, y2 = boxes[0].tolist()
    assert [x1, y1, x2 - x1, y2 - y1] == coco.toBbox(theirs).tolist()
    assert (areas[0], faults[0]) == (coco.area(theirs), 0)


STRINGS = {
    'no string at all': ('', 0),
    'a letter beyond': ('p1', 1),
    'a number that goes on': ('o', 1),
    'more groups than any image needs': ('ooooooooooo0', 1),
    'less than nothing': ('N', 2),
    'beyond the image': ('0e0', 3),
    'too few': ('3', 4),
    'sums that wrap around': ('1oooooooooooo7oooooooooooo7RRPPPPPPPPPPH', 1),
}


@pytest.mark.parametrize('case', STRINGS)
def test_strings_with_faults(case: str) -> None:
    string, fault = STRINGS[case]
    text, offsets = rle.pack_strings([string, '06'])
    sides = np.array([2, 2]), np.array([3, 3])
    assert rle.measure_strings(text, offsets, *sides)[2].tolist() == [fault, 0]


@pytest.mark.parametrize('run', [2**63 - 1, 2**62, 7])
def test_runs_whose_sum_overflows(run: int) -> None:
    with pytest.raises(ValueError, match='do not fill the image'):
        rle.counts_to_crops(np.array([1, run, run, 65]), np.array([0, 4]), 2, 3)
