"""Load an image, or say which one can't be loaded."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadNucleiImage(BaseTransform):
    """Load an image as (H, W, 3) uint8 BGR and compare its size with the annotation file's.

    mmcv's ``LoadImageFromFile`` fails on a broken image with an assertion or an OpenCV error, and
    accepts an image whose size differs from the json, so that every mask lies in the wrong place.

    Required keys: ``img_path``; ``height`` and ``width`` are compared when present.
    Added keys: ``img``, ``img_shape``, ``ori_shape`` and ``scale_factor`` (1, 1), which mmdet's
    heads ask for also where nothing resizes.

    Raises:
        UserError: The image is missing, unreadable, truncated, or of another size.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the image to ``results``."""
        path = results['img_path']
        img = _read(path)
        size_hw = img.shape[:2]
        expected = (results.get('height', size_hw[0]), results.get('width', size_hw[1]))
        if size_hw != expected:
            raise UserError(
                f'image {path} has {size_hw[1]} x {size_hw[0]} pixels, '
                f'but its annotation file says {expected[1]} x {expected[0]}'
            )
        results['img'] = img
        results['img_shape'] = size_hw
        results['ori_shape'] = size_hw
        results['scale_factor'] = (1.0, 1.0)
        return results


def _read(path: str) -> NDArray[Any]:
    try:
        data = np.fromfile(path, np.uint8)
        img = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    except (OSError, cv2.error) as error:
        raise UserError(f'cannot read image {path}: {error}') from error
    if img is None:
        raise UserError(f'cannot read image {path}: empty, truncated or not an image')
    return img
