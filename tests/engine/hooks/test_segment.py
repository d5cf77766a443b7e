"""The hook's settings become tiles and rules of merging."""

from math import inf
from typing import Any

import numpy as np
import pytest

from mmnuc.engine.hooks.segment import SegmentHook
from mmnuc.images import Picture
from mmnuc.inference.tiles import DEFAULT_RULES, segment_tiles
from mmnuc.registry import HOOKS
from mmnuc.structures import Nuclei

MERGING: dict[str, tuple[dict[str, Any], int]] = {
    'by default': ({}, 1),
    'asked for': (dict(merge=True), 1),
    'asked for by the old key': (dict(mend=True), 1),
    'not wanted': (dict(merge=False), 2),
    'not wanted by the old key': (dict(mend=False), 2),
    'the old key of a config, and the new one on the command line': (
        dict(mend=True, merge=False),
        2,
    ),
}


def dark(tiles: list[np.ndarray]) -> list[Nuclei]:
    return [Nuclei.from_label_map((tile[..., 0] < 128).astype(int)) for tile in tiles]


@pytest.mark.parametrize(('settings', 'count'), MERGING.values(), ids=MERGING)
def test_merges_what_tiles_cut(settings: dict[str, Any], count: int) -> None:
    hook = HOOKS.build(dict(type='mmnuc.SegmentHook', tile=8, **settings))
    assert isinstance(hook, SegmentHook)
    rules = hook.tiling.rules
    assert (rules == DEFAULT_RULES) == (count == 1)
    assert count == 1 or (rules.overlap, rules.contact) == (inf, inf)
    image = np.full((8, 16, 3), 255, np.uint8)
    image[2:6, 5:11] = 0
    assert len(segment_tiles(Picture(image), dark, hook.tiling)) == count


def test_an_overlap_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match='overlap of 8 pixels does not fit tiles of 8'):
        SegmentHook(tile=8, overlap=8)
