"""Splits: nothing leaks, and every machine makes the same one."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.converters.split import (
    check_pattern,
    choose_folds,
    choose_validation,
    group_of,
    merge_groups,
)
from mmnuc.errors import UserError

NAMES = [
    ('TCGA-18-5592-01Z-00-DX1', 'tcga-patient', 'TCGA-18-5592'),
    ('TCGA-G2-A2EK-01A-02-TSB', 'tcga-patient', 'TCGA-G2-A2EK'),
    ('set/TCGA-G2-A2EK-01A', 'tcga-patient', 'TCGA-G2-A2EK'),
    ('no-barcode-here', 'tcga-patient', 'no-barcode-here'),
    ('any name', 'image', 'any name'),
    ('p7_s1_t3', r'^(p\d+)_', 'p7'),
    ('p7_s1_t3', r'^p\d+_s\d+', 'p7_s1'),
]


@pytest.mark.parametrize(('name', 'pattern', 'group'), NAMES)
def test_groups_are_told_by_names(name: str, pattern: str, group: str) -> None:
    assert group_of(name, pattern) == group


def test_a_pattern_that_matches_nothing_or_is_none_is_refused() -> None:
    check_pattern(r'^p\d', ['p1', 'p2'])
    with pytest.raises(UserError, match='does not match 1 of 2 image names, such as q2'):
        check_pattern(r'^p\d', ['p1', 'q2'])
    with pytest.raises(UserError, match='nor a regular expression'):
        check_pattern('(', ['p1'])


sizes = st.lists(st.integers(1, 6), min_size=1, max_size=12)


@given(sizes, st.floats(0.01, 0.99), st.integers(0, 5))
def test_a_split_keeps_to_its_share(sizes: list[int], share: float, seed: int) -> None:
    groups = [f'g{i}' for i, size in enumerate(sizes) for _ in range(size)]
    chosen = choose_validation(groups, share, seed)
    taken = sum(group in chosen for group in groups)
    assert taken < len(groups)
    if len(sizes) > 1:
        assert chosen
        assert taken <= share * len(groups) + 1e-6 or taken == min(sizes)


def test_the_share_may_be_a_number_of_images() -> None:
    groups = [f'g{i}' for i in range(24)]
    assert len(choose_validation(groups, 4)) == 4
    assert len(choose_validation(groups, 0.2)) == 4
    assert len(choose_validation(groups, 0.5)) == 12
    assert choose_validation(groups, 0) == set()


def test_the_choice_depends_on_seed_and_names_alone() -> None:
    groups = [f'g{i}' for i in range(10)]
    # Written down from one machine: any other has to choose the same.
    assert sorted(choose_validation(groups, 0.3, seed=0)) == ['g0', 'g1', 'g8']
    assert choose_validation(groups[::-1], 0.3, 0) == choose_validation(groups, 0.3, 0)
    assert len({tuple(sorted(choose_validation(groups, 0.3, seed))) for seed in range(8)}) > 4


def test_equal_images_join_their_groups() -> None:
    assert merge_groups(['d', 'c', 'b', 'a', 'e'], [1, 2, 2, 1, 3]) == ['a', 'b', 'b', 'a', 'e']
    # A chain: c = b by one image, b = a by another.
    assert merge_groups(['c', 'b', 'b', 'a'], [1, 1, 2, 2]) == ['a'] * 4


def test_one_group_is_all_training() -> None:
    assert choose_validation(['a', 'a'], 0.5) == set()


@given(
    st.lists(st.tuples(st.sampled_from('abcdefghij'), st.sampled_from('xy')), min_size=1),
    st.integers(2, 6),
    st.integers(0, 3),
)
def test_folds_are_of_whole_groups_and_even(
    images: list[tuple[str, str]], count: int, seed: int
) -> None:
    groups, kinds = [group for group, _ in images], [kind for _, kind in images]
    if len(set(groups)) < count:
        with pytest.raises(UserError, match=f'^--folds {count} asks for more folds than'):
            choose_folds(groups, kinds, count, seed)
        return
    folds = choose_folds(groups, kinds, count, seed)
    assert set(folds) == set(groups)
    assert set(folds.values()) == set(range(count))
    # The order of the images is no matter, but for what a mixed group is taken for.
    if len({kinds[groups.index(group)] for group in groups}) == 1:
        same = choose_folds(groups[::-1], [kinds[0]] * len(groups), count, seed)
        assert same == choose_folds(groups, [kinds[0]] * len(groups), count, seed)


def test_each_kind_is_dealt_out() -> None:
    groups = [str(number) for number in range(40)]
    kinds = ['rare' if number < 8 else 'common' for number in range(40)]
    folds = choose_folds(groups, kinds, 4)
    counts = Counter((folds[group], kind) for group, kind in zip(groups, kinds, strict=True))
    assert {counts[fold, 'rare'] for fold in range(4)} == {2}
    assert {counts[fold, 'common'] for fold in range(4)} == {8}
    assert folds != choose_folds(groups, kinds, 4, seed=1)
