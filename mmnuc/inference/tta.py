"""Test-time augmentation and ensembles: several answers about a tile, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmnuc.inference.augmentations import Augmentation, all_augmentations
from mmnuc.inference.scale import COARSER
from mmnuc.inference.tile_model import Tile, TileModel
from mmnuc.registry import MODELS
from mmnuc.stitching.fusion import fuse, to_probabilities
from mmnuc.structures.nuclei import Nuclei


class _Fused:
    """A model made of others: it finishes as the first one does."""

    def __init__(self, first: TileModel, iou_threshold: float) -> None:
        self.first = first
        self.stride = getattr(first, 'stride', 1)
        self.finish = getattr(first, 'finish', None)
        self.mask_threshold = getattr(first, 'mask_threshold', 0.5)
        self.iou_threshold = iou_threshold
        self.class_names: tuple[str, ...] | None = getattr(first, 'class_names', None)
        self.pixel_size: float | None = getattr(first, 'pixel_size', None)
        self.diameter: float | None = getattr(first, 'diameter', None)

    def _fuse(self, sources: Sequence[Nuclei], weights: Sequence[float] | None) -> Nuclei:
        # The size of a pixel is the image's, whatever a model believes.
        return fuse(
            [replace(source, pixel_size=None) for source in sources],
            weights,
            iou_threshold=self.iou_threshold,
            mask_threshold=self.mask_threshold,
        )

    def __call__(self, tiles: Sequence[Tile]) -> list[Nuclei]:
        """Find the nuclei of a batch of tiles."""
        return [self._fuse(*answer) for answer in self._answers(tiles)]

    def _answers(self, tiles: Sequence[Tile]) -> list[tuple[list[Nuclei], list[float] | None]]:
        raise NotImplementedError

    def probabilities(self, tiles: Sequence[Tile], scale: float = 1.0) -> list[Nuclei]:
        """Find nuclei for another fusion; what is fused once has masks of 0 and 255."""
        del scale
        return [to_probabilities(nuclei) for nuclei in self(tiles)]


@MODELS.register_module()
class NucleiTTA(_Fused):
    """A model that looks at each tile in several ways and averages what it sees.

    Masks are averaged as probabilities, before they are cut off, and scores over all
    augmentations: see :mod:`mmnuc.stitching.fusion`.

    Args:
        model: What looks: the result of :func:`mmnuc.apis.load`, or any function of tiles (whose
            masks count as certain, and which sees no scales).
        flips: Mirror as well.
        turns: Look from all four sides.
        scales: How much larger the network sees the tile.
        stains: Factors of hematoxylin and eosin, pairs.
        iou_threshold: Masks with this IoU are of one nucleus.
    """

    def __init__(
        self,
        model: TileModel,
        *,
        flips: bool = True,
        turns: bool = True,
        scales: Sequence[float] = (1.0,),
        stains: Sequence[tuple[float, float]] = ((1.0, 1.0),),
        iou_threshold: float = 0.5,
    ) -> None:
        super().__init__(model, iou_threshold)
        self.model = model
        self.augmentations = all_augmentations(flips, turns, scales, stains)
        scaled = any(augmentation.scale != 1 for augmentation in self.augmentations)
        if scaled and not hasattr(model, 'probabilities'):
            raise ValueError('only a model with a method "probabilities" sees scaled tiles')

    def _answers(self, tiles: Sequence[Tile]) -> list[tuple[list[Nuclei], list[float] | None]]:
        views = [self._look(augmentation, tiles) for augmentation in self.augmentations]
        return [(list(sources), None) for sources in zip(*views, strict=True)]

    def _look(self, augmentation: Augmentation, tiles: Sequence[Tile]) -> list[Nuclei]:
        turned = [augmentation.apply(tile) for tile in tiles]
        seen = probabilities_of(self.model, turned, augmentation.scale)
        return [augmentation.undo(nuclei) for nuclei in seen]


class Ensemble(_Fused):
    """Several models as one: they look at the same tiles, and what they see is averaged.

    Args:
        models: Functions of tiles with the same classes.
        weights: How much each counts; by default all count the same.
        iou_threshold: Masks with this IoU are of one nucleus.

    Raises:
        ValueError: There are no models, or their classes or the pixel sizes that they were trained
            at differ.
    """

    def __init__(
        self,
        models: Sequence[TileModel],
        weights: Sequence[float] | None = None,
        iou_threshold: float = 0.5,
    ) -> None:
        if not models:
            raise ValueError('an ensemble needs models')
        names = {getattr(model, 'class_names', None) for model in models}
        if len(names) > 1:
            raise ValueError(f'the models of an ensemble find different classes: {names}')
        if weights is not None and len(weights) != len(models):
            raise ValueError(f'{len(models)} models need {len(models)} weights, not {len(weights)}')
        sizes = {size for model in models if (size := getattr(model, 'pixel_size', None))}
        if sizes and max(sizes) > min(sizes) * COARSER:
            raise ValueError(
                f'the models of an ensemble were trained at different pixel sizes: {sorted(sizes)}'
            )
        super().__init__(models[0], iou_threshold)
        self.pixel_size = self.pixel_size or min(sizes, default=None)
        self.models = list(models)
        self.stride = int(np.lcm.reduce([getattr(model, 'stride', 1) for model in models]))
        self.weights = None if weights is None else [float(weight) for weight in weights]

    def _answers(self, tiles: Sequence[Tile]) -> list[tuple[list[Nuclei], list[float] | None]]:
        by_model = [probabilities_of(model, tiles) for model in self.models]
        return [(list(sources), self.weights) for sources in zip(*by_model, strict=True)]


def probabilities_of(model: Any, tiles: Sequence[Tile], scale: float = 1.0) -> list[Nuclei]:
    """Ask a model for probabilities; the masks of one that has none are certain."""
    if hasattr(model, 'probabilities'):
        found: list[Nuclei] = model.probabilities(tiles, scale)
        return found
    return [to_probabilities(nuclei) for nuclei in model(list(tiles))]
