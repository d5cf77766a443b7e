"""Load an image, or say which one can't be loaded."""

from typing import Any

from mmcv.transforms import BaseTransform

from mmnuc.errors import UserError
from mmnuc.images import PixelSize, ReadOptions, read_bgr
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadNucleiImage(BaseTransform):
    """Load an image as (H, W, 3) uint8 BGR and compare its size with the annotation file's.

    Files of any kind are read by :mod:`mmnuc.images`, as they are where nuclei are predicted.

    mmcv's ``LoadImageFromFile`` fails on a broken image with an assertion or an OpenCV error, and
    accepts an image whose size differs from the json, so that every mask lies in the wrong place.

    Required keys: ``img_path``; ``height`` and ``width`` are compared when present.
    Added keys: ``img``, ``img_shape``, ``ori_shape`` and ``scale_factor`` (1, 1), which mmdet's
    heads ask for also where nothing resizes.

    Args:
        options: What to read of files of several images or channels: fields of
            :class:`mmnuc.images.ReadOptions`, such as ``channels=('DAPI',)``. Lists are taken for
            tuples, and ``pixel_size`` may be a number or a pair.

    Attributes:
        options: The same as ``ReadOptions``.

    Raises:
        UserError: The image is missing, unreadable, truncated, or of another size.
    """

    def __init__(self, **options: Any) -> None:
        lists = {name: tuple(one) for name, one in options.items() if isinstance(one, list)}
        chosen = {**options, **lists}
        size = PixelSize.of(chosen.pop('pixel_size', None))
        self.options = ReadOptions(**chosen, pixel_size=size)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the image to ``results``."""
        path = results['img_path']
        try:
            img = read_bgr(path, self.options)
        except UserError as error:
            seen = str(error).removeprefix(f'{path} ').removesuffix(f': {path}')
            raise UserError(f'cannot read image {path}: {seen}') from None
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
