"""mmdet's transforms on crops and on full images, with the same random numbers."""

import copy
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from mmdet.datasets import transforms as mmdet_transforms
from mmdet.registry import TRANSFORMS
from mmdet.structures.mask import BitmapMasks

from mmnuc.structures import CropMasks


def scene(seed: int, n: int = 9, height: int = 60, width: int = 80) -> dict:
    """Return an image with up to ``n`` discs, some cut by its border, as a pipeline holds it."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    x, y, r = (rng.uniform(*ends, (n, 1, 1)) for ends in ((0, width), (0, height), (3, 14)))
    dense = ((columns - x) ** 2 + (rows - y) ** 2 < r**2).astype(np.uint8)
    masks = BitmapMasks(dense[dense.any((1, 2))], height, width)
    return {
        'img': rng.integers(0, 255, (height, width, 3)).astype(np.uint8),
        'img_shape': (height, width),
        'ori_shape': (height, width),
        'gt_bboxes': masks.get_bboxes('hbox'),
        'gt_bboxes_labels': rng.integers(0, 3, len(masks)),
        'gt_ignore_flags': rng.random(len(masks)) < 0.2,
        'gt_masks': masks,
    }


def dense(results: dict) -> dict:
    return copy.deepcopy(results)


def cropped(results: dict) -> dict:
    return {**copy.deepcopy(results), 'gt_masks': CropMasks.from_bitmaps(results['gt_masks'].masks)}


TRANSFORM = {
    'Resize, keeping proportions': dict(type='Resize', scale=(100, 90), keep_ratio=True),
    'Resize': dict(type='Resize', scale=(33, 71), keep_ratio=False),
    'FixShapeResize': dict(type='FixShapeResize', width=50, height=60, keep_ratio=True),
    'RandomFlip': dict(
        type='RandomFlip', prob=[0.3] * 3, direction=['horizontal', 'vertical', 'diagonal']
    ),
    'RandomCrop': dict(type='RandomCrop', crop_size=(30, 40)),
    'RandomCrop with new boxes': dict(
        type='RandomCrop', crop_size=(0.5, 0.5), crop_type='relative_range', recompute_bbox=True
    ),
    'Pad': dict(type='Pad', size_divisor=32),
    'Pad with a value': dict(type='Pad', size=(90, 90), pad_val=dict(img=0, masks=3)),
    'Expand': dict(type='Expand', prob=1.0),
    'MinIoURandomCrop': dict(type='MinIoURandomCrop'),
    'Rotate': dict(type='Rotate', prob=1.0),
    'Rotate with a border': dict(type='Rotate', prob=1.0, mask_border_value=1),
    'ShearX': dict(type='ShearX', prob=1.0),
    'ShearY with a border': dict(type='ShearY', prob=1.0, mask_border_value=1),
    'TranslateX': dict(type='TranslateX', prob=1.0),
    'TranslateY': dict(type='TranslateY', prob=1.0),
    'RandomErasing': dict(type='RandomErasing', n_patches=3, ratio=0.3),
    'FilterAnnotations': dict(
        type='FilterAnnotations', min_gt_bbox_wh=(4, 4), min_gt_mask_area=60, by_mask=True
    ),
}
MIXING = {
    'CopyPaste': (dict(type='CopyPaste', max_num_pasted=6), 1),
    'Mosaic': (dict(type='Mosaic', img_scale=(80, 80), prob=1.0), 3),
    'MixUp': (dict(type='MixUp', img_scale=(80, 80)), 1),
}
CACHING = {
    'CachedMosaic': dict(type='CachedMosaic', img_scale=(80, 80), prob=1.0, random_pop=False),
    'CachedMixUp': dict(type='CachedMixUp', img_scale=(80, 80), prob=1.0, random_pop=False),
}


def seeded(transform: Callable, results: dict, seed: int) -> dict | None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - mmdet's transforms draw from it
    torch.manual_seed(seed)
    return transform(results)


def assert_same(crops: dict | None, full: dict | None) -> None:
    """Compare everything that a transform may have changed."""
    if full is None:
        assert crops is None
        return
    assert crops['gt_masks'].height == full['gt_masks'].height
    assert crops['gt_masks'].width == full['gt_masks'].width
    np.testing.assert_array_equal(crops['gt_masks'].to_ndarray(), full['gt_masks'].to_ndarray())
    assert torch.equal(crops['gt_bboxes'].tensor, full['gt_bboxes'].tensor)
    for key in ('img', 'gt_bboxes_labels', 'gt_ignore_flags'):
        np.testing.assert_array_equal(crops[key], full[key])
    assert crops['img_shape'] == full['img_shape']


@pytest.mark.parametrize('n', [9, 0])
@pytest.mark.parametrize('name', TRANSFORM)
def test_one_image(name: str, n: int) -> None:
    for seed in range(8):
        results = scene(seed, n)
        out = [
            seeded(TRANSFORMS.build(TRANSFORM[name]), road(results), seed)
            for road in (cropped, dense)
        ]
        assert_same(*out)
        if out[0] is not None:
            assert isinstance(out[0]['gt_masks'], CropMasks)


@pytest.mark.parametrize('name', MIXING)
def test_several_images(name: str) -> None:
    config, others = MIXING[name]
    for seed in range(8):
        out = []
        for road in (cropped, dense):
            results = road(scene(seed))
            results['mix_results'] = [road(scene(50 + seed + i, 7)) for i in range(others)]
            out.append(seeded(TRANSFORMS.build(config), results, seed))
        assert_same(*out)


@pytest.mark.parametrize('name', CACHING)
def test_images_kept_from_before(name: str) -> None:
    roads = {road: TRANSFORMS.build(CACHING[name]) for road in (cropped, dense)}
    for seed in range(9):
        results = scene(seed, 5)
        assert_same(*(seeded(roads[road], road(results), seed) for road in roads))


def test_packing() -> None:
    pack = mmdet_transforms.PackDetInputs(meta_keys=())
    crops, full = (pack(road(scene(0)))['data_samples'] for road in (cropped, dense))
    for name in ('gt_instances', 'ignored_instances'):
        got, wanted = crops.get(name), full.get(name)
        assert len(got) == len(wanted) > 0
        assert isinstance(got.masks, CropMasks)
        np.testing.assert_array_equal(got.masks.to_ndarray(), wanted.masks.to_ndarray())


def test_a_whole_pipeline() -> None:
    names = ['Resize', 'RandomFlip', 'RandomCrop', 'Rotate', 'Pad', 'FilterAnnotations']
    steps = [TRANSFORMS.build(TRANSFORM[name]) for name in names]
    for seed in range(5):
        roads = [cropped(scene(seed, 40)), dense(scene(seed, 40))]
        for step in steps:
            roads = [None if road is None else seeded(step, road, seed) for road in roads]
        assert_same(*roads)


def test_random_affine_takes_no_masks_on_either_road() -> None:
    for road in (cropped, dense):
        with pytest.raises(NotImplementedError, match='only supports bbox'):
            seeded(TRANSFORMS.build(dict(type='RandomAffine')), road(scene(0)), 0)
