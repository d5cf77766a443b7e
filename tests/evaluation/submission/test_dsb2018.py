"""The run-length table: one owner a pixel, a row for every image."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmnuc.evaluation.submission import dsb2018
from mmnuc.evaluation.submission.dsb2018_rows import HEADER
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImage, BoardImages

HEIGHT, WIDTH = 7, 9
BOARD = BoardImages(
    (BoardImage(1, 'a.png', HEIGHT, WIDTH), BoardImage(2, 'folder/b.tif', HEIGHT, WIDTH))
)


def result(image_id: int, masks: np.ndarray, scores: np.ndarray) -> ImageResult:
    rles = [coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]
    count = len(rles)
    return ImageResult(
        image_id, '', HEIGHT, WIDTH, rles, scores, np.zeros(count, int), np.zeros((count, 4))
    )


def nothing(image_id: int) -> ImageResult:
    return result(image_id, np.zeros((0, HEIGHT, WIDTH)), np.zeros(0))


def masks_of(content: bytes, name: str) -> list[np.ndarray]:
    """Decode the rows of one image the plain way."""
    masks = []
    for line in content.decode().splitlines()[1:]:
        image, pixels = line.split(',')
        if image == name and pixels:
            flat = np.zeros(HEIGHT * WIDTH, bool)
            numbers = list(map(int, pixels.split()))
            for start, length in zip(numbers[::2], numbers[1::2], strict=True):
                flat[start - 1 : start - 1 + length] = True
            masks.append(flat.reshape(WIDTH, HEIGHT).T)
    return masks


@pytest.mark.parametrize('seed', range(8))
def test_every_pixel_goes_to_the_most_confident(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = rng.random((6, HEIGHT, WIDTH)) < rng.choice([0.1, 0.5, 0.9])
    scores = rng.integers(1, 4, 6) / 4
    content = dsb2018.encode([nothing(2), result(1, masks, scores)], BOARD)

    taken, expected = np.zeros((HEIGHT, WIDTH), bool), []
    for i in sorted(range(6), key=lambda i: (-scores[i], i)):
        own = masks[i] & ~taken
        taken |= own
        if own.any():
            expected.append(own)
    written = masks_of(content, 'a')
    assert len(written) == len(expected)
    assert all(np.array_equal(a, b) for a, b in zip(written, expected, strict=True))
    assert dsb2018.validate(content, BOARD).faults == ()


def test_an_image_without_nuclei_gets_an_empty_row() -> None:
    content = dsb2018.encode([nothing(1), nothing(2)], BOARD)
    assert content.decode() == f'{HEADER}\na,\nb,\n'
    report = dsb2018.validate(content, BOARD)
    assert report.faults == ()
    assert report.entries == {'a': 0, 'b': 0}


def test_an_image_whose_masks_are_all_empty_gets_an_empty_row() -> None:
    empty = result(1, np.zeros((2, HEIGHT, WIDTH)), np.array([0.5, 0.6]))
    assert dsb2018.encode([empty, nothing(2)], BOARD).decode() == f'{HEADER}\na,\nb,\n'


def test_runs_go_down_the_columns_and_on_into_the_next() -> None:
    mask = np.zeros((1, HEIGHT, WIDTH), bool)
    mask[0, 5:, 0] = mask[0, :2, 1] = mask[0, 6, 8] = True
    content = dsb2018.encode([result(1, mask, np.array([0.5])), nothing(2)], BOARD)
    assert content.decode().splitlines()[1] == 'a,6 4 63 1'


# name: (lines after the header, where, what the fault says)
FAULTS = {
    'an unknown image': (['a,1 2', 'b,', 'c,1 1'], 'line 4', 'no such image'),
    'the file name with its suffix': (['a,', 'b,', 'a.png,'], 'line 4', 'without its suffix'),
    'a missing image': (['a,1 2'], 'file', 'image b: has no row'),
    'an odd number': (['a,1 2 5', 'b,'], 'line 2', 'has 3 numbers; write pairs'),
    'a word': (['a,1 x', 'b,'], 'line 2', "has 'x' among its runs"),
    'a negative number': (['a,-1 2', 'b,'], 'line 2', "has '-1' among its runs"),
    'a fraction': (['a,1 2.0', 'b,'], 'line 2', "has '2.0' among its runs"),
    'counted from 0': (['a,0 2', 'b,'], 'line 2', 'count pixels from 1'),
    'an empty run': (['a,3 0', 'b,'], 'line 2', 'start or length of 0'),
    'past the end': (['a,63 2', 'b,'], 'line 2', 'leaves the image; the image has 7 x 9 = 63'),
    'far past the end': ([f'a,{"9" * 5000} 2', 'b,'], 'line 2', 'leaves the image'),
    'unsorted': (['a,9 1 1 2', 'b,'], 'line 2', 'unsorted runs'),
    'overlapping runs': (['a,1 5 3 2', 'b,'], 'line 2', 'overlapping runs; merge'),
    'shared pixels': (['a,1 5', 'a,4 3', 'b,'], 'line 3', 'shares 2 pixels with line 2'),
    'the same row twice': (['a,1 5', 'b,', 'a,1 5'], 'line 4', 'repeats line 2'),
    'an empty row beside others': (['a,1 5', 'a,', 'b,'], 'line 3', 'has other rows'),
    'two fields too many': (['a,1 2,3', 'b,', 'a,9 1'], 'line 2', 'has 3 fields'),
    'a blank line': (['a,1 2', '', 'b,'], 'line 3', 'has 1 fields'),
}


@pytest.mark.parametrize('name', FAULTS)
def test_every_known_fault_is_named_by_line(name: str) -> None:
    lines, where, message = FAULTS[name]
    content = '\n'.join([HEADER, *lines]) + '\n'
    report = dsb2018.validate(content.encode(), BOARD)
    assert [fault.where for fault in report.errors] == [where]
    assert message in str(report.errors[0])


@pytest.mark.parametrize(
    'header', ['', 'ImageId', 'imageid,encodedpixels', 'id,pixels', '\ufeff' + HEADER]
)
def test_a_wrong_header_is_named(header: str) -> None:
    (fault,) = dsb2018.validate(f'{header}\na,\nb,\n'.encode(), BOARD).faults
    assert fault.where == 'line 1'
    assert HEADER in fault.remedy


def test_two_images_of_one_name_are_named() -> None:
    twins = BoardImages((*BOARD.images, BoardImage(3, 'a.tif', HEIGHT, WIDTH)))
    (fault,) = dsb2018.validate(f'{HEADER}\na,\nb,\n'.encode(), twins).errors
    assert fault.where == 'images json'


def test_windows_line_ends_are_fine_and_a_missing_last_one_is_a_warning() -> None:
    assert dsb2018.validate(f'{HEADER}\r\na,1 2\r\nb,\r\n'.encode(), BOARD).faults == ()
    report = dsb2018.validate(f'{HEADER}\na,1 2\nb,3 1'.encode(), BOARD)
    assert report.valid
    assert 'cut off' in str(report.warnings[0])


def test_faults_come_in_the_order_of_the_file() -> None:
    report = dsb2018.validate(f'{HEADER}\nb,0 1\na,x\nb,9\nc,1 1\n'.encode(), BOARD)
    assert [fault.where for fault in report.faults] == ['line 2', 'line 3', 'line 4', 'line 5']


def test_text_in_another_encoding_is_named() -> None:
    assert 'not UTF-8' in str(dsb2018.validate(b'ImageId\xff', BOARD).errors[0])
