"""Loading annotations, against mmdet's own transform."""

import copy

import numpy as np
import pytest
import torch
from mmdet.datasets.transforms import LoadAnnotations
from mmdet.registry import TRANSFORMS
from mmdet.structures.mask import PolygonMasks

from mmnuc.datasets.compact_annotations import CompactAnnotations
from mmnuc.datasets.transforms import LoadNucleiAnnotations
from mmnuc.structures import CropMasks

SIZE = (12, 16)
SQUARE = [2, 2, 7, 2, 7, 8, 2, 8]
MASKS = {
    'polygons': [SQUARE, [9, 1, 12, 1, 12, 5]],
    'a polygon too short': [[1, 1, 2, 2]],
    'no polygon': [],
    'a good and a bad polygon': [[1, 1, 2], SQUARE],
    'compressed': {'size': list(SIZE), 'counts': 'n0570Z4'},
    'uncompressed': {'size': list(SIZE), 'counts': [30, 5, 157]},
    'no counts': {'size': list(SIZE)},
    'counts of another type': {'size': list(SIZE), 'counts': b'P6'},
}


def sample(masks: list) -> dict:
    instances = [
        {'bbox': [i, 1.5, i + 3.25, 7], 'bbox_label': i % 3, 'ignore_flag': i % 2, 'mask': mask}
        for i, mask in enumerate(masks)
    ]
    return {'instances': instances, 'ori_shape': SIZE, 'height': SIZE[0], 'width': SIZE[1]}


def assert_same(ours: dict, theirs: dict) -> None:
    assert list(ours) == list(theirs)
    for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
        np.testing.assert_array_equal(ours[key], theirs[key])
        assert ours[key].dtype == theirs[key].dtype
    boxes, wanted = ours['gt_bboxes'], theirs['gt_bboxes']
    assert type(boxes) is type(wanted)
    assert torch.equal(torch.as_tensor(boxes.tensor), torch.as_tensor(wanted.tensor))
    assert isinstance(ours['gt_masks'], CropMasks)
    np.testing.assert_array_equal(ours['gt_masks'].to_ndarray(), theirs['gt_masks'].to_ndarray())


def load(kind: type, results: dict, **options) -> dict:
    transform = kind(with_bbox=True, with_mask=True, **options)
    return transform(copy.deepcopy(results))


@pytest.mark.parametrize('name', MASKS)
def test_one_mask(name: str) -> None:
    results = sample([MASKS[name]])
    assert_same(load(LoadNucleiAnnotations, results), load(LoadAnnotations, results))


@pytest.mark.parametrize('masks', [[], list(MASKS.values())], ids=['none', 'all'])
def test_many_masks(masks: list) -> None:
    results = sample(masks)
    assert_same(load(LoadNucleiAnnotations, results), load(LoadAnnotations, results))


def test_compact_instances_on_both_roads() -> None:
    good = [MASKS[name] for name in ('polygons', 'compressed', 'uncompressed')]
    coco = {
        'images': [{'id': 3, 'file_name': 'x.png', 'height': SIZE[0], 'width': SIZE[1]}],
        'categories': [{'id': 1, 'name': 'nucleus'}],
        'annotations': [
            {
                **{'id': i, 'image_id': 3, 'category_id': 1, 'area': 5, 'iscrowd': i % 2},
                **{'bbox': [i, 1.5, 3.25, 5.5], 'segmentation': mask},
            }
            for i, mask in enumerate(good)
        ],
    }
    compact = {**sample([]), **CompactAnnotations.from_coco(coco).info(0)}
    plain = sample(good)
    for instance in plain['instances']:
        instance['bbox_label'] = 0
    wanted = load(LoadAnnotations, plain)
    ours, theirs = load(LoadNucleiAnnotations, compact), load(LoadAnnotations, compact)
    assert_same(ours, theirs)
    for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
        np.testing.assert_array_equal(ours[key], wanted[key])
    assert torch.equal(ours['gt_bboxes'].tensor, wanted['gt_bboxes'].tensor)
    np.testing.assert_array_equal(ours['gt_masks'].to_ndarray(), wanted['gt_masks'].to_ndarray())


def test_boxes_without_a_type_and_polygons_kept() -> None:
    results = sample([MASKS['polygons']])
    ours = load(LoadNucleiAnnotations, results, box_type=None, poly2mask=False)
    theirs = load(LoadAnnotations, results, box_type=None, poly2mask=False)
    np.testing.assert_array_equal(ours['gt_bboxes'], theirs['gt_bboxes'])
    assert ours['gt_bboxes'].dtype == theirs['gt_bboxes'].dtype
    assert isinstance(ours['gt_masks'], PolygonMasks)


def test_masks_of_another_image_are_refused() -> None:
    results = {**sample([MASKS['compressed']]), 'ori_shape': (16, 12)}
    with pytest.raises(ValueError, match='run lengths 0 have size'):
        load(LoadNucleiAnnotations, results)


def test_built_by_its_name() -> None:
    transform = TRANSFORMS.build({'type': 'mmnuc.LoadNucleiAnnotations', 'with_mask': True})
    assert isinstance(transform, LoadNucleiAnnotations)
