"""From an image of any size to its nuclei."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mmnuc.apis.models import pretrained
from mmnuc.images import OpenImage, open_image
from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.choose_scale import Diameter, choose_scale
from mmnuc.inference.predictor import Predictor
from mmnuc.inference.scale import Found, in_own_pixels
from mmnuc.inference.tile_model import TileModel
from mmnuc.inference.tiles import DEFAULT_RULES, Tiling, segment_tiles
from mmnuc.inference.tta import NucleiTTA
from mmnuc.stitching.candidates import MergeRules
from mmnuc.structures.nuclei import Nuclei

_TILE = 1024
_BY_THE_FILE = ReadOptions()

Micrometres = PixelSize | float | tuple[float, float]


def segment(
    image: str | Path | NDArray[Any] | OpenImage,
    model: str | TileModel | None = None,
    *,
    tile: int | None = None,
    overlap: int | None = None,
    tta: bool | Mapping[str, Any] = False,
    batch_size: int = 1,
    pixel_size: Micrometres | None = None,
    diameter: Diameter | None = None,
    reading: ReadOptions = _BY_THE_FILE,
    score_threshold: float = 0.0,
    rules: MergeRules = DEFAULT_RULES,
    progress: bool = False,
) -> Nuclei:
    """Find the nuclei of an image.

    Args:
        image: A file, an array (H, W) or (H, W, C), or anything with ``height``, ``width`` and
            ``read(x1, y1, x2, y2)``; other than RGB of 8 bits is converted, see
            :func:`mmnuc.images.open_image`.
        model: What :func:`mmnuc.load` returns, or any function that takes a list of RGB tiles
            (h, w, 3) and returns the ``Nuclei`` of each, in its coordinates. ``'histology'`` and
            ``'fluorescence'`` come with the project and are loaded once; the first is the default.
        tile: Side of the tiles in pixels of the image as the model sees it; by default 1,024 for
            images larger than that, and the whole image at once for others.
        overlap: Pixels that tiles share, as many as the largest nucleus is long and some more for
            the model to see around it; by default an eighth of the tile. With 0 the image is cut
            into parts, and nuclei on the cuts are merged.
        tta: Average eight augmentations of each tile, turned and mirrored; a mapping holds
            settings of :class:`~mmnuc.inference.tta.NucleiTTA`.
        batch_size: Tiles that the model gets at once.
        pixel_size: Micrometres a pixel, a pair for width and height; by default what the image
            says. An image of other pixels than the model's training images is read at their scale
            and the nuclei come back in the image's own pixels, see :mod:`mmnuc.inference.scale`.
        diameter: Diameter of the nuclei in pixels, to set the scale by it, whatever the size of a
            pixel; ``'auto'`` finds it by a first look at a few places.
        reading: What of a file is read that holds several images, channels or planes.
        score_threshold: Confidence from which a nucleus is returned. Asking here is faster than
            leaving the others out afterwards: an image that is seen at once needs no masks of
            them.
        rules: When masks of two tiles are one nucleus.
        progress: Show a progress bar on stderr.

    Returns:
        The nuclei, after the model's post-processing.

    Raises:
        ValueError: The tiles make no sense, or the model's answer does not fit them.
        UserError: The image can't be read, or its scale is too far from the model's.

    Example:
        >>> import numpy as np
        >>> def dark(tiles):
        ...     return [Nuclei.from_label_map((tile[..., 0] < 128).astype(int)) for tile in tiles]
        >>> image = np.full((40, 60, 3), 255, np.uint8)
        >>> image[10:20, 25:35] = 0
        >>> segment(image, dark, tile=32, overlap=12)
        Nuclei(1 nucleus in 40 x 60 pixels)
    """
    return find(
        image,
        model,
        tile=tile,
        overlap=overlap,
        tta=tta,
        batch_size=batch_size,
        pixel_size=pixel_size,
        diameter=diameter,
        reading=reading,
        score_threshold=score_threshold,
        rules=rules,
        progress=progress,
    ).nuclei


def find(
    image: str | Path | NDArray[Any] | OpenImage,
    model: str | TileModel | None = None,
    *,
    tile: int | None = None,
    overlap: int | None = None,
    tta: bool | Mapping[str, Any] = False,
    batch_size: int = 1,
    pixel_size: Micrometres | None = None,
    diameter: Diameter | None = None,
    reading: ReadOptions = _BY_THE_FILE,
    score_threshold: float = 0.0,
    rules: MergeRules = DEFAULT_RULES,
    progress: bool = False,
) -> Found:
    """Find the nuclei of an image, and say at which scale; all else is as in :func:`segment`."""
    opened = open_image(image, reading)
    if model is None or isinstance(model, str):
        model = pretrained(model or 'histology')
    size = PixelSize.of(pixel_size) or reading.pixel_size
    size = size or PixelSize.of(getattr(opened, 'pixel_size', None))
    scale = choose_scale(opened, model, size, diameter)
    seen = scale.view(opened)
    if tta:
        model = NucleiTTA(model, **({} if tta is True else tta))
    if tile is None and max(seen.height, seen.width) > _TILE:
        tile = _TILE
    if overlap is None:
        overlap = 0 if tile is None else tile // 8
    tiling = Tiling(tile, overlap, batch_size, rules)
    # A part of a nucleus on a cut may score less than the whole.
    sure: AbstractContextManager[None] = nullcontext()
    if tile is None and isinstance(model, Predictor):
        sure = model.above(score_threshold)
    with sure:
        found = segment_tiles(
            seen, model, tiling, progress=progress, pixel_size=scale.pixel_size(size)
        )
    if score_threshold:
        found = found.filter(score_threshold=score_threshold)
    return Found(in_own_pixels(found, opened, size) if scale.changes else found, scale)
