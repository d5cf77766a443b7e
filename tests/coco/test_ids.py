"""Ids in whatever form a tool writes them."""

from typing import Any

import pytest

from mmnuc.coco.faults import EntryError
from mmnuc.coco.ids import IdList, id_text, whole_number


@pytest.mark.parametrize('value', [None, True, [], {}, 1.5, float('nan'), float('inf'), '', '  '])
def test_no_ids(value: Any) -> None:
    with pytest.raises(EntryError, match=r'id is .*, no number and no text'):
        id_text(value, 'id')


@pytest.mark.parametrize(
    ('text', 'number'),
    [('7', 7), ('-7', -7), ('007', 7), ('', None), ('-', None), ('1e3', None), ('٣', None),
     (str(2**63 - 1), 2**63 - 1), (str(2**63), None), ('9' * 9999, None)],
)  # fmt: skip
def test_whole_numbers(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_ids_that_say_the_same_number() -> None:
    ids = IdList('image')
    ids.add('007')
    assert [ids.find(value) for value in ('007', 7, '7', 7.0)] == [0] * 4
    ids.add('07')
    # Two may be meant, so none is.
    assert [ids.find(value) for value in ('007', '07', 7)] == [0, 1, -1]
    assert ids.numbers() == [1, 2]
    with pytest.raises(EntryError, match="the image id '07' is used twice"):
        ids.add('07')


def test_own_numbers_are_kept() -> None:
    ids = IdList('image')
    for value in (12, '3', -4.0):
        ids.add(value)
    assert ids.numbers() == [12, 3, -4]
