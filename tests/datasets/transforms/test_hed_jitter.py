"""Jitter of stains in a pipeline: drawn from numpy's random state, on the image alone."""

import numpy as np
import pytest
from mmengine.dataset import Compose

from mmnuc.datasets.transforms import HEDJitter
from mmnuc.ops.stain.hed import rgb_to_hed
from mmnuc.structures import CropMasks

BGR = np.full((6, 7, 3), (160, 80, 140), np.uint8)


def jittered(seed: int, img: np.ndarray = BGR, **settings: object) -> np.ndarray:
    """The image after a jitter with this state of numpy's random numbers."""
    np.random.seed(seed)  # noqa: NPY002 - the source of mmdet's transforms
    return HEDJitter(**settings)({'img': img})['img']


def test_random_state_decides() -> None:
    assert np.array_equal(jittered(0), jittered(0))
    assert not np.array_equal(jittered(0), jittered(1))
    assert jittered(0).flags.c_contiguous


def test_the_image_alone_changes() -> None:
    masks = CropMasks.from_bitmaps(np.ones((1, 6, 7), np.uint8))
    results = {'img': BGR, 'gt_masks': masks, 'gt_bboxes': masks.get_bboxes('hbox')}
    before = BGR.copy()
    out = Compose([dict(type='mmnuc.HEDJitter', factor=0.3)])(dict(results))
    assert np.array_equal(before, BGR)
    assert {key for key in out if out[key] is not results[key]} == {'img'}


def test_channel_orders_agree() -> None:
    rgb = np.ascontiguousarray(BGR[..., ::-1])
    expected = jittered(3, factor=0.2)[..., ::-1]
    assert np.array_equal(jittered(3, rgb, factor=0.2, channel_order='rgb'), expected)


def test_amounts_stay_in_the_range() -> None:
    own = rgb_to_hed(BGR[..., ::-1])[0, 0]
    amounts = [
        rgb_to_hed(jittered(seed, factor=0.2, offset=0)[..., ::-1])[0, 0] for seed in range(300)
    ]
    ratios = np.array(amounts) / own
    # A grey level is about a hundredth of these amounts.
    assert ratios.min() > 0.8 - 0.06
    assert ratios.max() < 1.2 + 0.06
    assert (ratios.max(0) - ratios.min(0) > 0.35).all()


@pytest.mark.parametrize(
    ('img', 'settings'),
    [
        (BGR, dict(prob=0.0)),
        (BGR, dict(factor=0.0, offset=0.0)),
        (np.full((6, 7, 3), 250, np.uint8), dict(factor=0.2, offset=0.2)),
    ],
    ids=['probability 0', 'ranges of 0', 'blank'],
)
def test_nothing_changes(img: np.ndarray, settings: dict) -> None:
    for seed in range(5):
        assert np.array_equal(jittered(seed, img, **settings), img)


@pytest.mark.parametrize(
    'settings', [dict(factor=-0.1), dict(factor=1.5), dict(offset=-1), dict(prob=2)]
)
def test_impossible_ranges_are_refused(settings: dict) -> None:
    with pytest.raises(ValueError, match='must be from 0 to 1'):
        HEDJitter(**settings)
