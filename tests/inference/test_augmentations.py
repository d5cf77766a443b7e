"""Every view leads back to the tile."""

import numpy as np
import pytest

from mmnuc.inference.augmentations import View, all_augmentations
from mmnuc.ops.codecs.label_map import crops_to_label_map, label_map_to_crops
from mmnuc.stitching.detections import Found


@pytest.mark.parametrize('view', all_augmentations(), ids=str)
def test_there_and_back(painting, view: View) -> None:
    truth = painting(40, 57, 20, 7)
    there = view.apply(np.repeat(truth.label_map[..., None], 3, axis=2).astype(np.uint8))[..., 0]
    crops, numbers = label_map_to_crops(there.astype(np.int64))
    found = Found(crops, np.ones(len(numbers), np.float32), numbers)
    back = crops_to_label_map(view.undo(found).crops)
    expected = truth.label_map.copy()
    np.testing.assert_array_equal(back > 0, expected > 0)
    for i, number in enumerate(numbers, start=1):
        assert set(expected[back == i].tolist()) == {number}


def test_views_differ() -> None:
    tile = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    views = all_augmentations(scales=[1, 1.5], stains=[(1, 1), (1.1, 0.9)])
    assert len(views) == len(set(views)) == 32
    seen = {view.apply(tile).tobytes() for view in all_augmentations()}
    assert len(seen) == 8
    assert views[0] == View()


def test_stain_jitter_changes_colours_only() -> None:
    tile = np.full((4, 4, 3), (140, 80, 160), np.uint8)
    stronger = View(stain=(1.2, 1.0)).apply(tile)
    assert stronger.shape == tile.shape
    assert (stronger < tile).any()


@pytest.mark.parametrize('settings', [dict(scales=[]), dict(scales=[0]), dict(stains=[(1, -1)])])
def test_views_that_make_no_sense(settings) -> None:
    with pytest.raises(ValueError, match='positive scales and stains'):
        all_augmentations(**settings)
