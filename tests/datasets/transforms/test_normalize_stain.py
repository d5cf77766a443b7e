"""Normalisation in a pipeline: colours either way round, a target from a file, nothing else."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmnuc.datasets.transforms import MacenkoNormalize, ReinhardNormalize
from mmnuc.errors import UserError
from mmnuc.ops.stain.macenko import find_stains, normalize_macenko
from mmnuc.ops.stain.reinhard import lab_statistics, normalize_reinhard
from mmnuc.registry import TRANSFORMS
from mmnuc.structures import CropMasks

STEPS = [(MacenkoNormalize, normalize_macenko), (ReinhardNormalize, normalize_reinhard)]
NAMES = ['macenko', 'reinhard']


def tissue(seed: int = 0) -> np.ndarray:
    """RGB pixels of hematoxylin and eosin in all mixtures."""
    amounts = np.random.default_rng(seed).random((40, 50, 2)) * [1.5, 1.2]
    density = amounts @ np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]])
    return np.rint(240 * np.exp(-density)).astype(np.uint8)


@pytest.mark.parametrize(('step', 'plain'), STEPS, ids=NAMES)
@pytest.mark.parametrize('order', ['bgr', 'rgb'])
def test_the_image_alone_changes(step: type, plain: object, order: str) -> None:
    rgb = tissue()
    masks = CropMasks.from_bitmaps(np.ones((2, 40, 50), np.uint8))
    boxes, labels = masks.get_bboxes('hbox'), np.array([0, 0])
    img = rgb if order == 'rgb' else np.ascontiguousarray(rgb[..., ::-1])
    before = img.copy()
    results = {'img': img, 'img_shape': (40, 50), 'gt_masks': masks, 'gt_bboxes': boxes}
    results['gt_bboxes_labels'] = labels
    out = step(channel_order=order)(dict(results))
    assert out['img'].flags.c_contiguous
    assert np.array_equal(out['img'] if order == 'rgb' else out['img'][..., ::-1], plain(rgb))
    assert np.array_equal(img, before)
    assert {key for key in out if out[key] is not results.get(key)} == {'img'}


@pytest.mark.parametrize(('step', 'plain'), STEPS, ids=NAMES)
def test_target_from_a_file(step: type, plain: object, tmp_path: Path) -> None:
    path = str(tmp_path / 'target.png')
    target, rgb = tissue(1)[:20], tissue(2) // 2 + 60
    cv2.imwrite(path, target[..., ::-1])
    own = find_stains if plain is normalize_macenko else lab_statistics
    out = TRANSFORMS.build(dict(type=f'mmnuc.{step.__name__}', target=path, channel_order='rgb'))
    assert np.array_equal(out({'img': rgb})['img'], plain(rgb, own(target)))


@pytest.mark.parametrize('step', [MacenkoNormalize, ReinhardNormalize], ids=NAMES)
def test_a_target_without_stains_is_refused(step: type, tmp_path: Path) -> None:
    path = str(tmp_path / 'white.png')
    cv2.imwrite(path, np.full((9, 9, 3), 255, np.uint8))
    with pytest.raises(UserError, match=r'white\.png (shows no two stains|has no spread)'):
        step(target=path)
    with pytest.raises(UserError, match=r'cannot read image .*none\.png'):
        step(target=str(tmp_path / 'none.png'))


@pytest.mark.parametrize('step', [MacenkoNormalize, ReinhardNormalize], ids=NAMES)
def test_a_blank_image_stays(step: type) -> None:
    img = np.full((9, 9, 3), 250, np.uint8)
    assert np.array_equal(step()({'img': img.copy()})['img'], img)


@pytest.mark.parametrize('step', [MacenkoNormalize, ReinhardNormalize], ids=NAMES)
def test_other_orders_are_refused(step: type) -> None:
    with pytest.raises(ValueError, match="must be 'bgr' or 'rgb', not 'hsv'"):
        step(channel_order='hsv')
