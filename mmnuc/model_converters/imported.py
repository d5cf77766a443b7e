"""What an importer hands over: tensors, and how their network treats an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.model_converters.resnet import Trunk

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Pixels:
    """How an image becomes the network's input: ``(image - mean) / std``.

    Attributes:
        mean: Of the three channels, in the order the network takes them, of 0 to 255.
        std: Likewise.
        rgb: Whether the network takes red first; blue first otherwise.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    rgb: bool


@dataclass(frozen=True)
class Settings:
    """What a network does that its tensors do not say.

    Attributes:
        pixels: Its input.
        style: ``caffe`` where a block halves the image in its first, 1x1 convolution, ``pytorch``
            where in the second one.
        sampling_ratio: Samples of RoIAlign along each side of a bin; 0 adapts to the RoI.
        aligned: Whether RoIAlign has pixel centers at half.
        rounded_anchors: Whether anchors are rounded to whole pixels, as torchvision does.
        anchor_scales: Sizes of the anchors of a level in multiples of its stride.
        norm_eps: What batch norm adds to the variance.
        least_proposal: Proposals must be larger, in pixels.
    """

    pixels: Pixels
    style: str
    sampling_ratio: int = 0
    aligned: bool = True
    rounded_anchors: bool = False
    anchor_scales: tuple[float, ...] = (8.0,)
    norm_eps: float = 1e-5
    least_proposal: float = 0.0


@dataclass(frozen=True)
class Imported:
    """Weights under MMDetection's names.

    Attributes:
        framework: Where they come from, in words.
        state: Name → array. Those of a backbone alone have no prefix ``backbone.``.
        trunk: Shape of the backbone; ``None`` where it is mmdet's own file and was not looked at.
        classes: Number of classes of the heads; ``None`` for a backbone alone.
        settings: What the config must say; ``None`` for mmdet's own files, where it says so
            already.
        unused: Names in the source that no network here needs, as a classifier of ImageNet.
    """

    framework: str
    state: Arrays
    trunk: Trunk | None
    classes: int | None
    settings: Settings | None
    unused: tuple[str, ...] = ()

    @property
    def backbone_only(self) -> bool:
        """Whether there is nothing but a backbone."""
        return self.classes is None


CAFFE = Pixels((103.53, 116.28, 123.675), (1.0, 1.0, 1.0), rgb=False)
CAFFE_SCALED = Pixels((103.53, 116.28, 123.675), (57.375, 57.12, 58.395), rgb=False)
TORCHVISION = Pixels((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), rgb=True)


def caffe_settings(trunk: Trunk, **more: Any) -> Settings:
    """What Detectron2's model zoo does: its ResNets are MSRA's, its ResNeXt is its own.

    Example:
        >>> caffe_settings(Trunk(50)).style, caffe_settings(Trunk(101, 32, 8)).style
        ('caffe', 'pytorch')
    """
    plain = trunk.groups == 1
    return Settings(
        pixels=more.pop('pixels', CAFFE if plain else CAFFE_SCALED),
        style=more.pop('style', 'caffe' if plain else 'pytorch'),
        **more,
    )


def class_count(rows: NDArray[np.generic]) -> int:
    """Number of classes of a classifier (rows, ...) that has a row for the background too."""
    return int(rows.shape[0]) - 1
