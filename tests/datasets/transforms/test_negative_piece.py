"""A negative piece has no instances, and shows none."""

import numpy as np
import pytest
import torch
from mmdet.structures.mask import BitmapMasks, PolygonMasks
from mmengine.dataset import Compose
from scipy import ndimage

from mmnuc.datasets.transforms.negative_piece import NegativePiece, _blur
from mmnuc.structures import CropMasks

SIDE = 256


def piece(diameter: int, count: int = 9, masks: str = 'crops') -> dict:
    """Bright discs on black, in rows, as a pipeline holds them."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    per_row = int(np.ceil(count**0.5)) or 1
    centres = (np.mgrid[:per_row, :per_row].reshape(2, -1).T[:count] + 0.5) * SIDE / per_row
    dense = np.zeros((count, SIDE, SIDE), np.uint8)
    for mask, (y, x) in zip(dense, centres, strict=True):
        mask[np.hypot(rows - y, columns - x) <= diameter / 2] = 1
    crops = CropMasks.from_bitmaps(dense)
    kinds = {
        'crops': crops,
        'full images': BitmapMasks(dense, SIDE, SIDE),
        'polygons': PolygonMasks([[np.array([0, 0, 5, 0, 5, 5.0])]] * count, SIDE, SIDE),
    }
    return {
        'img': np.repeat(dense.any(0)[..., None] * np.uint8(200), 3, axis=2),
        'img_shape': (SIDE, SIDE),
        'ori_shape': (SIDE, SIDE),
        'gt_bboxes': crops.get_bboxes('hbox'),
        'gt_bboxes_labels': np.zeros(count, np.int64),
        'gt_ignore_flags': np.zeros(count, bool),
        'gt_masks': kinds[masks],
    }


@pytest.mark.parametrize('count', [9, 0], ids=['nine nuclei', 'none'])
@pytest.mark.parametrize('masks', ['crops', 'full images', 'polygons'])
def test_no_instance_is_left_and_what_was_there_stays(masks: str, count: int) -> None:
    results = piece(20, count, masks)
    out = NegativePiece(prob=1)(dict(results))
    assert out.keys() == results.keys()
    for key in ('gt_bboxes', 'gt_bboxes_labels', 'gt_ignore_flags', 'gt_masks'):
        assert type(out[key]) is type(results[key])
        assert len(out[key]) == 0
        assert len(results[key]) == count
    assert (out['gt_masks'].height, out['gt_masks'].width) == (SIDE, SIDE)
    assert out['gt_bboxes_labels'].dtype == np.int64


@pytest.mark.parametrize('diameter', [8, 20, 45, 80])
def test_nuclei_of_any_size_go_under(diameter: int) -> None:
    results = piece(diameter)
    for seed in range(5):
        np.random.seed(seed)  # noqa: NPY002 - the source of mmdet's transforms
        img = NegativePiece(prob=1, noise=(0, 0))(dict(results))['img']
        # Of a contrast of 200; nine discs lie so far apart that none fills another's gap.
        assert np.ptp(img) < 0.3 * 200


def test_sigma_is_the_median_diameter_at_least() -> None:
    results = piece(50)
    grown = NegativePiece(prob=1, sigma=(3, 3), noise=(0, 0))(dict(results))['img']
    sigma = float(torch.median(results['gt_bboxes'].widths))
    assert np.array_equal(grown, _blur(results['img'], sigma))
    strong = NegativePiece(prob=1, sigma=(90, 90), noise=(0, 0))(dict(results))['img']
    assert np.array_equal(strong, _blur(results['img'], 90))


@pytest.mark.parametrize('sigma', [8, 20, 50])
def test_blur_is_nearly_a_gaussian(sigma: float) -> None:
    img = piece(30)['img']
    expected = ndimage.gaussian_filter(img.astype(float), (sigma, sigma, 0), mode='mirror')
    # Of a contrast of 200: the window is a whole, odd number of pixels.
    assert np.abs(_blur(img, sigma) - expected).max() < 10


def test_a_piece_has_grain() -> None:
    results = piece(20)
    smooth, grainy = (
        NegativePiece(prob=1, sigma=(20, 20), noise=(s, s))(dict(results))['img'].astype(float)
        for s in (0, 3)
    )
    assert (grainy - smooth)[smooth > 15].std() == pytest.approx(3, abs=0.3)


def test_an_image_without_annotations() -> None:
    out = NegativePiece(prob=1)({'img': piece(20)['img']})
    assert out.keys() == {'img'}


def test_boxes_as_arrays_and_absent_keys() -> None:
    results = piece(20)
    results['gt_bboxes'] = results['gt_bboxes'].tensor.numpy()
    results['gt_masks'] = None
    out = NegativePiece(prob=1)(results)
    assert len(out['gt_bboxes']) == 0
    assert out['gt_masks'] is None


def test_passes_the_filter_and_is_packed() -> None:
    steps = [
        dict(type='mmnuc.NegativePiece', prob=1),
        dict(type='mmdet.FilterAnnotations', min_gt_bbox_wh=(2, 2), keep_empty=False),
        dict(type='mmnuc.RandomRotate90', prob=1),
        dict(type='mmdet.RandomFlip', prob=1.0),
        dict(type='mmdet.PackDetInputs', meta_keys=()),
    ]
    packed = Compose(steps)(piece(20))
    assert packed['inputs'].shape == (3, SIDE, SIDE)
    instances = packed['data_samples'].gt_instances
    assert len(instances) == 0
    assert instances.bboxes.shape == (0, 4)
    assert isinstance(instances.masks, CropMasks)
