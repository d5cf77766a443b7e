"""The tile that masks are timed on: the densest of the VRDL 2021 set, or one like it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.structures import CropMasks

NAME = 'TCGA-HE-7130-01Z-00-DX1'
SIDE, NUCLEI = 1000, 1862


def write_tile(folder: Path, archive: Path) -> str:
    """Write the tile as a COCO data set of one image: ``images/tile.png`` and ``train.json``.

    Args:
        folder: Where to write.
        archive: ``vrdl2021_dataset.zip``; where there is none a synthetic tile is drawn.

    Returns:
        What the tile is, in words.
    """
    if archive.is_file():
        image, label_map = _read(archive)
        words = f'{NAME}, {label_map.max()} nuclei'
    else:
        image, label_map = _draw()
        words = f'SYNTHETIC (no {archive}): {label_map.max()} ellipses'
    (folder / 'images').mkdir(parents=True)
    cv2.imwrite(str(folder / 'images' / 'tile.png'), image)
    (folder / 'train.json').write_text(json.dumps(_coco(label_map)))
    return f'{words}, {label_map.shape[0]} x {label_map.shape[1]} pixels'


def _read(archive: Path) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    with zipfile.ZipFile(archive) as source:

        def pixels(name: str, flag: int) -> NDArray[np.uint8]:
            return cv2.imdecode(np.frombuffer(source.read(name), np.uint8), flag)

        names = sorted(name for name in source.namelist() if f'/{NAME}/' in name)
        image_name = next(name for name in names if name.endswith(f'/images/{NAME}.png'))
        image = pixels(image_name, cv2.IMREAD_COLOR)
        label_map = np.zeros(image.shape[:2], np.int32)
        mask_names = [name for name in names if '/masks/mask_' in name]
        for number, name in enumerate(mask_names, start=1):
            label_map[pixels(name, cv2.IMREAD_GRAYSCALE) > 0] = number
    return image, label_map


def _draw() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    rng = np.random.default_rng(0)
    label_map = np.zeros((SIDE, SIDE), np.int32)
    columns = int(np.ceil(np.sqrt(NUCLEI)))
    for number in range(NUCLEI):
        cell = np.array([number % columns, number // columns])
        centre = (cell + rng.uniform(0.4, 0.6, 2)) * (SIDE / columns)
        axes = rng.integers(6, 10, 2).tolist()
        centre_xy, angle = centre.astype(int).tolist(), rng.uniform(0, 180)
        cv2.ellipse(label_map, centre_xy, axes, angle, 0, 360, number + 1, -1)
    stain = np.where(label_map[..., None] > 0, (120, 60, 90), (225, 200, 235))
    return (stain + rng.normal(0, 8, stain.shape)).clip(0, 255).astype(np.uint8), label_map


def _coco(label_map: NDArray[np.int32]) -> dict[str, object]:
    masks = CropMasks.from_label_map(label_map)
    height, width = label_map.shape
    boxes_xywh = masks.boxes_xyxy.copy()
    boxes_xywh[:, 2:] -= boxes_xywh[:, :2]
    columns = zip(masks.to_rles(), boxes_xywh.tolist(), masks.areas.tolist(), strict=True)
    annotations = [
        {
            'id': number,
            'image_id': 1,
            'category_id': 1,
            'iscrowd': 0,
            'bbox': box_xywh,
            'area': area,
            'segmentation': rle,
        }
        for number, (rle, box_xywh, area) in enumerate(columns, start=1)
    ]
    image = {'id': 1, 'file_name': 'tile.png', 'height': height, 'width': width}
    category = {'id': 1, 'name': 'nucleus'}
    return {'images': [image], 'annotations': annotations, 'categories': [category]}
