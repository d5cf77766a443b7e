"""Whole nuclei out of tiles: each one once, and those that no tile sees whole put together.

A nucleus that does not reach the border of its tile is whole, one that does is a fragment. Of what
tiles report about the same place

1. a nucleus that does not reach the core of its tile (:class:`mmnuc.stitching.grid.Grid`) is left
   to the neighbour, which sees more around it;
2. of whole nuclei that cover one another, the one deepest inside its core stays;
3. a fragment that a whole nucleus covers goes;
4. fragments of two tiles that agree where both tiles look are one nucleus, and so are, where tiles
   share nothing, fragments with a matching contact over the seam
   (:func:`mmnuc.stitching.seams.contacts`). Each is merged with at most one of a neighbour, the
   best match first. Over the corner of four tiles they are merged in a chain.

All this looks at pairs of masks that meet, so the cost grows with the number of nuclei.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from mmnuc.ops.arrays import BoolArray
from mmnuc.stitching.candidates import MatchCandidates, MergeRules, match_candidates
from mmnuc.stitching.grid import Grid
from mmnuc.stitching.groups import connected_groups, merge_groups
from mmnuc.stitching.merge import resolve_matches
from mmnuc.stitching.tile_detections import TileDetections, place_tile
from mmnuc.structures.nuclei import Nuclei

DEFAULT = MergeRules()


def stitch(grid: Grid, tiles: Iterable[Nuclei], rules: MergeRules = DEFAULT) -> Nuclei:
    """Merge what was found in all tiles of an image.

    Args:
        grid: The tiles.
        tiles: For each tile, row by row, what was found there, in the coordinates of the tile.
        rules: When masks of different tiles are one nucleus.

    Returns:
        Each nucleus once, in the coordinates of the image.

    Raises:
        ValueError: Tiles are missing or too many, masks are not of their tile's size, or the
            classes of tiles differ.

    Example:
        >>> image = np.array([[1, 0, 2, 2, 0, 3]])
        >>> tiles = [Nuclei.from_label_map(image[:, :3]), Nuclei.from_label_map(image[:, 3:])]
        >>> stitch(Grid(1, 6, (1, 3)), tiles).boxes_xyxy[:, [0, 2]].tolist()
        [[0, 1], [2, 4], [5, 6]]
    """
    stitcher = Stitcher(grid, rules)
    given = iter(tiles)
    rows = [stitcher.add_row([*islice(given, grid.cols)]) for _ in range(grid.rows)]
    if next(given, None) is not None:
        raise ValueError(f'more tiles than the {len(grid)} of the grid')
    return Nuclei.cat(rows)


class Stitcher:
    """Merges row of tiles by row of tiles, and gives out what no later tile can change.

    What it keeps in between lies near the border to the next row, whatever the image's height.

    Args:
        grid: The tiles.
        rules: When masks of different tiles are one nucleus.
    """

    def __init__(self, grid: Grid, rules: MergeRules = DEFAULT) -> None:
        self.grid = grid
        self.rules = rules
        self._row = 0
        self._waiting: list[TileDetections] = []

    def add_row(self, tiles: Sequence[Nuclei]) -> Nuclei:
        """Take the next row of tiles.

        Args:
            tiles: What was found in each, in the coordinates of the tile.

        Returns:
            Nuclei that are finished, in the coordinates of the image. After the last row that is
            all the rest.

        Raises:
            ValueError: There are more or fewer tiles than in a row, all rows were given, masks
                are not of their tile's size, or the classes of tiles differ.
        """
        if len(tiles) != self.grid.cols or self._row == self.grid.rows:
            raise ValueError(
                f'{len(tiles)} tiles for row {self._row} of {self.grid.rows}, '
                f'each of {self.grid.cols} tiles'
            )
        first, reach = self._row * self.grid.cols, self.rules.reach
        new = [place_tile(self.grid, first + i, nuclei, reach) for i, nuclei in enumerate(tiles)]
        self._row += 1
        detections = TileDetections.cat([*self._waiting, *new])
        candidates = match_candidates(detections, self.grid, self.rules)
        groups, alive = resolve_matches(detections, candidates, self.rules)
        ready = ~self._unfinished(detections, candidates)
        self._waiting = [detections.take(~ready)]
        chosen = np.flatnonzero(ready & alive)
        return merge_groups(detections.nuclei[chosen], groups[chosen])

    def _unfinished(self, detections: TileDetections, candidates: MatchCandidates) -> BoolArray:
        """Which detections a later tile may change, by itself or through others."""
        if self._row == self.grid.rows:
            return np.zeros(len(detections), np.bool_)
        next_top = self.grid.tops[self._row]
        near = detections.boxes_xyxy[:, 3] >= next_top - self.rules.reach
        count, groups = connected_groups(len(detections), candidates.links)
        waiting = np.zeros(count, np.bool_)
        waiting[groups[near]] = True
        return waiting[groups]
