"""Augmentations of a tile: turned, mirrored, scaled and stained differently, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from mmnuc.inference.tile_model import Tile
from mmnuc.ops.crops.geometry import flip, rotate90
from mmnuc.ops.stain.hed import jitter_hed
from mmnuc.structures.nuclei import Nuclei


@dataclass(frozen=True)
class Augmentation:
    """One way to look at a tile, a view of it.

    Args:
        turns: Quarter turns to the left.
        mirrored: Mirrored left to right, after the turns.
        scale: How much larger than usual the network sees it; the network's business.
        stain: Factors of hematoxylin and eosin.

    Example:
        >>> Augmentation(turns=1).apply(np.array([[[1] * 3, [2] * 3]], np.uint8))[..., 0].tolist()
        [[2], [1]]
    """

    turns: int = 0
    mirrored: bool = False
    scale: float = 1.0
    stain: tuple[float, float] = (1.0, 1.0)

    def apply(self, tile: Tile) -> Tile:
        """Look at a tile (h, w, 3)."""
        if self.stain != (1.0, 1.0):
            tile = jitter_hed(tile, np.array([*self.stain, 1.0]), np.zeros(3))
        seen = np.rot90(tile, self.turns)
        return np.ascontiguousarray(seen[:, ::-1] if self.mirrored else seen)

    def undo(self, nuclei: Nuclei) -> Nuclei:
        """Bring what was found in the view back to the tile."""
        crops = flip(nuclei.crops) if self.mirrored else nuclei.crops
        for _ in range(-self.turns % 4):
            crops = rotate90(crops)
        return replace(nuclei, crops=crops)


def all_augmentations(
    flips: bool = True,
    turns: bool = True,
    scales: Sequence[float] = (1.0,),
    stains: Sequence[tuple[float, float]] = ((1.0, 1.0),),
) -> tuple[Augmentation, ...]:
    """Combine what may be combined.

    Args:
        flips: Mirror as well.
        turns: Look from all four sides.
        scales: How much larger the network sees the tile.
        stains: Factors of hematoxylin and eosin.

    Returns:
        The augmentations; the tile as it is comes first, if 1 is among the scales and the stains.

    Raises:
        ValueError: A scale or a factor is not positive, or there is none.

    Example:
        >>> len(all_augmentations())
        8
        >>> all_augmentations(flips=False, turns=False, scales=[1, 2])[1].scale
        2.0
    """
    numbers = [*scales, *(factor for pair in stains for factor in pair)]
    if not scales or not stains or min(numbers) <= 0:
        raise ValueError(
            f'augmentations need positive scales and stains, not {scales} and {stains}'
        )
    ways = product(scales, stains, range(4 if turns else 1), (False, True) if flips else (False,))
    return tuple(
        Augmentation(turn, mirrored, float(scale), (float(stain[0]), float(stain[1])))
        for scale, stain, turn, mirrored in ways
    )
