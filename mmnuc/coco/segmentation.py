"""COCO's segmentations in whatever form they come, as compressed run lengths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycocotools import mask as coco_mask

from mmnuc.ops.codecs.rle import Rle


def segmentation_to_rle(segmentation: Any, height: int, width: int) -> Rle:
    """Turn what COCO calls a segmentation (polygons, counts or a string) into compressed RLE.

    Example:
        >>> segmentation_to_rle({'size': [1, 2], 'counts': [0, 2]}, 1, 2)
        {'size': [1, 2], 'counts': '02'}
    """
    if isinstance(segmentation, list):
        code = coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation['counts'], list):
        code = coco_mask.frPyObjects(segmentation, height, width)
    else:
        code = segmentation
    return with_text(code)


def with_text(code: Mapping[str, Any]) -> Rle:
    """The same RLE with its counts as text, as a json holds them."""
    counts = code['counts']
    text = counts.decode('ascii') if isinstance(counts, bytes) else counts
    return {'size': [int(side) for side in code['size']], 'counts': text}
