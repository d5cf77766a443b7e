"""Every mask of a whole real tile, operation by operation against mmdet's BitmapMasks."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pycocotools.mask as coco
import pytest
import torch
from mmdet.structures.mask import BitmapMasks

from mmnuc.structures import CropMasks

TILE = 'TCGA-CH-5767-01Z-00-DX1'
AT_ONCE = 64  # full images of mmdet's road, a megabyte each

OPERATIONS: dict[str, Callable] = {
    'rescale': lambda masks: masks.rescale((1333, 800)),
    'resize': lambda masks: masks.resize((613, 1024)),
    'flip': lambda masks: masks.flip('horizontal'),
    'flip, vertical': lambda masks: masks.flip('vertical'),
    'flip, diagonal': lambda masks: masks.flip('diagonal'),
    'pad': lambda masks: masks.pad((1024, 1056)),
    'crop': lambda masks: masks.crop(np.array([137, 251, 649, 763])),
    'expand': lambda masks: masks.expand(1100, 1200, 30, 70),
    'translate': lambda masks: masks.translate((1000, 1000), 37, 'vertical'),
    'rotate': lambda masks: masks.rotate((1000, 1000), 30.0),
    'shear': lambda masks: masks.shear((1000, 1000), 0.3),
}


@pytest.fixture(scope='module')
def tile(shared: Path) -> list[np.ndarray]:
    """All masks of the tile, as (n, 1000, 1000) of at most 64 masks each."""
    with zipfile.ZipFile(shared / 'data' / 'vrdl2021_dataset.zip') as archive:
        names = sorted(n for n in archive.namelist() if f'{TILE}/masks/mask' in n)
        files = [np.frombuffer(archive.read(name), np.uint8) for name in names]
    masks = [cv2.imdecode(file, cv2.IMREAD_GRAYSCALE) > 0 for file in files]
    return [
        np.stack(masks[i : i + AT_ONCE]).astype(np.uint8) for i in range(0, len(masks), AT_ONCE)
    ]


@pytest.mark.parametrize('name', OPERATIONS)
def test_operation_on_every_mask(tile, name: str) -> None:
    # Warping full images is slow on mmdet's road: a part of the tile will do there.
    for dense in tile[:1] if name in ('rotate', 'shear', 'translate') else tile:
        theirs = OPERATIONS[name](BitmapMasks(dense, 1000, 1000))
        ours = OPERATIONS[name](CropMasks.from_bitmaps(dense))
        assert (ours.height, ours.width) == (theirs.height, theirs.width)
        np.testing.assert_array_equal(ours.areas, theirs.areas)
        np.testing.assert_array_equal(ours.to_ndarray(), theirs.to_ndarray())


def test_run_lengths_of_every_mask(tile) -> None:
    for dense in tile:
        masks = CropMasks.from_bitmaps(dense)
        codes = [coco.encode(np.asfortranarray(mask)) for mask in dense]
        theirs = [code['counts'].decode() for code in codes]
        assert [rle['counts'] for rle in masks.to_rles()] == theirs
        again = CropMasks.from_rles(codes, 1000, 1000)
        np.testing.assert_array_equal(again.buffer, masks.buffer)
        np.testing.assert_array_equal(again.boxes_xyxy, masks.boxes_xyxy)


def test_targets_of_every_mask(tile) -> None:
    generator = torch.Generator().manual_seed(0)
    for dense in tile:
        ours, theirs = CropMasks.from_bitmaps(dense), BitmapMasks(dense, 1000, 1000)
        boxes = torch.from_numpy(ours.boxes_xyxy).float()
        boxes += torch.randn(boxes.shape, generator=generator)
        arguments = (boxes.numpy(), (28, 28), np.arange(len(dense)), 'cpu')
        np.testing.assert_array_equal(
            ours.crop_and_resize(*arguments).to_ndarray(),
            theirs.crop_and_resize(*arguments).to_ndarray(),
        )
