"""What a file holds is said in a few lines."""

import numpy as np
import pytest

from mmnuc.coco.contents import Contents, contents_of
from mmnuc.coco.read_table import read_table


def square(side: int, x: int = 5) -> list[list[int]]:
    return [[x, 5, x + side, 5, x + side, 5 + side, x, 5 + side]]


def contents(**image: object) -> Contents:
    """Nuclei of 1 to 12 pixels' side on the first of three images, and what is left out."""
    images = [
        dict(id=i, file_name=f'{i}.png', height=40, width=40) | (image if i == 1 else {})
        for i in (1, 2, 3)
    ]
    rows = [(n % 2 + 1, square(n), 0) for n in range(1, 13)]
    rows += [(2, square(9), 1), (2, [[90, 90, 99, 90, 99, 99]], 0)]
    annotations = [
        dict(id=k, image_id=2 if crowd else 1, category_id=c, segmentation=s, iscrowd=crowd)
        for k, (c, s, crowd) in enumerate(rows, 1)
    ]
    categories = [dict(id=1, name='tumour'), dict(id=2, name='stroma')]
    table = read_table(
        dict(images=images, annotations=annotations, categories=categories), name='t.json'
    )
    kept = np.ones(len(table), bool)
    kept[0] = False
    names = ['tumour', 'stroma']
    return contents_of(table, names, table.category_rows, kept, {'too thin': 1}, ['a note'])


def test_the_lines() -> None:
    head, *rest = contents().lines()
    assert head == 't.json: 11 nuclei on 3 images, 2 of them without one'
    assert rest[:4] == [
        '  by class: tumour 6, stroma 5',
        '  left out: 1 that is a crowd, 1 too thin, 1 with no pixel of the image inside',
        '  a note',
        '  diameter: median 7.9 px (5 to 95 %: 2.8 to 13.0), pixel size unknown',
    ]
    assert rest[4].startswith(
        '  smallest: 2.3 px (1.png, annotation 2); 3.4 px (1.png, annotation 3);'
    )
    assert rest[4].count(';') == rest[5].count(';') == 4
    assert rest[5].startswith('  largest: 13.5 px (1.png, annotation 12);')


@pytest.mark.parametrize(
    ('image', 'given', 'said'),
    [
        ({}, 0.5, '3.9 µm (1.4 to 6.5)'),
        ({'pixel_size': 0.5}, None, '3.9 µm (1.4 to 6.5)'),
        ({'pixel_size_um': [0.25, 1.0]}, 9.0, '3.9 µm (1.4 to 6.5)'),
        ({'pixel_size': 'small'}, None, 'pixel size unknown'),
    ],
)
def test_micrometres(image: dict, given: float | None, said: str) -> None:
    assert any(line.endswith(said) for line in contents(**image).lines(given))


def test_boxes_that_are_not_around_their_masks_are_said() -> None:
    image = dict(id=1, file_name='1.png', height=40, width=40)
    rows = [
        dict(id=k, image_id=1, category_id=1, segmentation=square(9), bbox=box)
        for k, box in enumerate([[5, 5, 14, 14], [4, 4, 10.5, 10], None])
    ]
    table = read_table(
        dict(images=[image], annotations=rows, categories=[dict(id=1, name='nucleus')])
    )
    assert table.strayed_boxes().tolist() == [True, False, False]
    kept = np.ones(3, bool)
    notes = contents_of(table, ['nucleus'], table.category_rows, kept, {}).notes
    assert notes[0].startswith('1 box is not around the mask')


def test_nothing_to_learn_from() -> None:
    assert contents().emptiness() == ''
    empty = Contents('t.json', 2, 2, {'nucleus': 0}, 0, {})
    assert empty.emptiness() == 't.json: nothing to learn from: it has no annotations'
    crowds = Contents('t.json', 2, 2, {'nucleus': 0}, 7, {'too thin': 1})
    assert 'its annotations are 7 crowds (iscrowd 1), 1 too thin; CVAT' in crowds.emptiness()
