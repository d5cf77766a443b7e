"""Whole nuclei out of tiles: each one once, and those that no tile sees whole put together.

A nucleus that does not reach the border of its tile is whole, one that does is a fragment. Of what
tiles report about the same place

1. a nucleus that does not reach the core of its tile (:class:`mmnuc.stitching.grid.Grid`) is left
   to the neighbour, which sees more around it;
2. of whole nuclei that cover one another, the one deepest inside its core stays;
3. a fragment that a whole nucleus covers goes;
4. fragments of two tiles that agree where both tiles look are one nucleus, and so are, where tiles
   share nothing, fragments with a matching contact over the seam
   (:func:`mmnuc.stitching.seams.contacts`). Each joins at most one of a neighbour, the best match
   first. Over the corner of four tiles they join in a chain.

All this looks at pairs of masks that meet, so the cost grows with the number of nuclei.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from mmnuc.ops.arrays import BoolArray
from mmnuc.stitching.candidates import Pairs, Pieces, Rules, compare, join_pieces, pieces_of
from mmnuc.stitching.detections import Found, concatenate, nothing, unite
from mmnuc.stitching.grid import Grid
from mmnuc.stitching.merge import components, decide

__all__ = ['Found', 'Rules', 'Stitcher', 'stitch']

DEFAULT = Rules()


def stitch(grid: Grid, tiles: Iterable[Found], rules: Rules = DEFAULT) -> Found:
    """Merge what was found in all tiles of an image.

    Args:
        grid: The tiles.
        tiles: For each tile, row by row, what was found there, in the coordinates of the tile.
        rules: When masks of different tiles are one nucleus.

    Returns:
        Each nucleus once, in the coordinates of the image.

    Raises:
        ValueError: Tiles are missing or too many, or masks are not of their tile's size.

    Example:
        >>> from mmnuc.ops.codecs.label_map import label_map_to_crops
        >>> image = np.array([[1, 0, 2, 2, 0, 3]])
        >>> def read(tile):
        ...     crops, ids = label_map_to_crops(tile)
        ...     return Found(crops, np.ones(len(ids), np.float32), ids)
        >>> whole = stitch(Grid(1, 6, (1, 3)), [read(image[:, :3]), read(image[:, 3:])])
        >>> whole.labels.tolist(), whole.crops.boxes_xyxy[:, [0, 2]].tolist()
        ([1, 2, 3], [[0, 1], [2, 4], [5, 6]])
    """
    stitcher = Stitcher(grid, rules)
    given = iter(tiles)
    rows = [stitcher.add_row([*islice(given, grid.cols)]) for _ in range(grid.rows)]
    if next(given, None) is not None:
        raise ValueError(f'more tiles than the {len(grid)} of the grid')
    return concatenate(rows)


class Stitcher:
    """Merges row of tiles by row of tiles, and gives out what no later tile can change.

    What it keeps in between lies near the border to the next row, whatever the image's height.

    Args:
        grid: The tiles.
        rules: When masks of different tiles are one nucleus.
    """

    def __init__(self, grid: Grid, rules: Rules = DEFAULT) -> None:
        self.grid = grid
        self.rules = rules
        self._row = 0
        found = nothing(grid.height, grid.width)
        self._waiting = Pieces(found, np.zeros(0, np.int64), np.zeros(0, np.bool_))

    def add_row(self, tiles: Sequence[Found]) -> Found:
        """Take the next row of tiles.

        Args:
            tiles: What was found in each, in the coordinates of the tile.

        Returns:
            Nuclei that are finished, in the coordinates of the image. After the last row that is
            all the rest.

        Raises:
            ValueError: There are more or fewer tiles than in a row, all rows were given, or masks
                are not of their tile's size.
        """
        if len(tiles) != self.grid.cols or self._row == self.grid.rows:
            raise ValueError(
                f'{len(tiles)} tiles for row {self._row} of {self.grid.rows}, '
                f'each of {self.grid.cols} tiles'
            )
        first, reach = self._row * self.grid.cols, self.rules.reach
        new = [pieces_of(self.grid, first + i, found, reach) for i, found in enumerate(tiles)]
        self._row += 1
        pieces = join_pieces([self._waiting, *new])
        pairs = compare(pieces, self.grid, self.rules)
        groups, alive = decide(pieces, pairs, self.rules)
        ready = ~self._unfinished(pieces, pairs)
        self._waiting = pieces.take(~ready)
        chosen = np.flatnonzero(ready & alive)
        return unite(pieces.found.take(chosen), groups[chosen])

    def _unfinished(self, pieces: Pieces, pairs: Pairs) -> BoolArray:
        """Which pieces a later tile may change, by itself or through others."""
        if self._row == self.grid.rows:
            return np.zeros(len(pieces), np.bool_)
        next_top = self.grid.tops[self._row]
        near = pieces.boxes_xyxy[:, 3] >= next_top - self.rules.reach
        count, groups = components(len(pieces), pairs.links)
        waiting = np.zeros(count, np.bool_)
        waiting[groups[near]] = True
        return waiting[groups]
