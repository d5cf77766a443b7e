"""A quarter turn moves the image, its boxes and its masks together, on both roads."""

import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks

from mmnuc.datasets.transforms.random_rotate90 import RandomRotate90
from mmnuc.structures import CropMasks

DENSE = np.zeros((2, 5, 8), np.uint8)
DENSE[0, 1:3, 2:7] = 1
DENSE[1, 4, 0] = 1


@pytest.mark.parametrize('dense', [DENSE, DENSE[:0]], ids=['two nuclei', 'none'])
@pytest.mark.parametrize('crops', [True, False], ids=['crops', 'full images'])
def test_masks_and_boxes_follow_the_image(crops: bool, dense: np.ndarray) -> None:
    masks = CropMasks.from_bitmaps(dense) if crops else BitmapMasks(dense, 5, 8)
    image = np.stack([DENSE[0], DENSE[1], DENSE[0]], axis=2)
    results = {'img': image, 'gt_masks': masks, 'gt_bboxes': masks.get_bboxes('hbox')}
    turned = RandomRotate90(prob=1.0).transform(results)
    assert turned['img_shape'] == (8, 5)
    assert type(turned['gt_masks']) is type(masks)
    assert (turned['gt_masks'].height, turned['gt_masks'].width) == (8, 5)
    for channel, mask in enumerate(turned['gt_masks'].to_ndarray()):
        assert np.array_equal(mask, turned['img'][..., channel])
    assert isinstance(turned['gt_bboxes'], HorizontalBoxes)
    boxes = turned['gt_masks'].get_bboxes('hbox')
    assert np.array_equal(turned['gt_bboxes'].tensor, boxes.tensor)


def test_probability_of_zero_changes_nothing() -> None:
    results = {'img': DENSE[0], 'gt_masks': CropMasks.from_bitmaps(DENSE)}
    assert RandomRotate90(prob=0.0).transform(dict(results)) == results
