"""Classes are matched by name, and what is not clear is said."""

import pytest

from mmnuc.coco.categories import CategoryList, ClassMatch, match_classes
from mmnuc.coco.faults import EntryError
from mmnuc.errors import UserError


def categories(*names: str) -> CategoryList:
    found = CategoryList()
    for number, name in enumerate(names, 1):
        found.add(dict(id=number, name=name))
    return found


def match(classes: list[str], *names: str) -> ClassMatch:
    return match_classes(classes, categories(*names).categories, 'a.json')


@pytest.mark.parametrize(
    ('classes', 'names', 'labels'),
    [
        (['a', 'b'], ['a', 'b'], (0, 1)),
        (['a', 'b'], ['b', 'a'], (1, 0)),
        (['b'], ['a', 'b', 'c'], (-1, 0, -1)),
        (['a', 'b', 'c'], ['c', 'a'], (2, 0)),
        (['a', 'b'], ['b', 'a', 'b'], (1, 0)),
        (['a'], ['A '], (0,)),
        (['a', 'A'], ['A', 'a'], (1, 0)),
        (['a'], [], ()),
    ],
)
def test_labels(classes: list[str], names: list[str], labels: tuple[int, ...]) -> None:
    assert match(classes, *names).labels == labels


def test_what_is_worth_saying_is_said() -> None:
    assert match(['a', 'b'], 'a', 'b').notes == ()
    assert match(['a', 'b'], 'b', 'a').notes == (
        'it lists its classes as b, a; labels follow a, b',
    )
    assert match(['a'], 'A ').notes == ("its 'A ' is taken for the class a",)
    assert match(['a'], 'a', 'a').notes == ('its categories 1 and 2 are both called a: one class',)
    assert match(['a', 'b'], 'b').missing == ('a',)


def test_one_class_is_not_two_categories() -> None:
    with pytest.raises(UserError, match=r"a\.json: the class a may be 'A' and ' a'"):
        match(['a'], 'A', ' a')


def test_ids_are_kept_or_all_numbered_anew() -> None:
    found = CategoryList()
    for given, name in ((7, 'a'), ('8', 'b'), (9, 'a')):
        found.add(dict(id=given, name=name))
    assert [(c.id, c.name, c.given) for c in found.categories] == [
        (7, 'a', ('7', '9')),
        (8, 'b', ('8',)),
    ]
    found.add(dict(id='x', name='c'))
    assert [category.id for category in found.categories] == [1, 2, 3]
    assert [found.row(key) for key in (7, 9.0, '8', 'x', 'b', 'c')] == [0, 0, 1, 2, 1, 2]


def test_an_id_of_two_names_is_an_error() -> None:
    found = categories('a')
    with pytest.raises(EntryError, match="the category id '1' is used twice"):
        found.add(dict(id='1', name='b'))


TWICE = {
    'of one spelling': ('a', 'a'),
    'of two, which look alike': ('Zellk\u00f6rper', 'Zellko\u0308rper'),
}


@pytest.mark.parametrize('names', TWICE.values(), ids=TWICE.keys())
def test_one_name_is_one_class_however_unicode_writes_it(names: tuple[str, str]) -> None:
    for wanted in names:
        found = match([wanted], *names)
        assert (found.labels, found.missing) == ((0,), ())
    assert categories(*names).row(names[1]) == 0
