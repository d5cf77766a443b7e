"""Tiles that cover an image of any size: where they lie, and which part of it each one owns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmnuc.ops.arrays import I32Array, I64Array


@dataclass(frozen=True)
class Grid:
    """Tiles of one size that cover an image, row by row.

    Neighbours share ``overlap`` pixels; the last tile of a row or column is moved inwards, so that
    it is as large as the others, and shares more. Where the image is smaller than a tile, the tiles
    are as long as the image.

    A network looks at every 32nd pixel, say, at its coarsest level. It sees the same in two tiles
    only if their distance is a multiple of that: ``align`` lays every tile so. Neighbours share
    more then, and the last tiles are up to ``align - 1`` pixels smaller.

    Args:
        height: Height of the image in pixels.
        width: Width of the image in pixels.
        tile_hw: Height and width of a tile.
        overlap: Pixels that neighbours share at least.
        align: Tiles start at multiples of this.

    Raises:
        ValueError: The image has no pixels, the tile none either, the overlap is negative or not
            smaller than a tile that has to move, or less than ``align`` of a tile is left.

    Example:
        >>> grid = Grid(height=5, width=10, tile_hw=(6, 6), overlap=2)
        >>> grid.boxes_xyxy.tolist()
        [[0, 0, 6, 5], [4, 0, 10, 5]]
        >>> grid.cores_xyxy.tolist()
        [[0, 0, 5, 5], [5, 0, 10, 5]]
    """

    height: int
    width: int
    tile_hw: tuple[int, int]
    overlap: int = 0
    align: int = 1

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f'an image of {self.height} x {self.width} pixels has no tiles')
        if min(self.tile_hw) < 1:
            raise ValueError(f'a tile has at least one pixel a side, not {self.tile_hw}')
        moves = [t for t, n in zip(self.tile_hw, (self.height, self.width), strict=True) if t < n]
        if self.overlap < 0 or self.overlap >= min(moves, default=self.overlap + 1):
            raise ValueError(
                f'an overlap of {self.overlap} pixels does not fit tiles of '
                f'{self.tile_hw[0]} x {self.tile_hw[1]}: it must be 0 or more, and less than a side'
            )
        step = min(moves, default=self.overlap + self.align) - self.overlap
        if not 1 <= self.align <= step:
            raise ValueError(
                f'tiles {step} pixels apart cannot start at multiples of {self.align}: '
                'take larger tiles or less overlap'
            )

    @cached_property
    def tops(self) -> I64Array:
        """First row of pixels of each row of tiles, of shape (rows,)."""
        return _starts(self.height, self.tile_hw[0], self.overlap, self.align)

    @cached_property
    def lefts(self) -> I64Array:
        """First column of pixels of each column of tiles, of shape (cols,)."""
        return _starts(self.width, self.tile_hw[1], self.overlap, self.align)

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return len(self.tops)

    @property
    def cols(self) -> int:
        """Columns of tiles."""
        return len(self.lefts)

    def __len__(self) -> int:
        return self.rows * self.cols

    @cached_property
    def boxes_xyxy(self) -> I32Array:
        """The tiles, row by row, of shape (T, 4), right and bottom ends excluded."""
        bottoms = np.minimum(self.tops + self.tile_hw[0], self.height)
        rights = np.minimum(self.lefts + self.tile_hw[1], self.width)
        return _boxes(self.lefts, self.tops, rights, bottoms)

    @cached_property
    def cores_xyxy(self) -> I32Array:
        """The part of each tile that it owns, of shape (T, 4): up to the middle of the overlaps.

        The cores share no pixel and cover the image.
        """
        y = _seams(self.tops, self.height, self.tile_hw[0])
        x = _seams(self.lefts, self.width, self.tile_hw[1])
        return _boxes(x[:-1], y[:-1], x[1:], y[1:])


def parts(height: int, width: int, count: int) -> Grid:
    """Cut an image into 4, 9, 16 ... parts that share nothing.

    Where the sides can't be divided evenly, the last parts share the odd pixels.

    Args:
        height: Height of the image.
        width: Width of the image.
        count: A square number.

    Raises:
        ValueError: Another number, or more parts than pixels.

    Example:
        >>> parts(1000, 1000, 4).boxes_xyxy[-1].tolist()
        [500, 500, 1000, 1000]
    """
    side = round(max(count, 0) ** 0.5)
    if count < 1 or side * side != count or side > min(height, width):
        raise ValueError(f'cannot cut {height} x {width} pixels into {count} parts')
    return Grid(height, width, (-(-height // side), -(-width // side)))


def _starts(length: int, tile: int, overlap: int, align: int) -> I64Array:
    if tile >= length:
        return np.zeros(1, np.int64)
    step = (tile - overlap) // align * align
    last = -(-(length - tile) // align) * align
    starts: I64Array = np.append(np.arange(0, last, step, dtype=np.int64), last)
    return starts


def _seams(starts: I64Array, length: int, tile: int) -> I64Array:
    """Where one core ends and the next begins, with both ends of the image."""
    middles = (starts[1:] + np.minimum(starts[:-1] + tile, length)) // 2
    return np.concatenate([[0], middles, [length]])


def _boxes(x1: I64Array, y1: I64Array, x2: I64Array, y2: I64Array) -> I32Array:
    boxes = np.empty((len(y1), len(x1), 4), np.int32)
    boxes[..., 0], boxes[..., 2] = x1, x2
    boxes[..., 1], boxes[..., 3] = y1[:, None], y2[:, None]
    return boxes.reshape(-1, 4)
