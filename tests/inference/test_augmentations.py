"""Every augmentation leads back to the tile."""

import numpy as np
import pytest

from mmnuc.inference.augmentations import Augmentation, all_augmentations
from mmnuc.ops.codecs.label_map import crops_to_label_map
from mmnuc.structures import Nuclei


@pytest.mark.parametrize('augmentation', all_augmentations(), ids=str)
def test_there_and_back(painting, augmentation: Augmentation) -> None:
    truth = painting(40, 57, 20, 7)
    there = augmentation.apply(np.repeat(truth.label_map[..., None], 3, axis=2).astype(np.uint8))[
        ..., 0
    ]
    numbers = np.unique(there)[1:]
    found = Nuclei.from_label_map(there.astype(np.int64))
    back = crops_to_label_map(augmentation.undo(found).crops)
    expected = truth.label_map.copy()
    np.testing.assert_array_equal(back > 0, expected > 0)
    for i, number in enumerate(numbers, start=1):
        assert set(expected[back == i].tolist()) == {number}


def test_augmentations_differ() -> None:
    tile = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    augmentations = all_augmentations(scales=[1, 1.5], stains=[(1, 1), (1.1, 0.9)])
    assert len(augmentations) == len(set(augmentations)) == 32
    seen = {view.apply(tile).tobytes() for view in all_augmentations()}
    assert len(seen) == 8
    assert augmentations[0] == Augmentation()


def test_stain_jitter_changes_colours_only() -> None:
    tile = np.full((4, 4, 3), (140, 80, 160), np.uint8)
    stronger = Augmentation(stain=(1.2, 1.0)).apply(tile)
    assert stronger.shape == tile.shape
    assert (stronger < tile).any()


@pytest.mark.parametrize('settings', [dict(scales=[]), dict(scales=[0]), dict(stains=[(1, -1)])])
def test_augmentations_that_make_no_sense(settings) -> None:
    with pytest.raises(ValueError, match='positive scales and stains'):
        all_augmentations(**settings)
