"""answer.json: what is written is what was predicted, and every known mistake is named."""

import copy
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmnuc.evaluation.submission import vrdl2021
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImage, BoardImages

HEIGHT, WIDTH = 12, 20
BOARD = BoardImages(tuple(BoardImage(i, f'tile{i}.png', HEIGHT, WIDTH) for i in (1, 2, 3)))


def rle(x: int, y: int, w: int, h: int) -> dict:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8, order='F')
    mask[y : y + h, x : x + w] = 1
    code = coco_mask.encode(mask)
    return {'size': [HEIGHT, WIDTH], 'counts': code['counts'].decode()}


def result(image_id: int, rles: list[dict], scores: list[float], labels=None) -> ImageResult:
    labels = np.zeros(len(rles), int) if labels is None else np.array(labels)
    boxes = np.zeros((len(rles), 4))
    name = f'tile{image_id}.png'
    return ImageResult(image_id, name, HEIGHT, WIDTH, rles, np.array(scores), labels, boxes)


def entry(image_id: int = 1, score: float = 0.5, x: int = 0, **changes: object) -> dict:
    return {
        'image_id': image_id,
        'bbox': [x, 0, 2, 3],
        'score': score,
        'category_id': 1,
        'segmentation': rle(x, 0, 2, 3),
    } | changes


def without(dictionary: dict, key: str) -> dict:
    return {k: v for k, v in dictionary.items() if k != key}


def test_what_is_written_is_what_was_predicted() -> None:
    rng = np.random.default_rng(0)
    results = []
    for image_id in (3, 1, 2):
        count = int(rng.integers(3, 9))
        rles = [rle(*rng.integers(0, 8, 2), *rng.integers(1, 5, 2)) for _ in range(count)]
        rles = list({code['counts']: code for code in rles}.values())
        scores = rng.permutation(len(rles)) / 10
        results.append(result(image_id, rles, scores.tolist()))
    content = vrdl2021.encode(results, BOARD)
    report = vrdl2021.validate(content, BOARD)
    entries = json.loads(content)

    assert report.faults == ()
    assert [e['image_id'] for e in entries] == sorted(e['image_id'] for e in entries)
    assert {e['category_id'] for e in entries} == {1}
    for own in results:
        mine = [e for e in entries if e['image_id'] == own.image_id]
        order = np.argsort(-own.scores)
        assert [e['score'] for e in mine] == own.scores[order].tolist()
        assert [e['segmentation'] for e in mine] == [own.rles[i] for i in order]
        assert [e['bbox'] for e in mine] == [coco_mask.toBbox(own.rles[i]).tolist() for i in order]
        assert report.entries[str(own.image_id)] == len(mine)


def test_the_board_s_order_is_the_json_s_not_the_numbers() -> None:
    board = BoardImages(tuple(reversed(BOARD.images)))
    content = vrdl2021.encode([result(i, [rle(0, 0, 2, 2)], [0.5]) for i in (1, 2, 3)], board)
    assert [e['image_id'] for e in json.loads(content)] == [3, 2, 1]


def test_empty_and_repeated_masks_are_left_out() -> None:
    empty = {'size': [HEIGHT, WIDTH], 'counts': coco_counts_of_nothing()}
    twice = rle(3, 3, 4, 4)
    results = [
        result(1, [twice, empty, twice], [0.4, 0.9, 0.8]),
        result(2, [], []),
        result(3, [], []),
    ]
    entries = json.loads(vrdl2021.encode(results, BOARD))
    assert [(e['image_id'], e['score']) for e in entries] == [(1, 0.8)]


def coco_counts_of_nothing() -> str:
    return coco_mask.encode(np.zeros((HEIGHT, WIDTH), np.uint8, order='F'))['counts'].decode()


def test_an_answer_without_any_nucleus_is_valid_with_warnings() -> None:
    content = vrdl2021.encode([result(i, [], []) for i in (1, 2, 3)], BOARD)
    report = vrdl2021.validate(content, BOARD)
    assert json.loads(content) == []
    assert report.valid
    assert len(report.warnings) == 3


REFUSED = {
    'an image is missing': ([1, 2], 0, '1 images without a result, the first has id 3'),
    'an image comes twice': ([1, 2, 3, 3], 0, '4 results for 3 different images'),
    'an image is foreign': ([1, 2, 3, 9], 0, r'does not have: ids \[9\]'),
    'another class': ([1, 2, 3], 2, 'label 2; the board knows only nuclei'),
}


@pytest.mark.parametrize('name', REFUSED)
def test_results_that_do_not_fit_are_refused(name: str) -> None:
    ids, label, message = REFUSED[name]
    results = [result(i, [rle(0, 0, 2, 2)], [0.5], [label]) for i in ids]
    with pytest.raises(ValueError, match=message):
        vrdl2021.encode(results, BOARD)


def test_results_of_another_size_are_refused() -> None:
    board = BoardImages((BoardImage(1, 'tile1.png', 99, WIDTH),))
    with pytest.raises(ValueError, match='image 1 is 99 x 20 in the images json'):
        vrdl2021.encode([result(1, [], [])], board)


BIG = {'size': [HEIGHT, WIDTH + 1], 'counts': rle(0, 0, 2, 3)['counts']}
# name: (entries or raw text, where, what the fault says)
FAULTS = {
    'category 0': ([entry(category_id=0)], 'entries[0]', 'category_id is 0; write 1 (categories'),
    'category 2': ([entry(category_id=2)], 'entries[0]', 'category_id is 2; write 1'),
    'category as text': ([entry(category_id='1')], 'entries[0]', "category_id is '1'"),
    'ids from 0': ([entry(0)], 'entries[0]', 'image_id 0 is unknown; the images json has 3 ids'),
    'unknown id': ([entry(), entry(7)], 'entries[1]', 'image_id 7 is unknown'),
    'id as a fraction': ([entry(1.0)], 'entries[0]', 'image_id is 1.0; write a whole number'),
    'id as true': ([entry(True)], 'entries[0]', 'image_id is True'),
    'wrong size': ([entry(segmentation=BIG)], 'entries[0]', 'size is [12, 21]; the image has'),
    'size as text': (
        [entry(segmentation=rle(0, 0, 1, 1) | {'size': 'x'})],
        'entries[0]',
        "size is 'x'",
    ),
    'counts not filling': (
        [entry(segmentation={'size': [HEIGHT, WIDTH], 'counts': '12'})],
        'entries[0]',
        'counts do not fill the image',
    ),
    'counts of strange letters': (
        [entry(segmentation={'size': [HEIGHT, WIDTH], 'counts': 'zz\x7f'})],
        'entries[0]',
        'counts are no compressed COCO string',
    ),
    'counts as numbers': (
        [entry(segmentation={'size': [HEIGHT, WIDTH], 'counts': [0, 240]})],
        'entries[0]',
        'counts is list, not a string',
    ),
    'a polygon': ([entry(segmentation=[[0, 0, 4, 0, 4, 4]])], 'entries[0]', 'is no RLE'),
    'an empty mask': (
        [entry(segmentation={'size': [HEIGHT, WIDTH], 'counts': coco_counts_of_nothing()})],
        'entries[0]',
        'the mask is empty; leave the entry out',
    ),
    'score above 1': ([entry(score=1.01)], 'entries[0]', 'score is 1.01'),
    'score below 0': ([entry(score=-0.1)], 'entries[0]', 'score is -0.1'),
    'score NaN': ([entry(score=float('nan'))], 'entries[0]', 'score is nan'),
    'score infinite': ([entry(score=float('inf'))], 'entries[0]', 'score is inf'),
    'score as text': ([entry(score='0.5')], 'entries[0]', "score is '0.5'"),
    'repeated': ([entry(), entry(x=4), entry()], 'entries[2]', 'repeats the mask of entries[0]'),
    'repeated with another score': ([entry(), entry(score=0.1)], 'entries[1]', 'repeats the mask'),
    'no score': ([without(entry(), 'score')], 'entries[0]', 'has no score'),
    'no box': ([without(entry(), 'bbox')], 'entries[0]', 'has no bbox'),
    'box of corners': ([entry(bbox=[4, 4, 0, 0])], 'entries[0]', 'has no area'),
    'box of three numbers': ([entry(bbox=[1, 2, 3])], 'entries[0]', 'bbox is [1, 2, 3]'),
    'box with NaN': ([entry(bbox=[0, 0, 1, float('nan')])], 'entries[0]', 'bbox is [0, 0, 1, nan]'),
    'an entry that is a list': ([[1, 2]], 'entries[0]', 'is list; write an object'),
    'an object': ('{"image_id": 1}', 'file', 'holds one dict; write a list'),
    'cut off': (json.dumps([entry()])[:-30], 'file', 'is cut off'),
    'cut off between entries': (json.dumps([entry(), entry(2)])[:-1], 'file', 'is cut off'),
    'no json': ('ImageId,EncodedPixels\n', 'file', 'is not json'),
    'nothing at all': ('', 'file', 'is cut off'),
    'nested without end': ('[' * 100_000, 'file', ''),
}


@pytest.mark.parametrize('name', FAULTS)
def test_every_known_fault_is_named_by_entry(name: str) -> None:
    broken, where, message = FAULTS[name]
    content = broken if isinstance(broken, str) else json.dumps(broken)
    report = vrdl2021.validate(content.encode(), BOARD)
    assert not report.valid
    assert [fault.where for fault in report.errors] == [where]
    assert message in str(report.errors[0])


def test_text_in_another_encoding_is_named() -> None:
    report = vrdl2021.validate('[{"ä": 1}]'.encode('latin-1'), BOARD)
    assert 'not UTF-8' in str(report.errors[0])


WARNINGS = {
    'an image without entries': ([entry(1), entry(2)], 'image 3: has no entry'),
    'a box outside the image': (
        [entry(1, bbox=[19, 0, 2, 3]), entry(2), entry(3)],
        'entries[0], image 1: bbox [19, 0, 2, 3] leaves the image',
    ),
    'unknown keys': ([entry(1, area=6), entry(2), entry(3)], 'has unknown keys area'),
}


@pytest.mark.parametrize('name', WARNINGS)
def test_what_the_board_lets_pass_is_a_warning(name: str) -> None:
    entries, message = WARNINGS[name]
    report = vrdl2021.validate(json.dumps(entries).encode(), BOARD)
    assert report.valid
    assert [message in str(fault) for fault in report.faults] == [True]


def test_a_cap_that_binds_is_a_warning() -> None:
    many = [
        entry(1, segmentation=rle(x, y, 1, h)) for x in range(17) for y in range(6) for h in (1, 2)
    ]
    report = vrdl2021.validate(json.dumps([*many[:101], entry(2), entry(3)]).encode(), BOARD)
    assert [str(fault) for fault in report.faults] == [
        'warning: file, image 1: has 101 entries of category 1; '
        'the board scores only the 100 most confident'
    ]
    report = vrdl2021.validate(json.dumps([*many[:100], entry(2), entry(3)]).encode(), BOARD)
    assert report.faults == ()


def test_all_faults_of_one_entry_are_listed() -> None:
    broken = entry(0, score=2, category_id=0)
    report = vrdl2021.validate(json.dumps([broken]).encode(), BOARD)
    assert len(report.errors) == 3


def test_the_board_s_tiles_must_bear_the_board_s_ids() -> None:
    tiles = list(vrdl2021.BOARD_IDS)
    right = tuple(BoardImage(i + 1, f'{n}.png', HEIGHT, WIDTH) for i, n in enumerate(tiles))
    by_name = tuple(
        BoardImage(i + 1, f'images/{n}.png', HEIGHT, WIDTH) for i, n in enumerate(sorted(tiles))
    )
    content = json.dumps([entry(i) for i in range(1, 7)]).encode()
    assert vrdl2021.validate(content, BoardImages(right)).valid
    wrong = vrdl2021.validate(content, BoardImages(by_name)).errors
    assert len(wrong) == sum(
        a.file_name != b.file_name[7:] for a, b in zip(right, by_name, strict=True)
    )
    assert 'the board has it as' in str(wrong[0])


def test_checking_does_not_change_the_entries() -> None:
    entries = [entry(1), entry(2), entry(3)]
    before = copy.deepcopy(entries)
    vrdl2021.validate(json.dumps(entries).encode(), BOARD)
    assert entries == before
