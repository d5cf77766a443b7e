"""Splits that do not leak: images of one patient, or equal images, stay on one side."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Sequence

from mmnuc.errors import UserError

# By what images belong together: names for patterns that are searched for in the image's name.
GROUPS = {
    # Project, tissue source site and participant: the first three fields of a TCGA barcode.
    'tcga-patient': r'(TCGA-[^-]+-[^-]+)',
    'image': r'^(.*)$',
}


def group_of(name: str, pattern: str) -> str:
    """Tell what an image belongs to by its name.

    Args:
        name: The image's name without suffix.
        pattern: A key of :data:`GROUPS`, or a regular expression; its first group counts, or the
            whole match if it has none.

    Returns:
        The group: images of one group never stand on both sides of a split. A name that the
        pattern does not match is a group of its own.

    Example:
        >>> group_of('TCGA-18-5592-01Z-00-DX1', 'tcga-patient')
        'TCGA-18-5592'
        >>> group_of('slide7_tile3', r'slide\\d+'), group_of('other', r'slide\\d+')
        ('slide7', 'other')
    """
    found = re.search(GROUPS.get(pattern, pattern), name)
    if found is None:
        return name
    return found.group(1 if found.re.groups else 0) or name


def check_pattern(pattern: str, names: Sequence[str]) -> None:
    """Refuse a pattern that is no regular expression or matches no name.

    Raises:
        UserError: With the pattern and some of the names.
    """
    try:
        expression = re.compile(GROUPS.get(pattern, pattern))
    except re.error as error:
        raise UserError(
            f'--group {pattern} is neither {" nor ".join(GROUPS)} nor a regular expression: {error}'
        ) from None
    missed = [name for name in names if not expression.search(name)]
    if missed:
        raise UserError(
            f'--group {pattern} does not match {len(missed)} of {len(names)} image names, '
            f'such as {", ".join(missed[:3])}'
        )


def merge_groups(groups: Sequence[str], twins: Sequence[Hashable]) -> list[str]:
    """Join groups that share an image.

    Args:
        groups: The group of each image.
        twins: A key for each image; images with equal keys are equal.

    Returns:
        The group of each image, the first name of those joined.

    Example:
        >>> merge_groups(['a', 'b', 'b', 'c'], [1, 1, 2, 3])
        ['a', 'a', 'a', 'c']
    """
    parent = {group: group for group in groups}

    def root(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    first: dict[Hashable, str] = {}
    for group, twin in zip(groups, twins, strict=True):
        one, other = sorted((root(first.setdefault(twin, group)), root(group)))
        parent[other] = one
    return [root(group) for group in groups]


def choose_validation(groups: Sequence[str], share: float, seed: int = 0) -> set[str]:
    """Choose the groups to validate on.

    The groups are put into an order that depends on the seed and their names alone, the same on
    every machine; then each is taken that still fits.

    Args:
        groups: The group of each image.
        share: The most images to take, as a fraction of all if below 1, otherwise as their number.
        seed: Another seed, another choice.

    Returns:
        Groups with together at most the share asked for, but at least one group if any is asked
        for and there are two or more: if none fits, the smallest.

    Example:
        >>> sorted(choose_validation(['a', 'a', 'b', 'c', 'd'], 0.4))
        ['c', 'd']
        >>> choose_validation(['a', 'a', 'b', 'c', 'd'], 0)
        set()
    """
    room = int(share * len(groups) + 1e-9) if share < 1 else int(share)
    sizes = {group: groups.count(group) for group in groups}
    order = sorted(sizes, key=lambda group: (_shuffled(group, seed), group))
    chosen: set[str] = set()
    for group in order:
        if sizes[group] <= room and len(chosen) + 1 < len(order):
            chosen.add(group)
            room -= sizes[group]
    if not chosen and share > 0 and len(order) > 1:
        chosen.add(min(order, key=lambda group: sizes[group]))
    return chosen


def choose_folds(
    groups: Sequence[str], kinds: Sequence[str], count: int, seed: int = 0
) -> dict[str, int]:
    """Deal the groups out to folds, for a cross-validation.

    The largest groups come first, in an order among equals that depends on the seed and their
    names alone; each goes where fewest images of its kind are, and of these where fewest are.

    Args:
        groups: The group of each image.
        kinds: What each image shows; a group is of the kind of its first image.
        count: How many folds.
        seed: Another seed, other folds.

    Returns:
        The fold of each group, from 0 on; none is empty.

    Raises:
        UserError: There are fewer groups than folds.

    Example:
        >>> folds = choose_folds(['a', 'a', 'b', 'c', 'd'], ['x'] * 5, 2)
        >>> sorted([folds['a'], folds['b'], folds['c'], folds['d']])
        [0, 0, 1, 1]
    """
    kind_of = dict(zip(reversed(groups), reversed(kinds), strict=True))
    if len(kind_of) < count:
        raise UserError(
            f'--folds {count} asks for more folds than there are groups of images: {len(kind_of)}'
        )
    sizes = Counter(groups)
    held, of_kind = Counter[int](), Counter[tuple[int, str]]()
    folds: dict[str, int] = {}
    for group in sorted(sizes, key=lambda group: (-sizes[group], _shuffled(group, seed), group)):
        kind = kind_of[group]
        empty = len(sizes) - len(folds) <= count - len(held)  # each of the rest needs one
        fold = min(
            range(count), key=lambda k: (empty and held[k] > 0, of_kind[k, kind], held[k], k)
        )
        folds[group] = fold
        held[fold] += sizes[group]
        of_kind[fold, kind] += sizes[group]
    return folds


def _shuffled(group: str, seed: int) -> str:
    return hashlib.sha256(f'{seed}:{group}'.encode()).hexdigest()
