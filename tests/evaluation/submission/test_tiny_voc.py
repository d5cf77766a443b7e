"""The Tiny PASCAL VOC list: twenty categories, counted from 1."""

import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmnuc.evaluation.submission import tiny_voc
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImage, BoardImages

HEIGHT, WIDTH = 333, 500
BOARD = BoardImages((BoardImage(914, '2007_000925.jpg', HEIGHT, WIDTH),))


def rle(x: int) -> dict:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8, order='F')
    mask[10:40, x : x + 9] = 1
    return {'size': [HEIGHT, WIDTH], 'counts': coco_mask.encode(mask)['counts'].decode()}


def result(labels: list[int]) -> ImageResult:
    rles = [rle(10 * i) for i in range(len(labels))]
    scores = 0.9 - np.arange(len(labels)) / 100
    boxes = np.zeros((len(labels), 4))
    return ImageResult(914, '', HEIGHT, WIDTH, rles, scores, np.array(labels), boxes)


def test_the_published_form_is_accepted() -> None:
    published = {'image_id': 914, 'category_id': 3, 'segmentation': rle(5), 'score': 0.9934}
    assert tiny_voc.validate(json.dumps([published]).encode(), BOARD).faults == ()
    assert tiny_voc.validate(json.dumps([published | {'bbox': [0, 0, 1, 1]}]).encode(), BOARD).valid


def test_round_trip() -> None:
    written = json.loads(tiny_voc.encode([result([0, 19, 2])], BOARD))
    assert [entry['category_id'] for entry in written] == [1, 20, 3]
    assert [entry['segmentation'] for entry in written] == [rle(0), rle(10), rle(20)]
    assert set(written[0]) == {'image_id', 'category_id', 'segmentation', 'score'}


def test_the_json_s_own_categories_win() -> None:
    board = BoardImages(BOARD.images, category_ids=(7, 3), category_names=('cat', 'dog'))
    written = json.loads(tiny_voc.encode([result([0, 1])], board))
    assert [entry['category_id'] for entry in written] == [7, 3]


def test_a_label_without_category_is_refused() -> None:
    with pytest.raises(ValueError, match='labels 0 to 20 with 20 categories'):
        tiny_voc.encode([result([0, 20])], BOARD)


@pytest.mark.parametrize('category', [0, 21, -1, None])
def test_categories_outside_the_twenty_are_named(category: object) -> None:
    broken = {'image_id': 914, 'category_id': category, 'segmentation': rle(5), 'score': 0.5}
    (fault,) = tiny_voc.validate(json.dumps([broken]).encode(), BOARD).errors
    assert fault.problem == f'category_id is {category!r}'
    assert 'from 1 to 20' in fault.remedy


def test_one_mask_may_stand_for_two_classes_but_not_twice_for_one() -> None:
    entry = {'image_id': 914, 'category_id': 3, 'segmentation': rle(5), 'score': 0.5}
    other_class = entry | {'category_id': 4}
    assert tiny_voc.validate(json.dumps([entry, other_class]).encode(), BOARD).valid
    assert not tiny_voc.validate(json.dumps([entry, entry]).encode(), BOARD).valid
