"""The work on masks that is timed, each on two roads that must give the same result.

A row is a function ``(road, folder) -> (work, digest)``: it prepares everything that is not timed
and returns the work and a function that sums up its result, so that the roads can be compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pycocotools.mask as coco_mask
import torch
from mmdet.models import FCNMaskHead
from mmdet.registry import DATASETS
from mmdet.structures.mask import BitmapMasks, encode_mask_results, mask_target
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from mmnuc.models import CropFCNMaskHead
from mmnuc.ops.overlap import masks as overlap
from mmnuc.structures import CropMasks

OURS, MMDET = 'ours', 'mmdet'
Prepared = tuple[Callable[[], Any], Callable[[Any], str]]

LOADERS = {
    OURS: (
        {'type': 'mmnuc.LoadNucleiImage'},
        {'type': 'mmnuc.LoadNucleiAnnotations', 'with_bbox': True, 'with_mask': True},
    ),
    MMDET: (
        {'type': 'LoadImageFromFile'},
        {'type': 'LoadAnnotations', 'with_bbox': True, 'with_mask': True},
    ),
}
GEOMETRY = [
    {'type': 'Resize', 'scale': (1333, 800), 'keep_ratio': True},  # mmdet's usual size
    {'type': 'RandomCrop', 'crop_size': (512, 512)},
    {'type': 'RandomFlip', 'prob': 1.0},
]


def pipeline(road: str, folder: Path) -> Prepared:
    """From the files to one packed training sample."""
    steps = [*LOADERS[road], *GEOMETRY, {'type': 'PackDetInputs'}]
    return _load(road, folder, steps, lambda sample: sample['data_samples'].gt_instances.masks)


def annotations(road: str, folder: Path) -> Prepared:
    """The same without reading and packing the image: a blank one of one channel goes along."""
    steps = [_blank_image, LOADERS[road][1], *GEOMETRY]
    return _load(road, folder, steps, lambda results: results['gt_masks'])


def predictions(road: str, folder: Path) -> Prepared:
    """1,000 predicted masks: logits to masks to run lengths."""
    gt = tile_masks(folder)[:1000]
    rng = np.random.default_rng(0)
    boxes = gt.boxes_xyxy + rng.normal(0, 1, gt.boxes_xyxy.shape)
    boxes = torch.from_numpy(boxes.clip(0, gt.width).astype(np.float32))
    logits = torch.from_numpy(_logits(gt, rng))[:, None]
    labels = torch.zeros(len(gt), dtype=torch.long)
    settings = {'num_convs': 0, 'in_channels': 1, 'conv_out_channels': 1, 'num_classes': 1}
    head = {OURS: CropFCNMaskHead, MMDET: FCNMaskHead}[road](**settings)
    meta = {'ori_shape': (gt.height, gt.width), 'scale_factor': (1.0, 1.0)}
    config = ConfigDict(mask_thr_binary=0.5)

    def work() -> list[dict[str, Any]]:
        found = InstanceData(bboxes=boxes.clone(), labels=labels)
        found = head.predict_by_feat((logits,), [found], [meta], config, rescale=True)[0]
        return encode(found.masks)

    return work, digest


def targets(road: str, folder: Path) -> Prepared:
    """Training targets of 256 boxes among 400 nuclei of a crop of 512 x 512 pixels."""
    crop = tile_masks(folder).crop(np.array([0, 0, 512, 512]))
    crop = crop[crop.areas > 0][:400]
    rng = np.random.default_rng(0)
    inds = rng.integers(0, len(crop), 256)
    boxes = crop.boxes_xyxy[inds] + rng.normal(0, 2, (256, 4))
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    boxes = torch.from_numpy(boxes.astype(np.float32))
    masks = crop if road == OURS else BitmapMasks(crop.to_ndarray(), crop.height, crop.width)
    config = ConfigDict(mask_size=28)

    def work() -> torch.Tensor:
        return mask_target([boxes.clone()], [torch.from_numpy(inds)], [masks], config)

    return work, lambda target: _hash(target.numpy())


def iou(road: str, folder: Path) -> Prepared:
    """Overlap of 2,000 masks with 2,000 others; mmdet's road is pycocotools on run lengths."""
    gt = tile_masks(folder)
    gt = CropMasks.cat([gt, gt.flip()])[:2000]
    size = np.array([0, 0, gt.width, gt.height])
    pred = gt.expand(gt.height, gt.width + 2, 0, 2).crop(size)
    gt_rles, pred_rles = gt.to_rles(), pred.to_rles()
    crowd = np.zeros(len(gt_rles), bool)
    if road == MMDET:
        return lambda: coco_mask.iou(pred_rles, gt_rles, crowd), lambda dense: _hash(dense)

    def work() -> tuple[overlap.Overlaps, np.ndarray]:
        pairs = overlap.overlaps(pred.crops, gt.crops)
        return pairs, pairs.iou

    return work, lambda result: _hash(result[0].to_dense(result[1]))


ROWS = {row.__name__: row for row in (pipeline, annotations, predictions, targets, iou)}


def tile_masks(folder: Path) -> CropMasks:
    """Read all nuclei of the tile."""
    coco = json.loads((folder / 'train.json').read_text())
    image = coco['images'][0]
    rles = [annotation['segmentation'] for annotation in coco['annotations']]
    return CropMasks.from_rles(rles, image['height'], image['width'])


def encode(masks: Any) -> list[dict[str, Any]]:
    """Encode predicted masks, each road in its own way."""
    if isinstance(masks, CropMasks):
        return masks.to_rles()
    return encode_mask_results(masks.detach().cpu().numpy())


def digest(rles: list[dict[str, Any]]) -> str:
    """Sum up masks, to compare the roads."""
    counts = [rle['counts'] for rle in rles]
    return _hash(b'\n'.join(c if isinstance(c, bytes) else c.encode() for c in counts))


def _load(road: str, folder: Path, steps: list[Any], masks_of: Callable[[Any], Any]) -> Prepared:
    init_default_scope('mmdet')
    dataset = DATASETS.build(
        {
            'type': {OURS: 'mmnuc.NucleiDataset', MMDET: 'CocoDataset'}[road],
            'metainfo': {'classes': ('nucleus',)},
            'data_root': str(folder),
            'ann_file': 'train.json',
            'data_prefix': {'img': 'images/'},
            'pipeline': steps,
        }
    )

    def work() -> Any:
        np.random.seed(0)  # noqa: NPY002 - what mmdet's transforms draw from
        return masks_of(dataset[0])

    return work, lambda masks: digest(_as_crops(masks).to_rles())


def _blank_image(results: dict[str, Any]) -> dict[str, Any]:
    size_hw = results['height'], results['width']
    blank = np.zeros(size_hw, np.uint8)
    return {**results, 'img': blank, 'img_shape': size_hw, 'ori_shape': size_hw}


def _as_crops(masks: CropMasks | BitmapMasks) -> CropMasks:
    return masks if isinstance(masks, CropMasks) else CropMasks.from_bitmaps(masks.masks)


def _logits(gt: CropMasks, rng: np.random.Generator) -> np.ndarray:
    """What a trained head would say: the nucleus in its box, with soft and noisy edges."""
    crops = [gt.crop_array(i).astype(np.float32) for i in range(len(gt))]
    soft = np.stack([cv2.resize(crop, (28, 28), interpolation=cv2.INTER_LINEAR) for crop in crops])
    return (soft * 8 - 4 + rng.normal(0, 0.5, soft.shape)).astype(np.float32)


def _hash(data: bytes | np.ndarray) -> str:
    # An array from pycocotools lies in memory column by column.
    data = data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()
    return hashlib.sha256(data).hexdigest()[:16]
