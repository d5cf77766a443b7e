"""Anchors as torchvision places them."""

from typing import Any

import pytest
import torch
from mmdet.registry import TASK_UTILS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

from mmnuc.models.anchors import RoundedAnchorGenerator

SIZES = (32, 64, 128, 256, 512)
RATIOS = (0.5, 1.0, 2.0)


def of_type(name: str) -> Any:
    strides = [4, 8, 16, 32, 64]
    return TASK_UTILS.build(dict(type=name, scales=[8], ratios=list(RATIOS), strides=strides))


@pytest.mark.parametrize('size', [(192, 256), (800, 1088), (96, 608)])
def test_equal_to_torchvision(size: tuple[int, int]) -> None:
    height, width = size
    maps = [(height // stride, width // stride) for stride in (4, 8, 16, 32)]
    maps.append(tuple((side + 1) // 2 for side in maps[-1]))  # a maximum of every second value
    theirs = AnchorGenerator(tuple((side,) for side in SIZES), (RATIOS,) * 5)
    images = ImageList(torch.zeros(1, 3, height, width), [size])
    expected = theirs(images, [torch.zeros(1, 1, *shape) for shape in maps])[0]
    ours = of_type('mmnuc.RoundedAnchorGenerator')
    assert torch.equal(torch.cat(ours.grid_priors(maps, device='cpu')), expected)
    assert isinstance(ours, RoundedAnchorGenerator)
    assert ours.strides == of_type('AnchorGenerator').strides


def test_mmdet_does_not_round() -> None:
    rounded, plain = of_type('mmnuc.RoundedAnchorGenerator'), of_type('AnchorGenerator')
    assert not torch.equal(rounded.base_anchors[0], plain.base_anchors[0])
