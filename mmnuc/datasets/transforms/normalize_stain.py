"""Give every image the stains, or the colours, of one reference."""

from typing import Any

from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mmnuc.datasets.transforms.channel_order import check_channel_order, swap
from mmnuc.datasets.transforms.load_image import LoadNucleiImage
from mmnuc.errors import UserError
from mmnuc.ops.stain import macenko as stain_macenko
from mmnuc.ops.stain import reinhard as stain_reinhard
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class MacenkoNormalize(BaseTransform):
    """Exchange an image's hematoxylin and eosin for those of a reference.

    Blank, grey and one-coloured images stay as they are. Changes ``img`` alone.

    Args:
        target: An image to take the stains from; ``None`` for those of Macenko's reference code.
        channel_order: How ``img`` holds its colours: ``'bgr'``, as mmdet loads them, or ``'rgb'``.

    Raises:
        UserError: The target can't be read, or does not show two stains.
    """

    def __init__(self, target: str | None = None, channel_order: str = 'bgr') -> None:
        self.channel_order = check_channel_order(channel_order)
        self.stains = stain_macenko.REFERENCE
        if target is not None:
            stains = stain_macenko.find_stains(_read_rgb(target))
            if stains is None:
                raise UserError(f'{target} shows no two stains: take a tile full of H&E tissue')
            self.stains = stains

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Normalise ``img``."""
        rgb = swap(results['img'], self.channel_order)
        normal = stain_macenko.normalize_macenko(rgb, self.stains)
        results['img'] = swap(normal, self.channel_order)
        return results


@TRANSFORMS.register_module()
class ReinhardNormalize(BaseTransform):
    """Give the tissue of an image the mean and spread of a reference's colours.

    Blank, grey and one-coloured images stay as they are. Changes ``img`` alone.

    Args:
        target: An image to take mean and spread from; ``None`` for those of TCGA tissue.
        channel_order: How ``img`` holds its colours: ``'bgr'``, as mmdet loads them, or ``'rgb'``.

    Raises:
        UserError: The target can't be read, or has no spread of colours.
    """

    def __init__(self, target: str | None = None, channel_order: str = 'bgr') -> None:
        self.channel_order = check_channel_order(channel_order)
        self.statistics = stain_reinhard.REFERENCE
        if target is not None:
            statistics = stain_reinhard.lab_statistics(_read_rgb(target))
            if statistics is None:
                raise UserError(f'{target} has no spread of colours: take a tile full of tissue')
            self.statistics = statistics

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Normalise ``img``."""
        rgb = swap(results['img'], self.channel_order)
        normal = stain_reinhard.normalize_reinhard(rgb, self.statistics)
        results['img'] = swap(normal, self.channel_order)
        return results


def _read_rgb(path: str) -> NDArray[Any]:
    return swap(LoadNucleiImage().transform({'img_path': path})['img'], 'bgr')
