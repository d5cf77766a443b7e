"""Masks in one run of bytes read like a list of dicts."""

import numpy as np
import pytest

from mmnuc.coco.columns import GivenIds, RleColumn, joined_rles

RLES = [
    {'size': [2, 3], 'counts': '312'},
    {'size': [1, 2], 'counts': '02'},
    {'size': [2, 3], 'counts': '6'},
]


def test_reads_like_a_list() -> None:
    column = RleColumn.of(RLES)
    assert list(column) == RLES
    assert column == RLES
    assert column != RLES[:2]
    assert (column[-1], list(column[1:]), len(column)) == (RLES[2], RLES[1:], 3)
    assert list(column.take(np.array([2, 0]))) == [RLES[2], RLES[0]]
    assert RleColumn.of(column) is column
    with pytest.raises(IndexError):
        column[3]


def test_joined() -> None:
    column = RleColumn.of(RLES)
    assert list(joined_rles([column[1:], RLES[:1], []])) == [*RLES[1:], RLES[0]]
    assert len(joined_rles([])) == 0


def test_measured() -> None:
    boxes, areas = RleColumn.of(RLES).measure()
    assert (boxes.tolist(), areas.tolist()) == (
        [[1, 1, 1, 1], [0, 0, 2, 1], [0, 0, 0, 0]],
        [1, 2, 0],
    )
    with pytest.raises(
        ValueError, match='run lengths 1 do not fill the image: run lengths that end'
    ):
        RleColumn.of([RLES[0], {'size': [9, 9], 'counts': '6'}]).measure()


def test_ids_as_they_were_given() -> None:
    ids = GivenIds()
    ids.extend([5, 7.0], [0, 1])
    assert ids.numbers().tolist() == [5, 7]
    ids.extend(['a', 2**70, None, '8'], [2, 3, 4, 5])
    assert [ids.label(row) for row in range(len(ids))] == [
        'annotation 5',
        'annotation 7',
        'annotation a',
        f'annotation {2**70}',
        'entry 4',
        'annotation 8',
    ]
    assert len(ids.numbers()) == 0
