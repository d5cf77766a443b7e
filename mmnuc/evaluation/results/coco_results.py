"""Predictions in COCO's json: a list of results, or images with scored annotations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.truth import Truth, stem


def read_coco_results(path: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions.

    A list refers to images by the ids of the ground truth. A json with ``images`` of its own is
    matched by file name, as its ids may be others.

    Args:
        path: The json.
        truth: The ground truth.

    Returns:
        The predictions, and the ids of the images that the file speaks of.

    Raises:
        UserError: It is no json of results, or speaks of images or categories that the ground
            truth does not have.
    """
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f'{path} is not json: {error}') from None
    entries: Any = content
    images = {image.id: image for image in truth.images}
    spoken_of: set[int] = set()
    if isinstance(content, dict) and {'images', 'annotations'} <= content.keys():
        entries = content['annotations']
        images = _images_by_foreign_id(path, content['images'], truth)
        spoken_of = {image.id for image in images.values()}
    if not isinstance(entries, list):
        raise UserError(f'{path} is neither a list of results nor a json with annotations')
    labels = {category: label for label, category in enumerate(truth.category_ids)}
    kept = [_entry(path, number, entry, images, labels) for number, entry in enumerate(entries)]
    pred = _predictions(path, entries, kept, labels)
    return pred, spoken_of | set(pred.images.tolist())


def _images_by_foreign_id(path: Path, entries: Sequence[Any], truth: Truth) -> dict[int, ImageInfo]:
    truth.require_names()
    found, unknown = {}, []
    for entry in entries:
        name = str(entry.get('file_name', ''))
        image = truth.by_name.get(stem(name))
        if image is None:
            unknown.append(name)
        else:
            found[int(entry['id'])] = image
    if unknown:
        raise UserError(
            f'{path}: {len(unknown)} images are not in the ground truth: {", ".join(unknown[:5])}'
        )
    return found


def _entry(
    path: Path,
    number: int,
    entry: Any,
    images: Mapping[int, ImageInfo],
    labels: Mapping[int, int],
) -> ImageInfo:
    """Check one entry and return its image."""
    place = f'{path}, entry {number}'
    if not isinstance(entry, dict) or 'image_id' not in entry or 'segmentation' not in entry:
        raise UserError(f'{place}: a result needs image_id and segmentation, this is {entry!r:.80}')
    image = images.get(entry['image_id'])
    if image is None:
        ids = ', '.join(map(str, sorted(images)[:5]))
        raise UserError(
            f'{place}: no image {entry["image_id"]!r} in the ground truth (its ids: {ids} ...)'
        )
    if entry.get('category_id', 1) not in labels:
        raise UserError(
            f"{place}: category {entry['category_id']!r} is none of the ground truth's, "
            f'{sorted(labels)}'
        )
    return image


def _predictions(
    path: Path, entries: Sequence[Any], images: Sequence[ImageInfo], labels: Mapping[int, int]
) -> Predictions:
    rles = []
    for number, (entry, image) in enumerate(zip(entries, images, strict=True)):
        try:
            rle = segmentation_to_rle(entry['segmentation'], image.height, image.width)
        except (TypeError, KeyError, ValueError, AttributeError, IndexError) as error:
            raise UserError(f'{path}, entry {number}: no mask can be read: {error}') from None
        if rle['size'] != [image.height, image.width]:
            raise UserError(
                f'{path}, entry {number}: its mask is {rle["size"][0]} x {rle["size"][1]}, '
                f'the image {image.file_name} {image.height} x {image.width}'
            )
        rles.append(rle)
    boxes = [
        entry['bbox'] if 'bbox' in entry else coco_mask.toBbox(rle).tolist()
        for entry, rle in zip(entries, rles, strict=True)
    ]
    return Predictions(
        images=np.array([image.id for image in images], np.int64),
        labels=np.array([labels[entry.get('category_id', 1)] for entry in entries], np.int64),
        rles=rles,
        boxes_xywh=np.array(boxes, np.float64).reshape(-1, 4),
        scores=np.array([entry.get('score', 1.0) for entry in entries], np.float64),
    )
