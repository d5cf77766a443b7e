"""Match candidates: which detections of different tiles may be the same nucleus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmnuc.ops.arrays import BoolArray, F32Array, F64Array, I64Array
from mmnuc.ops.overlap.masks import overlaps
from mmnuc.stitching import kernels as stitch_kernels
from mmnuc.stitching.grid import Grid
from mmnuc.stitching.seams import Contacts, contacts
from mmnuc.stitching.tile_detections import TileDetections


@dataclass(frozen=True)
class MergeRules:
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
class MatchCandidates:
    """Pairs of detections of different tiles that may be one nucleus; P of each array.

    Args:
        cut: Which of N detections are fragments, of shape (N,).
        rivals: Of these pairs only the stronger detection stays, of shape (2, P).
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


def match_candidates(detections: TileDetections, grid: Grid, rules: MergeRules) -> MatchCandidates:
    """Find the pairs that may be one nucleus.

    Args:
        detections: N detections.
        grid: The tiles.
        rules: What makes two detections one nucleus.

    Returns:
        The pairs; in ``rivals`` the stronger detection comes first, and the strongest one first of
        all.
    """
    meeting = overlaps(detections.nuclei.crops)
    apart = detections.tiles[meeting.rows] != detections.tiles[meeting.cols]
    pair = np.stack([meeting.rows, meeting.cols]).compress(apart, axis=1)
    shared = meeting.intersections[apart]
    agreements = _agreement(detections, grid, pair, shared)
    agree = agreements >= rules.overlap
    areas = meeting.row_areas
    closest = _best_of_both(detections.tiles, pair, shared, areas)
    cut = detections.cut | _refuted(detections, grid, pair[:, agree & closest], rules.reach)
    agree &= cut[pair].all(axis=0)
    touching = contacts(detections.nuclei.crops, detections.tiles, grid, rules.reach)
    strength = _strength(detections, grid, cut, areas)
    return MatchCandidates(
        cut=cut,
        rivals=_rivals(
            pair, shared, areas, cut, strength, closest, detections.nuclei.scores, rules.overlap
        ),
        agreeing=pair[:, agree],
        agreements=agreements[agree],
        touching=touching.take(touching.values >= rules.contact),
    )


def _refuted(detections: TileDetections, grid: Grid, pair: I64Array, reach: int) -> BoolArray:
    """Which detections go on outside of their tile, as an agreeing neighbour shows, of shape (N,).

    A nucleus in several parts may leave a tile without touching its border.
    """
    refuted = np.zeros(len(detections), np.bool_)
    for one, other in (pair, pair[::-1]):
        tile, box = grid.boxes_xyxy[detections.tiles[one]], detections.boxes_xyxy[other]
        before = (box[:, :2] < tile[:, :2] - reach).any(axis=1)
        beyond = (box[:, 2:] > tile[:, 2:] + reach).any(axis=1)
        refuted[one[before | beyond]] = True
    return refuted


def _agreement(
    detections: TileDetections, grid: Grid, pair: I64Array, shared: I64Array
) -> F64Array:
    """IoU of each pair within the part of the image that both tiles see."""
    one, other = (grid.boxes_xyxy[detections.tiles[side]] for side in pair)
    region = np.empty_like(one)
    region[:, :2] = np.maximum(one[:, :2], other[:, :2])
    region[:, 2:] = np.minimum(one[:, 2:], other[:, 2:])
    crops = detections.nuclei.crops
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
    """Pairs of which one detection may have to go.

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
    """Pairs of which each has the largest IoU with the other of all in the other's tile."""
    iou = shared / (areas[pair].sum(axis=0) - shared)
    best = np.ones(len(iou), np.bool_)
    for one, other in (pair, pair[::-1]):
        order = np.lexsort((-iou, tiles[other], one))
        same = np.diff(one[order], prepend=-1) == 0
        same &= np.diff(tiles[other][order], prepend=-1) == 0
        best[order[same]] = False
    return best


def _strength(detections: TileDetections, grid: Grid, cut: BoolArray, areas: I64Array) -> I64Array:
    """Rank the detections, all different, the strongest the highest, of shape (N,).

    Whole nuclei come before fragments; of them the deepest inside of its core comes first, of
    fragments the largest.
    """
    cores = grid.cores_xyxy[detections.tiles].astype(np.float64)
    # A core has no end where the image has none.
    cores[:, :2][cores[:, :2] == 0] = -np.inf
    cores[:, 2:][cores[:, 2:] == [grid.width, grid.height]] = np.inf
    centres = (detections.boxes_xyxy[:, :2].astype(np.float64) + detections.boxes_xyxy[:, 2:]) / 2
    depths = np.minimum(centres - cores[:, :2], cores[:, 2:] - centres).min(axis=1)
    last_first = -np.arange(len(detections))
    strength = np.empty(len(detections), np.int64)
    order = np.lexsort((last_first, np.where(cut, areas, depths), ~cut))
    strength[order] = np.arange(len(detections))
    return strength
