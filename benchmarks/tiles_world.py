"""Nuclei of a large image as its tiles report them: drawn tile by tile, never the whole image."""

from __future__ import annotations

import numpy as np

from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.stitching.grid import Grid
from mmnuc.structures import Nuclei

TILE = 512
OVERLAP = 64
NUCLEI_A_TILE = 250
LARGEST = 10.0


def grid_of(tiles: int) -> Grid:
    """A square image with this many tiles, a square number."""
    side = TILE + (round(tiles**0.5) - 1) * (TILE - OVERLAP)
    return Grid(side, side, (TILE, TILE), OVERLAP)


def nuclei_of(grid: Grid, seed: int = 0) -> np.ndarray:
    """Centres and radii of discs, one in each cell of a raster, of shape (rows, columns, 3)."""
    rng = np.random.default_rng(seed)
    cells = round((NUCLEI_A_TILE * len(grid)) ** 0.5)
    pitch = grid.width / cells
    radii = rng.uniform(6, LARGEST, (cells, cells, 1))
    places = (np.arange(cells) + 0.5) * pitch
    centres = np.stack(np.meshgrid(places, places), axis=-1)
    # A disc stays inside its cell, whatever a tile adds to it: no two ever touch.
    play = np.maximum(pitch / 2 - 2.5 - radii, 0)
    return np.concatenate([centres + rng.uniform(-1, 1, centres.shape) * play, radii], axis=2)


def found_in_tiles(grid: Grid, nuclei: np.ndarray) -> list[Nuclei]:
    """Draw what each tile sees, cut at its borders, each outline a little different."""
    return [_found(grid, nuclei, tile) for tile in range(len(grid))]


def _found(grid: Grid, nuclei: np.ndarray, tile: int) -> Nuclei:
    rng = np.random.default_rng(tile)
    box = grid.boxes_xyxy[tile]
    pitch = grid.width / len(nuclei)
    left, top = np.maximum((box[:2] / pitch).astype(int) - 1, 0)
    right, bottom = (box[2:] / pitch).astype(int) + 2
    near = nuclei[top:bottom, left:right].reshape(-1, 3) - (*box[:2], 0)
    near[:, 2] += rng.uniform(-0.7, 0.7, len(near))
    label_map = np.zeros((TILE, TILE), np.int32)
    for number, (x, y, radius) in enumerate(near, 1):
        ends = np.array([y - radius, y + radius + 1, x - radius, x + radius + 1])
        y1, y2, x1, x2 = np.clip(np.ceil(ends), 0, TILE).astype(int)
        rows, columns = np.ogrid[y1:y2, x1:x2]
        disc = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
        label_map[y1:y2, x1:x2][disc] = number
    crops, _ = label_map_to_crops(label_map)
    scores = rng.uniform(0.5, 1, len(crops)).astype(np.float32)
    return Nuclei.of_crops(crops, scores)
