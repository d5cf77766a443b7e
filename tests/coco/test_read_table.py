"""A file as a table: what it keeps, in how many bytes, and how it says what is wrong."""

import gc
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mmnuc.coco import read_table as module
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError

SQUARE = [[1, 1, 5, 1, 5, 5, 1, 5]]


def content(annotations: list[dict], **changes: object) -> dict:
    return (
        dict(
            images=[dict(id=i, file_name=f'{i}.png', height=8, width=8) for i in (3, 4)],
            annotations=annotations,
            categories=[dict(id=1, name='nucleus')],
        )
        | changes
    )


def annotation(number: object, **fields: object) -> dict:
    return dict(id=number, image_id=3, category_id=1, segmentation=SQUARE) | fields


BAD = [
    annotation(1),
    annotation('b', segmentation=[[1, 1, 2]]),
    annotation(3, segmentation=None),
    annotation(4, image_id=9),
    annotation(5, category_id=7),
    annotation(6, segmentation=[[20, 20, 30, 20, 30, 30]]),
    annotation(7, bbox=[1, 2]),
    7,
]


def test_faults_are_listed() -> None:
    table = read_table(content(BAD), TableRules(collect=True))
    found = [(f.kind, str(f)) for f in table.faults if not f.kind.startswith('corrected')]
    assert found == [
        ('unreadable', 'image 3.png (3), annotation b: an outline of 3 numbers, an odd count'),
        ('no-segmentation', 'image 3.png (3), annotation 3: it has no mask: segmentation is None'),
        ('masks-without-image', 'annotation 4: image_id 9: there is no such image (ids: 3, 4)'),
        ('unreadable', 'entry 7: is 7, not an object'),
        ('degenerate-outline', 'image 3.png (3), annotation 6: no pixel of the image inside'),
        (
            'unknown-category',
            'image 3.png (3), annotation 5: category_id 7 is none of its categories (1 nucleus)',
        ),
    ]
    assert table.category_rows.tolist() == [0, -1, 0]
    assert table.total == len(BAD)
    corrected = [str(f) for f in table.faults if f.kind == 'corrected-box' and '7:' in str(f)]
    assert corrected == ['image 3.png (3), annotation 7: bbox is [1, 2], not [x, y, width, height]']


def test_the_first_fault_is_an_error() -> None:
    with pytest.raises(
        UserError, match=r'^t\.json: image 3\.png \(3\), annotation b: an outline of'
    ):
        read_table(content(BAD), name='t.json')


def test_what_harms_nobody_is_left_out() -> None:
    table = read_table(
        content([BAD[0], BAD[3], BAD[5], annotation(8, segmentation={'counts': [64]})])
    )
    assert (len(table), table.total) == (1, 4)
    assert table.dropped == {'masks-without-image': 1, 'degenerate-outline': 1, 'empty-mask': 1}
    kept = read_table(content([BAD[5]]), TableRules(keep_empty=True))
    assert (len(kept), kept.areas.tolist()) == (1, [0])


def test_lists_that_are_not_there_are_told_from_empty_ones() -> None:
    assert read_table({'images': []}).lists == {'images'}
    assert read_table({'images': [], 'annotations': []}).lists == {'images', 'annotations'}
    assert read_table([]).lists == {'annotations'}


def test_what_the_file_says_is_kept_and_the_rest_computed() -> None:
    given = dict(bbox=[0, 0, 7.5, 7], area=9.5, iscrowd='1', ignore=1, score=0.25)
    table = read_table(content([annotation(1, **given), annotation(2)]))
    assert table.boxes_xywh.tolist() == [[0, 0, 7.5, 7], [1, 1, 4, 4]]
    assert (table.areas.tolist(), table.mask_areas().tolist()) == ([9.5, 16], [16, 16])
    assert (table.crowds.tolist(), table.ignored.tolist()) == ([True, False], [True, False])
    assert table.scores.tolist() == [0.25, 1]
    assert table.rles[1] == segmentation_to_rle(SQUARE, 8, 8)
    assert table.image_ids.tolist() == [3, 3]
    assert table.place(1) == 'the COCO json: image 3.png (3), annotation 2'


def test_images_of_several_sizes_and_batches(monkeypatch) -> None:
    monkeypatch.setattr(module, '_BATCH', 3)
    sizes = [(8, 8), (9, 7), (6, 20)]
    images = [dict(id=i, file_name=f'{i}.png', height=h, width=w) for i, (h, w) in enumerate(sizes)]
    masks = [SQUARE, segmentation_to_rle(SQUARE, 9, 7), SQUARE * 2, SQUARE, [SQUARE[0], [9] * 6]]
    owners = [0, 1, 2, 1, 2]
    rows = [annotation(k, image_id=o, segmentation=masks[k]) for k, o in enumerate(owners)]
    table = read_table(content(rows, images=images))
    for row, owner in enumerate(owners):
        assert table.rles[row] == segmentation_to_rle(SQUARE, *sizes[owner])


NUCLEI = 5000


@pytest.mark.parametrize('order', ['images first', 'annotations first'])
def test_memory_is_some_hundred_bytes_a_nucleus(tmp_path: Path, order: str) -> None:
    circle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    outline = (500 + 10 * np.stack([np.cos(circle), np.sin(circle)], 1)).round(1).ravel().tolist()
    image = dict(id=3, file_name='3.png', height=1000, width=1000)
    rows = [annotation(k, segmentation=[outline], bbox=[1, 2, 3, 4]) for k in range(NUCLEI)]
    whole = content(rows, images=[image])
    if order == 'annotations first':
        whole = {key: whole[key] for key in ('annotations', 'categories', 'images')}
    path = tmp_path / 'many.json'
    path.write_text(json.dumps(whole))
    del rows, whole
    read_table(path)
    gc.collect()
    tracemalloc.start()
    table = read_table(path)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(table) == NUCLEI
    assert (kept - len(table.text)) / NUCLEI < 110


def test_masks_that_no_memory_holds_are_refused() -> None:
    side = 1_000_000
    images = [dict(id=i, file_name=f'{i}.png', height=side, width=side) for i in (3, 4)]
    everything = annotation(1, segmentation={'counts': [0, side * side]})
    with pytest.raises(UserError, match=r'3\.png \(3\), annotation 1: more than 4e\+09 pixels'):
        read_table(content([everything], images=images))
    rows = [annotation(2, image_id=4), everything]
    table = read_table(content(rows, images=images), TableRules(collect=True))
    assert table.image_rows.tolist() == [1]


NAMES = {
    'with the suffix': ('x/3.b.png', 0),
    'without folders': ('3.b.png', 0),
    'without the suffix': ('3.b', 0),
    'of Windows': ('x\\3.b.png', 0),
    'an id before a name': ('4', 1),
}


@pytest.mark.parametrize(('given', 'row'), NAMES.values(), ids=NAMES.keys())
def test_images_are_found_by_name_too(given: str, row: int) -> None:
    images = [
        dict(id=i, file_name=n, height=8, width=8) for i, n in ((3, 'x/3.b.png'), (4, '4.png'))
    ]
    table = read_table(content([annotation(1, image_id=given)], images=images))
    assert table.image_rows.tolist() == [row]


@pytest.mark.parametrize('given', ['a', 'a.png', 'z.png'])
def test_a_name_of_several_images_or_none_is_no_id(given: str) -> None:
    images = [dict(id=i, file_name=f'{i}/a.png', height=8, width=8) for i in (3, 4)]
    with pytest.raises(UserError, match='there is no such image'):
        read_table(
            content([annotation(1, image_id=given)], images=images),
            TableRules(foreign_images=False),
        )


def test_results_have_all_a_score_or_none() -> None:
    rules = TableRules(one_way_of_scores=True)
    some = [annotation(1, score=0.5), annotation(2, score=None), annotation(3)]
    with pytest.raises(UserError, match=r'annotation 2: it has no score, and others'):
        read_table(content(some), rules)
    with pytest.raises(UserError, match=r'annotation 3: it has no score, and others'):
        read_table(content(some[::-1]), rules)
    assert read_table(content(some)).scores.tolist() == [0.5, 1, 1]
    assert read_table(content(some[1:]), rules).scores.tolist() == [1, 1]
