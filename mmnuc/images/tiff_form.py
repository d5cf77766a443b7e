"""What a TIFF says of its values: colours, alpha, palettes, bits, the size of a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images import pixel_size, tiff_descriptions
from mmnuc.images.memory import check_pixels
from mmnuc.images.raw import Color, Form, Series
from mmnuc.images.tiff_stack import Stack

_PHOTOMETRIC = tifffile.PHOTOMETRIC
_SEEN_THROUGH = (1, 2)  # ExtraSamples: associated and unassociated alpha
_COLORS: dict[int, Color] = {
    _PHOTOMETRIC.MINISWHITE: 'white_is_zero',
    _PHOTOMETRIC.MINISBLACK: 'channels',
    _PHOTOMETRIC.RGB: 'rgb',
    _PHOTOMETRIC.PALETTE: 'palette',
    _PHOTOMETRIC.MASK: 'channels',
    _PHOTOMETRIC.SEPARATED: 'cmyk',
    _PHOTOMETRIC.YCBCR: 'rgb',
}


def form_of(stack: Stack, name: str, series: Sequence[Series], index: int) -> Form:
    """Tell what the values of an image mean.

    Args:
        stack: The image.
        name: The file, for messages.
        series: All images of the file.
        index: Which of them this is.

    Raises:
        UserError: It has no pixels, or values or colours that are not read.
    """
    page = stack.key
    height, width = stack.levels[0]
    if page.dtype is None:
        kind = f'{page.bitspersample} bits of sample format {page.sampleformat}'
        raise UserError(f'{name} has values of {kind}, which are not read; save it as 16 bits')
    check_pixels((height, width), page.dtype, name)
    samples = int(page.samplesperpixel)
    color = _color(page, name)
    alpha = _alpha(page, samples)
    bits = page.bitspersample if isinstance(page.bitspersample, int) else 0
    names = [one for one in stack.channels for _ in range(samples)]
    return Form(
        height,
        width,
        page.dtype,
        tuple(names),
        color,
        0 if bits == page.dtype.itemsize * 8 or page.dtype.kind == 'b' else bits,
        alpha,
        alpha is not None and page.extrasamples[alpha - samples] == 1,
        _palette(page) if color == 'palette' else None,
        stack.planes,
        stack.plane_axis,
        stack.levels,
        tuple(series),
        index,
        _pixel_size(stack),
        stack.passed_over,
    )


def _color(page: Any, name: str) -> Color:
    kind, samples = page.photometric, int(page.samplesperpixel)
    if kind not in _COLORS:
        title = getattr(kind, 'name', kind)
        raise UserError(f'{name} has {title} colours, which are not read; save it as RGB')
    color = _COLORS[kind]
    inks = int(page.tags['InkSet'].value) if 'InkSet' in page.tags else 1
    if (color == 'cmyk' and (samples < 4 or inks != 1)) or (color == 'rgb' and samples < 3):
        return 'channels'
    return color


def _alpha(page: Any, samples: int) -> int | None:
    """Which sample the file calls alpha."""
    extra = list(page.extrasamples)
    found = next((i for i, one in enumerate(extra) if one in _SEEN_THROUGH), None)
    return None if found is None or len(extra) >= samples else samples - len(extra) + found


def _palette(page: Any) -> NDArray[np.uint8]:
    """Colours of 16 bits as 8, but for writers that mistook them for 8."""
    colors = np.asarray(page.colormap).T
    return (colors if colors.max(initial=0) < 256 else colors >> 8).astype(np.uint8)


def _pixel_size(stack: Stack) -> pixel_size.PixelSize | None:
    page = stack.key
    if isinstance(stack.source, int):
        size_wh = stack.levels[0][1], stack.levels[0][0]
        sides = tiff_descriptions.of_ome(stack.description, size_wh, stack.source)
        return pixel_size.plausible(*sides, 'OME-XML') or pixel_size.of_tiff_page(page)
    return pixel_size.of_tiff_page(page, stack.source)
