"""The scale that an image is read at, by its pixels, by its nuclei, or by a first look."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Literal

from mmnuc.errors import UserError
from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.first_look import first_look
from mmnuc.inference.scale import (
    AS_IT_IS,
    ReadingScale,
    by_diameter,
    by_factor,
    by_pixel_size,
    diameter_of,
)
from mmnuc.inference.tile_model import TileModel

Diameter = float | Literal['auto']


def choose_scale(
    image: OpenImage,
    model: TileModel,
    size: PixelSize | None = None,
    diameter: Diameter | None = None,
) -> ReadingScale:
    """Choose the scale that an image is read at.

    Args:
        image: The image.
        model: What is to see it.
        size: Micrometres of its pixels, where they are known.
        diameter: Diameter of its nuclei in its pixels, to go by it and not by the size of pixels;
            ``'auto'`` finds it by a first look.

    Returns:
        The scale. With too few nuclei to find it, that by the size of pixels, and words that say
        so.

    Raises:
        UserError: The scale is too far from the model's, or the model does not state what is
            needed.

    Example:
        >>> from types import SimpleNamespace
        >>> from mmnuc.images import Picture
        >>> import numpy as np
        >>> image = Picture(np.zeros((8, 8, 3), np.uint8))
        >>> model = SimpleNamespace(pixel_size=0.25, diameter=20.0)
        >>> choose_scale(image, model, PixelSize(0.5, 0.5)).x
        2.0
        >>> choose_scale(image, model, PixelSize(0.5, 0.5), 40).x
        0.5
    """
    if diameter is None:
        return by_pixel_size(size, model)
    if diameter != 'auto':
        return by_diameter(float(diameter), size, model)
    return _by_first_look(image, model, size)


def _by_first_look(image: OpenImage, model: TileModel, size: PixelSize | None) -> ReadingScale:
    """Look around the scale by the size of pixels, or the image's own where that is no help."""
    diameter_of(model)
    try:
        stated = by_pixel_size(size, model)
    except UserError:
        # Files state sizes that are wrong by far, 72 dots an inch: the look is to help there.
        stated = AS_IT_IS
    look = first_look(image, model, size, sqrt(stated.x * stated.y))
    pieces = f'{look.pieces} {"piece" if look.pieces == 1 else "pieces"}'
    if look.factor is not None:
        return by_factor(look.factor, size, f'nuclei of {look.diameter:.3g} pixels on {pieces}')
    found = by_pixel_size(size, model)
    few = f'too few nuclei to see their scale ({look.nuclei} on {pieces})'
    return replace(found, about='; '.join(filter(None, (few, found.about))))
