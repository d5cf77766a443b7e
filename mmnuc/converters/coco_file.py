"""Converted images as the content of a COCO file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mmnuc.converters.record import Record
from mmnuc.converters.work import ConvertedImage


@dataclass(frozen=True)
class NumberedImage:
    """An image as it stands in a COCO file.

    Args:
        entry: ``id``, ``file_name``, ``height``, ``width``, ``kind``; ``pixel_size_um``, one
            number or x and y, where it is known; ``group``, if it is annotated.
        annotations: COCO annotations without ids.
        group: What it may not be separated from; empty for a test image.
    """

    entry: dict[str, Any]
    annotations: tuple[dict[str, Any], ...]
    group: str


def number_images(
    images: Sequence[ConvertedImage], groups: Sequence[str], records: Sequence[Record]
) -> list[NumberedImage]:
    """Give images their ids: those they must keep, otherwise 1, 2, ... by name.

    Args:
        images: The images.
        groups: The group of each.
        records: Where they come from; :attr:`ConvertedImage.index` points into it.

    Returns:
        The images in the order of their ids.
    """
    ranks = {image.file_name: rank for rank, image in enumerate(sorted(images, key=_name), 1)}
    numbered = []
    for image, group in zip(images, groups, strict=True):
        kept = records[image.index].image_id
        entry: dict[str, Any] = {
            'id': ranks[image.file_name] if kept is None else kept,
            'file_name': image.file_name,
            'height': image.height,
            'width': image.width,
            'kind': image.kind,
        }
        size = image.pixel_size
        if size is not None:
            entry['pixel_size_um'] = size.to_json()
        if group:
            entry['group'] = group
        numbered.append(NumberedImage(entry, image.annotations, group))
    return sorted(numbered, key=lambda image: int(image.entry['id']))


def coco_file(
    description: str, images: Sequence[NumberedImage], categories: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the content of a COCO file; annotations are numbered from 1.

    Zero is no id for an annotation: pycocotools takes it for "matched to nothing".
    """
    owned = [(image.entry['id'], each) for image in images for each in image.annotations]
    return {
        'info': {'description': description},
        'images': [image.entry for image in images],
        'annotations': [
            {'id': number, 'image_id': image_id, **annotation}
            for number, (image_id, annotation) in enumerate(owned, 1)
        ],
        'categories': list(categories),
    }


def _name(image: ConvertedImage) -> str:
    return image.file_name
