"""Which masks of different tiles may be the same nucleus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import BoolArray, F32Array, F64Array, I32Array, I64Array
from mmnuc.ops.overlap.masks import overlaps
from mmnuc.stitching import kernels as stitch_kernels
from mmnuc.stitching.detections import Found, concatenate
from mmnuc.stitching.grid import Grid
from mmnuc.stitching.seams import Contacts, contacts


@dataclass(frozen=True)
class Rules:
    """When two masks of different tiles are taken for one nucleus.

    Args:
        reach: A mask that ends this many pixels before the border of its tile is a fragment too:
            networks do not always paint the last pixel.
        overlap: Share of the smaller mask, of a fragment, or of what two fragments have where both
            tiles look, from which on masks that overlap are the same nucleus.
        contact: Value of a contact from which on fragments are one nucleus, see
            :func:`mmnuc.stitching.seams.contacts`.
    """

    reach: int = 0
    overlap: float = 0.5
    contact: float = 0.6


@dataclass(frozen=True)
class Pieces:
    """What tiles found, in the coordinates of the image.

    Args:
        found: N masks.
        tiles: The tile of each, of shape (N,).
        cut: Whether it reaches a border of its tile inside of the image, of shape (N,).
    """

    found: Found
    tiles: I64Array
    cut: BoolArray

    def __len__(self) -> int:
        return len(self.tiles)

    @property
    def boxes_xyxy(self) -> I32Array:
        """Tight boxes, of shape (N, 4)."""
        return self.found.crops.boxes_xyxy

    def take(self, index: NDArray[np.generic]) -> Pieces:
        """Select by numbers or booleans."""
        return Pieces(self.found.take(index), self.tiles[index], self.cut[index])


@dataclass(frozen=True)
class Pairs:
    """Pairs of pieces of different tiles that may be one nucleus; P of each array.

    Args:
        cut: Which of N pieces are fragments, of shape (N,).
        rivals: Of these pairs only the stronger piece stays, of shape (2, P).
        agreeing: These pairs lie on each other and look alike, of shape (2, Q).
        agreements: How well each of ``agreeing`` matches, of shape (Q,).
        touching: These pairs meet at a seam.
    """

    cut: BoolArray
    rivals: I64Array
    agreeing: I64Array
    agreements: F64Array
    touching: Contacts

    @property
    def links(self) -> I64Array:
        """Every pair, of shape (2, R)."""
        faces = np.stack([self.touching.before, self.touching.after])
        return np.concatenate([self.rivals, self.agreeing, faces], axis=1)


def pieces_of(grid: Grid, tile: int, found: Found, reach: int) -> Pieces:
    """Place what a tile found; what does not reach the tile's core is left to a neighbour.

    Args:
        grid: The tiles.
        tile: Number of the tile.
        found: Masks in the coordinates of the tile.
        reach: See :class:`Rules`.

    Returns:
        The pieces, in the coordinates of the image.

    Raises:
        ValueError: The masks are not of the tile's size.
    """
    x1, y1, x2, y2 = grid.boxes_xyxy[tile].tolist()
    size = (found.crops.height, found.crops.width)
    if size != (y2 - y1, x2 - x1):
        raise ValueError(
            f'masks of {size[0]} x {size[1]} pixels for tile {tile} of {y2 - y1} x {x2 - x1}'
        )
    placed = found.place(x1, y1, grid.height, grid.width)
    boxes, core = placed.crops.boxes_xyxy, grid.cores_xyxy[tile]
    reaching = (boxes[:, :2] < core[2:]).all(axis=1) & (boxes[:, 2:] > core[:2]).all(axis=1)
    kept = placed.take(reaching)
    cut = _cut(kept.crops.boxes_xyxy, grid, tile, reach)
    return Pieces(kept, np.full(len(kept), tile, np.int64), cut)


def join_pieces(parts: Sequence[Pieces]) -> Pieces:
    """Put the pieces of several tiles one after the other."""
    found = concatenate([part.found for part in parts])
    tiles = np.concatenate([part.tiles for part in parts])
    return Pieces(found, tiles, np.concatenate([part.cut for part in parts]))


def _cut(boxes_xyxy: I32Array, grid: Grid, tile: int, reach: int) -> BoolArray:
    box = grid.boxes_xyxy[tile]
    first = (box[:2] > 0) & (boxes_xyxy[:, :2] <= box[:2] + reach)
    inside = box[2:] < [grid.width, grid.height]
    last = inside & (boxes_xyxy[:, 2:] >= box[2:] - reach)
    cut: BoolArray = (first | last).any(axis=1)
    return cut


def compare(pieces: Pieces, grid: Grid, rules: Rules) -> Pairs:
    """Find the pairs that may be one nucleus.

    Args:
        pieces: N pieces.
        grid: The tiles.
        rules: What makes two pieces one nucleus.

    Returns:
        The pairs; in ``rivals`` the stronger piece comes first, and the strongest one first of all.
    """
    meeting = overlaps(pieces.found.crops)
    apart = pieces.tiles[meeting.rows] != pieces.tiles[meeting.cols]
    pair = np.stack([meeting.rows, meeting.cols]).compress(apart, axis=1)
    shared = meeting.intersections[apart]
    agreements = _agreement(pieces, grid, pair, shared)
    agree = agreements >= rules.overlap
    areas = meeting.row_areas
    closest = _best_of_both(pieces.tiles, pair, shared, areas)
    cut = pieces.cut | _refuted(pieces, grid, pair[:, agree & closest], rules.reach)
    agree &= cut[pair].all(axis=0)
    touching = contacts(pieces.found.crops, pieces.tiles, grid, rules.reach)
    strength = _strength(pieces, grid, cut, areas)
    return Pairs(
        cut=cut,
        rivals=_rivals(
            pair, shared, areas, cut, strength, closest, pieces.found.scores, rules.overlap
        ),
        agreeing=pair[:, agree],
        agreements=agreements[agree],
        touching=touching.take(touching.values >= rules.contact),
    )


def _refuted(pieces: Pieces, grid: Grid, pair: I64Array, reach: int) -> BoolArray:
    """Which pieces go on outside of their tile, as an agreeing neighbour shows, of shape (N,).

    A nucleus in several parts may leave a tile without touching its border.
    """
    refuted = np.zeros(len(pieces), np.bool_)
    for one, other in (pair, pair[::-1]):
        tile, box = grid.boxes_xyxy[pieces.tiles[one]], pieces.boxes_xyxy[other]
        before = (box[:, :2] < tile[:, :2] - reach).any(axis=1)
        beyond = (box[:, 2:] > tile[:, 2:] + reach).any(axis=1)
        refuted[one[before | beyond]] = True
    return refuted


def _agreement(pieces: Pieces, grid: Grid, pair: I64Array, shared: I64Array) -> F64Array:
    """IoU of each pair within the part of the image that both tiles see."""
    one, other = (grid.boxes_xyxy[pieces.tiles[side]] for side in pair)
    region = np.empty_like(one)
    region[:, :2] = np.maximum(one[:, :2], other[:, :2])
    region[:, 2:] = np.minimum(one[:, 2:], other[:, 2:])
    crops = pieces.found.crops
    areas = np.empty(pair.shape, np.int64)
    for side in (0, 1):
        stitch_kernels.pixels_inside(
            *(crops.buffer, crops.offsets, crops.boxes_xyxy), pair[side], region, areas[side]
        )
    agreement: F64Array = shared / (areas.sum(axis=0) - shared)
    return agreement


def _rivals(
    pair: I64Array,
    shared: I64Array,
    areas: I64Array,
    cut: BoolArray,
    strength: I64Array,
    closest: BoolArray,
    scores: F32Array,
    least: float,
) -> I64Array:
    """Pairs of which one piece may have to go.

    A doubtful mask beside a nucleus may lie deeper in its tile than the nucleus in its own: it
    drops the more confident one only if both tiles have nothing that fits better, so that the two
    must be one nucleus.
    """
    first_wins = strength[pair[0]] > strength[pair[1]]
    winners, losers = np.where(first_wins, pair, pair[::-1])
    believed = closest | cut[losers] | (scores[winners] >= scores[losers])
    # A whole nucleus drops a fragment that it covers, not one that only begins there.
    small = areas[pair].min(axis=0)
    of = np.where(cut[losers] & ~cut[winners], areas[losers], small)
    chosen = believed & (shared >= least * of)
    winners, losers = winners[chosen], losers[chosen]
    order = np.argsort(-strength[winners], kind='stable')
    return np.stack([winners[order], losers[order]])


def _best_of_both(tiles: I64Array, pair: I64Array, shared: I64Array, areas: I64Array) -> BoolArray:
    """Pairs of which each piece has the largest IoU with the other of all in the other's tile."""
    iou = shared / (areas[pair].sum(axis=0) - shared)
    best = np.ones(len(iou), np.bool_)
    for one, other in (pair, pair[::-1]):
        order = np.lexsort((-iou, tiles[other], one))
        same = np.diff(one[order], prepend=-1) == 0
        same &= np.diff(tiles[other][order], prepend=-1) == 0
        best[order[same]] = False
    return best


def _strength(pieces: Pieces, grid: Grid, cut: BoolArray, areas: I64Array) -> I64Array:
    """Rank the pieces, all different, the strongest the highest, of shape (N,).

    Whole nuclei come before fragments; of them the deepest inside of its core comes first, of
    fragments the largest.
    """
    cores = grid.cores_xyxy[pieces.tiles].astype(np.float64)
    # A core has no end where the image has none.
    cores[:, :2][cores[:, :2] == 0] = -np.inf
    cores[:, 2:][cores[:, 2:] == [grid.width, grid.height]] = np.inf
    centres = (pieces.boxes_xyxy[:, :2].astype(np.float64) + pieces.boxes_xyxy[:, 2:]) / 2
    depths = np.minimum(centres - cores[:, :2], cores[:, 2:] - centres).min(axis=1)
    last_first = -np.arange(len(pieces))
    strength = np.empty(len(pieces), np.int64)
    order = np.lexsort((last_first, np.where(cut, areas, depths), ~cut))
    strength[order] = np.arange(len(pieces))
    return strength
