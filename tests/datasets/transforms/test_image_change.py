"""What all steps that change the picture alone promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.transforms.utils import cache_random_params
from mmengine.dataset import Compose

from mmnuc.datasets import transforms
from mmnuc.datasets.transforms.image_change import ImageChange
from mmnuc.registry import TRANSFORMS
from mmnuc.structures import CropMasks

NAMES = ('RandomBlur', 'RandomGamma', 'RandomInvert', 'RandomJPEG', 'RandomNoise', 'RandomTint')
GREY = np.repeat(np.random.default_rng(0).integers(0, 256, (20, 30, 1), np.uint8), 3, axis=2)


def step(name: str, **arguments: object) -> ImageChange:
    """The step of this name."""
    return getattr(transforms, name)(**arguments)


def changed(change: ImageChange, img: np.ndarray = GREY, seed: int = 0) -> np.ndarray:
    """The image after a change with this state of numpy's random numbers."""
    np.random.seed(seed)  # noqa: NPY002 - the source of mmdet's transforms
    return change({'img': img})['img']


@pytest.mark.parametrize('name', [*NAMES, 'NegativePiece'])
def test_is_registered_and_exported(name: str) -> None:
    assert TRANSFORMS.get(f'mmnuc.{name}') is getattr(transforms, name)
    assert name in transforms.__all__


@pytest.mark.parametrize('name', NAMES)
def test_the_image_alone_changes(name: str) -> None:
    masks = CropMasks.from_bitmaps(np.ones((1, 20, 30), np.uint8))
    results = {'img': GREY, 'gt_masks': masks, 'gt_bboxes': masks.get_bboxes('hbox')}
    before = GREY.copy()
    out = Compose([dict(type=f'mmnuc.{name}', prob=1)])(dict(results))
    assert np.array_equal(before, GREY)
    assert not np.array_equal(out['img'], GREY)
    assert {key for key in out if out[key] is not results[key]} == {'img'}


@pytest.mark.parametrize('name', [*NAMES, 'NegativePiece'])
def test_random_state_decides(name: str) -> None:
    change = step(name, prob=1)
    assert np.array_equal(changed(change), changed(change))
    if name != 'RandomInvert':
        assert not np.array_equal(changed(change), changed(change, seed=5))


@pytest.mark.parametrize('name', [*NAMES, 'NegativePiece'])
def test_probability(name: str) -> None:
    never, half = step(name, prob=0), step(name, prob=0.5)
    assert all(changed(never, seed=seed) is GREY for seed in range(5))
    np.random.seed(0)  # noqa: NPY002
    count = sum(half({'img': GREY})['img'] is not GREY for _ in range(200))
    # Five standard deviations of a fair coin.
    assert abs(count - 100) < 36


@pytest.mark.parametrize('name', [*NAMES, 'NegativePiece'])
def test_shared_random_numbers_give_one_change(name: str) -> None:
    change = step(name, prob=0.5)
    np.random.seed(2)  # noqa: NPY002
    for _ in range(8):
        with cache_random_params(change):
            first, second = (change({'img': GREY})['img'] for _ in range(2))
        assert np.array_equal(first, second)


@pytest.mark.parametrize('name', [*NAMES, 'NegativePiece'])
@settings(max_examples=20, deadline=None)
@given(
    size_hw=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 2**32 - 1),
    view=st.sampled_from(['whole', 'flipped', 'cut', 'grey']),
)
def test_any_size_and_layout(name: str, size_hw: tuple[int, int], seed: int, view: str) -> None:
    img = np.random.default_rng(seed).integers(0, 256, (*size_hw, 3), np.uint8)
    img = {
        'whole': img,
        'flipped': img[:, ::-1],
        'cut': img[size_hw[0] // 2 :, size_hw[1] // 2 :],
        'grey': np.repeat(img[..., :1], 3, axis=2),
    }[view]
    before = img.copy()
    out = changed(step(name, prob=1), img, seed)
    assert out.dtype == np.uint8
    assert out.shape == img.shape
    assert np.array_equal(img, before)
    assert np.array_equal(out, changed(step(name, prob=1), before, seed))


@pytest.mark.parametrize('name', [*NAMES, 'NegativePiece'])
@pytest.mark.parametrize(
    'img',
    [GREY[..., 0], GREY[..., :2], GREY.astype(np.float32), GREY.astype(np.uint16)],
    ids=['one channel', 'two channels', 'float', '16 bits'],
)
def test_other_images_are_refused(name: str, img: np.ndarray) -> None:
    with pytest.raises(ValueError, match=f'not {img.dtype} of shape .* load it in colour'):
        step(name, prob=1)({'img': img})


@pytest.mark.parametrize(
    ('name', 'arguments', 'said'),
    [
        ('RandomBlur', dict(prob=1.1), 'prob must be from 0 to 1, not 1.1'),
        ('RandomInvert', dict(prob=-0.1), 'prob must be from 0 to 1, not -0.1'),
        ('RandomInvert', dict(prob=float('nan')), 'prob must be from 0 to 1, not nan'),
        ('RandomBlur', dict(sigma=(-1, 2)), 'sigma must be two rising numbers, 0 or more'),
        ('RandomBlur', dict(sigma=(2, 1)), 'sigma must be two rising numbers'),
        ('RandomBlur', dict(sigma=(1, 2, 3)), 'sigma must be two rising numbers'),
        ('RandomGamma', dict(gamma=(0, 1)), r'gamma must be two rising numbers, from 0.01 to 100'),
        ('RandomJPEG', dict(quality=(0, 90)), 'quality must be two rising numbers, from 1 to 100'),
        ('RandomJPEG', dict(quality=(30, 101)), 'quality must be two rising numbers'),
        ('RandomJPEG', dict(quality=(30.5, 60)), 'quality must be whole numbers'),
        ('RandomNoise', dict(sigma=(-1, 1)), 'sigma must be two rising numbers'),
        ('RandomNoise', dict(per_channel=2), 'per_channel must be from 0 to 1, not 2'),
        ('RandomTint', dict(saturation=(0, 2)), 'saturation must be two rising numbers'),
        ('RandomTint', dict(value=(-1, 1)), 'value must be two rising numbers'),
        ('RandomTint', dict(tolerance=-1), 'tolerance must be 0 or more'),
        ('NegativePiece', dict(sigma=(20, 8)), 'sigma must be two rising numbers'),
        ('NegativePiece', dict(noise=(-1, 8)), 'noise must be two rising numbers'),
    ],
)
def test_impossible_settings_are_refused(name: str, arguments: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        step(name, **arguments)
