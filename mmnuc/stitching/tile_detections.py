"""What tiles found, placed in the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import BoolArray, I32Array, I64Array
from mmnuc.ops.crops.geometry import shift
from mmnuc.stitching.grid import Grid
from mmnuc.structures.nuclei import Nuclei


@dataclass(frozen=True)
class TileDetections:
    """Nuclei in the coordinates of the image, and what stitching knows of each beside them.

    Args:
        nuclei: N nuclei.
        tiles: The tile that each comes from, of shape (N,).
        cut: Whether it reaches a border of its tile inside of the image, of shape (N,).
    """

    nuclei: Nuclei
    tiles: I64Array
    cut: BoolArray

    def __len__(self) -> int:
        return len(self.tiles)

    @property
    def boxes_xyxy(self) -> I32Array:
        """Tight boxes, of shape (N, 4)."""
        return self.nuclei.boxes_xyxy

    def take(self, index: NDArray[np.generic]) -> TileDetections:
        """Select by numbers or booleans."""
        return TileDetections(self.nuclei[index], self.tiles[index], self.cut[index])

    @classmethod
    def cat(cls, parts: Sequence[TileDetections]) -> TileDetections:
        """Put what several tiles found one after the other."""
        tiles = np.concatenate([part.tiles for part in parts])
        cut = np.concatenate([part.cut for part in parts])
        return cls(Nuclei.cat([part.nuclei for part in parts]), tiles, cut)


def place_tile(grid: Grid, tile: int, nuclei: Nuclei, reach: int) -> TileDetections:
    """Place what a tile found; what does not reach the tile's core is left to a neighbour.

    Args:
        grid: The tiles.
        tile: Number of the tile.
        nuclei: Nuclei in the coordinates of the tile.
        reach: See :class:`mmnuc.stitching.candidates.MergeRules`.

    Returns:
        The detections, in the coordinates of the image.

    Raises:
        ValueError: The masks are not of the tile's size.

    Example:
        >>> found = Nuclei.from_label_map(np.array([[1, 0, 2]]))
        >>> placed = place_tile(Grid(1, 6, (1, 3)), 1, found, reach=0)
        >>> placed.boxes_xyxy[:, 0].tolist(), placed.cut.tolist()
        ([3, 5], [True, False])
    """
    x1, y1, x2, y2 = grid.boxes_xyxy[tile].tolist()
    if (nuclei.height, nuclei.width) != (y2 - y1, x2 - x1):
        raise ValueError(
            f'masks of {nuclei.height} x {nuclei.width} pixels for tile {tile} '
            f'of {y2 - y1} x {x2 - x1}'
        )
    placed = replace(nuclei, crops=shift(nuclei.crops, x1, y1, grid.height, grid.width))
    boxes, core = placed.boxes_xyxy, grid.cores_xyxy[tile]
    reaching = (boxes[:, :2] < core[2:]).all(axis=1) & (boxes[:, 2:] > core[:2]).all(axis=1)
    kept = placed[reaching]
    cut = _cut(kept.boxes_xyxy, grid, tile, reach)
    return TileDetections(kept, np.full(len(kept), tile, np.int64), cut)


def _cut(boxes_xyxy: I32Array, grid: Grid, tile: int, reach: int) -> BoolArray:
    box = grid.boxes_xyxy[tile]
    first = (box[:2] > 0) & (boxes_xyxy[:, :2] <= box[:2] + reach)
    inside = box[2:] < [grid.width, grid.height]
    last = inside & (boxes_xyxy[:, 2:] >= box[2:] - reach)
    cut: BoolArray = (first | last).any(axis=1)
    return cut
