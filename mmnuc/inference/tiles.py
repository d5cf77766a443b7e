"""Images of any size through a model that sees tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tqdm import tqdm

from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.tile_model import TileModel
from mmnuc.stitching.candidates import MergeRules
from mmnuc.stitching.grid import Grid
from mmnuc.stitching.stitcher import Stitcher
from mmnuc.structures.nuclei import Nuclei

DEFAULT_RULES = MergeRules()


@dataclass(frozen=True)
class Tiling:
    """How an image is cut.

    Args:
        tile: Side of the tiles in pixels; None for the whole image at once.
        overlap: Pixels that neighbours share at least: as many as the largest nucleus is long, so
            that some tile sees it whole. With 0, what was cut is merged at the seams.
        batch_size: Tiles that the model gets at once.
        rules: When masks of different tiles are one nucleus.
    """

    tile: int | None = None
    overlap: int = 0
    batch_size: int = 1
    rules: MergeRules = DEFAULT_RULES

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f'a batch has at least one tile, not {self.batch_size}')
        if self.tile is not None and not 0 <= self.overlap < self.tile:
            raise ValueError(
                f'an overlap of {self.overlap} pixels does not fit tiles of {self.tile}: '
                'it must be 0 or more, and less than a tile'
            )

    def grid(self, height: int, width: int, stride: int = 1) -> Grid:
        """Lay the tiles on an image, at multiples of the model's stride if they overlap enough.

        Raises:
            ValueError: A tile is smaller than the stride.
        """
        if self.tile is None:
            return Grid(height, width, (height, width))
        if self.tile < stride:
            raise ValueError(
                f'a tile of {self.tile} pixels is below the stride of the network, {stride}: '
                'take larger tiles'
            )
        # Without overlap the tiles are the parts that somebody asked for.
        aligned = self.overlap > 0 and self.tile - self.overlap >= stride
        size = (self.tile, self.tile)
        return Grid(height, width, size, self.overlap, stride if aligned else 1)


WHOLE = Tiling()


def segment_tiles(
    image: OpenImage,
    model: TileModel,
    tiling: Tiling = WHOLE,
    *,
    pixel_size: PixelSize | float | tuple[float, float] | None = None,
    progress: bool = False,
) -> Nuclei:
    """Find the nuclei of an image, tile by tile, each nucleus once.

    Holds one row of tiles and what was found, whatever the image's size.

    Args:
        image: The image.
        model: Takes a list of RGB tiles (h, w, 3), returns the nuclei of each, in its coordinates.
            An attribute ``stride`` says at which multiples tiles should start; ``finish`` is
            called with all nuclei of the image, and returns what is left of them.
        tiling: How the image is cut.
        pixel_size: Micrometres a pixel; a pair is width and height.
        progress: Show a progress bar on stderr.

    Returns:
        The nuclei.

    Raises:
        ValueError: The tiles do not fit the model, or the model's answer does not fit the tiles.
    """
    grid = tiling.grid(image.height, image.width, getattr(model, 'stride', 1))
    size = PixelSize.of(pixel_size)
    stitcher = Stitcher(grid, tiling.rules)
    rows: list[Nuclei] = []
    row: list[Nuclei] = []
    with tqdm(total=len(grid), unit='tile', disable=not progress) as bar:
        for nuclei in _answers(image, model, grid, tiling.batch_size):
            bar.update()
            row.append(replace(nuclei, pixel_size=size))
            if len(row) == grid.cols:
                rows.append(stitcher.add_row(row))
                row = []
    whole = Nuclei.cat(rows)
    finish = getattr(model, 'finish', None)
    return finish(whole) if finish else whole


def _answers(image: OpenImage, model: TileModel, grid: Grid, batch_size: int) -> Iterator[Nuclei]:
    """Give what the model finds in each tile, row by row."""
    class_names = None
    for start in range(0, len(grid), batch_size):
        boxes = grid.boxes_xyxy[start : start + batch_size].tolist()
        answers = model([image.read(*box) for box in boxes])
        _check(answers, boxes)
        for nuclei in answers:
            class_names = class_names or nuclei.class_names
            if nuclei.class_names != class_names:
                names = {class_names, nuclei.class_names}
                raise ValueError(
                    f'the model names its classes differently from tile to tile: {names}'
                )
            yield nuclei


def _check(answers: Sequence[Nuclei], boxes: Sequence[Sequence[int]]) -> None:
    if len(answers) != len(boxes):
        raise ValueError(f'the model answered {len(answers)} times to {len(boxes)} tiles')
    for nuclei, (x1, y1, x2, y2) in zip(answers, boxes, strict=True):
        if not isinstance(nuclei, Nuclei):
            raise ValueError(f'the model must return Nuclei, not {type(nuclei).__name__}')
        if (nuclei.height, nuclei.width) != (y2 - y1, x2 - x1):
            raise ValueError(
                f'the model returned {nuclei} for a tile of {y2 - y1} x {x2 - x1} pixels'
            )
