"""The masks of one image: checked against each other and written as run lengths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from mmnuc.converters.record import Mask, SourceFault
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.crops import Crops, offsets_of
from mmnuc.ops.overlap.masks import overlaps

# Of smaller images, in pixels, a nucleus may cover most.
_SMALLEST_IMAGE = 32 * 32


@dataclass(frozen=True)
class CheckedMasks:
    """The masks of one image.

    Args:
        annotations: COCO annotations without ids.
        faults: What is wrong with these and other masks.
    """

    annotations: list[dict[str, Any]]
    faults: list[SourceFault]


def check_masks(found: Iterable[Mask | SourceFault], height: int, width: int) -> CheckedMasks:
    """Check the masks of an image and write them as COCO annotations.

    Empty masks and copies of a mask are left out; overlapping masks and masks in several parts
    are kept. All are reported.

    Args:
        found: The masks, and what was wrong with others.
        height: Height of the image.
        width: Width of the image.

    Returns:
        The annotations in the order of the masks, and all faults.

    Example:
        >>> one = Mask('a.png', np.ones((1, 2), np.uint8), x=1, y=0)
        >>> checked = check_masks([one, one], 2, 3)
        >>> checked.annotations[0]['bbox'], checked.annotations[0]['segmentation']['counts']
        ([1, 0, 2, 1], '21100')
        >>> checked.faults[0].kind
        'duplicate-mask'
    """
    masks: list[Mask] = []
    faults: list[SourceFault] = []
    first: dict[tuple[Any, ...], str] = {}
    for mask in found:
        if isinstance(mask, SourceFault):
            faults.append(mask)
        elif not mask.pixels.size:
            faults.append(SourceFault('empty-mask', mask.where))
        else:
            key = (mask.x, mask.y, mask.pixels.shape, mask.pixels.tobytes(), mask.category_id)
            if key in first:
                faults.append(
                    SourceFault('duplicate-mask', mask.where, f'the same as {first[key]}')
                )
            else:
                first[key] = mask.where
                masks.append(mask)
    crops = _crops(masks, height, width)
    faults += _several_parts(masks) + _overlaps(masks, crops) + _large(masks, height * width)
    return CheckedMasks(_annotations(masks, crops), faults)


def _crops(masks: list[Mask], height: int, width: int) -> Crops:
    """Put masks into one container."""
    boxes = np.zeros((len(masks), 4), np.int32)
    for box, mask in zip(boxes, masks, strict=True):
        h, w = mask.pixels.shape
        box[:] = mask.x, mask.y, mask.x + w, mask.y + h
    pixels = [np.zeros(0, np.uint8), *(mask.pixels.reshape(-1) for mask in masks)]
    return Crops(np.concatenate(pixels), offsets_of(boxes), boxes, height, width)


def _several_parts(masks: list[Mask]) -> list[SourceFault]:
    faults = []
    for mask in masks:
        # One of the labels is the background, with pixels or without.
        parts = cv2.connectedComponents(mask.pixels, connectivity=8)[0] - 1
        if parts > 1 and not mask.iscrowd:
            faults.append(SourceFault('several-parts', mask.where, f'{parts} parts'))
    return faults


def _large(masks: list[Mask], pixels: int) -> list[SourceFault]:
    """Masks over most of an image: a nucleus of 0 in a mask of 255, or a region of tissue."""
    return [
        SourceFault('large-mask', mask.where, f'{mask.pixels.sum() / pixels:.0%} of the image')
        for mask in masks
        if 2 * int(mask.pixels.sum()) > pixels >= _SMALLEST_IMAGE and not mask.iscrowd
    ]


def _overlaps(masks: list[Mask], crops: Crops) -> list[SourceFault]:
    pairs, faults = overlaps(crops), []
    for i, j, pixels in zip(pairs.rows, pairs.cols, pairs.intersections, strict=True):
        if not masks[i].iscrowd and not masks[j].iscrowd:
            detail = f'{pixels} pixels shared with {masks[j].where}'
            faults.append(SourceFault('overlapping-masks', masks[i].where, detail))
    return faults


def _annotations(masks: list[Mask], crops: Crops) -> list[dict[str, Any]]:
    boxes, areas = crops.boxes_xyxy.tolist(), crops.areas.tolist()
    return [
        {
            'category_id': mask.category_id,
            'bbox': [x1, y1, x2 - x1, y2 - y1],
            'area': area,
            'iscrowd': mask.iscrowd,
            'segmentation': rle,
            **({'ignore': mask.ignore} if mask.ignore else {}),
        }
        for mask, (x1, y1, x2, y2), area, rle in zip(
            masks, boxes, areas, crops_to_rles(crops), strict=True
        )
    ]
