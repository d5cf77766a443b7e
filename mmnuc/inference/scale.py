"""At which scale a model sees an image: at the one that it was trained at.

A model states the micrometres a pixel of its training images (``pixel_size``) and the diameter of
their nuclei in pixels (``diameter``). An image of other pixels is read enlarged or shrunk; what is
found comes back in the image's own pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any

from mmnuc.errors import UserError
from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.scaled import ScaledImage
from mmnuc.ops.crops.rescale import rescale
from mmnuc.structures.nuclei import Nuclei

# Up to here an image is seen as it is: scanners of one magnification differ by 5 %. What is 6 %
# coarser than the model's images loses 0.03 of AJI already, what is finer nothing until here
# (benchmarks/results/scale.md).
COARSER = 1.06
FINER = 1.25
# Nuclei of more or fewer pixels than this leaves can't be outlined.
_MOST_ENLARGED = 8.0
_MOST_SHRUNK = 32.0


@dataclass(frozen=True)
class ReadingScale:
    """How much larger a model sees an image.

    Args:
        x: Pixels that the model sees for each pixel of the image, along its width.
        y: The same along its height.
        about: What that means, in words; nothing where the image is seen as it is.
        taken_as: Micrometres of the model's pixels, where those of the image are not known and
            it is seen as it is.

    Example:
        >>> ReadingScale().changes, ReadingScale(2.0, 2.0).changes
        (False, True)
    """

    x: float = 1.0
    y: float = 1.0
    about: str = ''
    taken_as: float | None = None

    @property
    def changes(self) -> bool:
        """Whether the image is seen otherwise than it is."""
        return (self.x, self.y) != (1.0, 1.0)

    def view(self, image: OpenImage) -> OpenImage:
        """The image as the model sees it."""
        return ScaledImage(image, self.x, self.y) if self.changes else image

    def pixel_size(self, size: PixelSize | None) -> PixelSize | None:
        """Micrometres of what the model sees as a pixel, from those of the image.

        Example:
            >>> ReadingScale(2.0, 2.0).pixel_size(PixelSize(0.5, 0.5))
            PixelSize(x=0.25, y=0.25, source='')
        """
        if size is None or not self.changes:
            return size
        return PixelSize(size.x / self.x, size.y / self.y, size.source)


AS_IT_IS = ReadingScale()


@dataclass(frozen=True)
class Found:
    """What was found in an image, and how it was seen.

    Args:
        nuclei: The nuclei, in pixels of the image.
        scale: How much larger the model saw it.
    """

    nuclei: Nuclei
    scale: ReadingScale = field(default=AS_IT_IS)


def by_pixel_size(size: PixelSize | None, model: Any) -> ReadingScale:
    """Choose the scale by what a pixel of the image and one of the model's training measure.

    Args:
        size: Micrometres a pixel of the image, None where they are not known.
        model: Its attribute ``pixel_size`` counts, micrometres or None; without it no image is
            rescaled.

    Returns:
        The scale; from :data:`COARSER` to :data:`FINER` nothing changes.

    Raises:
        UserError: The sizes differ so much that no nuclei could be seen.

    Example:
        >>> from types import SimpleNamespace
        >>> model = SimpleNamespace(pixel_size=0.25)
        >>> by_pixel_size(PixelSize(0.5, 0.5), model).about
        'read at 0.25 µm: enlarged 2.0 times'
        >>> by_pixel_size(PixelSize(0.2521, 0.2521), model).changes
        False
        >>> by_pixel_size(None, model).taken_as
        0.25
    """
    own = PixelSize.of(getattr(model, 'pixel_size', None))
    if own is None:
        return AS_IT_IS
    if size is None:
        return ReadingScale(taken_as=own.x)
    x, y = size.x / own.x, size.y / own.y
    _check(x, y, f'a pixel of {size}', f"the model's {own}")
    return _scale(x, y, f'read at {own}') or AS_IT_IS


def by_diameter(diameter: float, size: PixelSize | None, model: Any) -> ReadingScale:
    """Choose the scale by the diameter of the nuclei.

    Args:
        diameter: That of nuclei of the image, in its pixels; the geometric mean of width and
            height where pixels are not square.
        size: Micrometres a pixel of the image; only whether they are square counts.
        model: Its attribute ``diameter`` counts.

    Returns:
        The scale; from :data:`COARSER` to :data:`FINER` nothing changes.

    Raises:
        UserError: The model does not state its own, or they differ so much that no nuclei could
            be seen.

    Example:
        >>> from types import SimpleNamespace
        >>> by_diameter(10, None, SimpleNamespace(diameter=20.0)).about
        'nuclei of 10 pixels, read as of 20: enlarged 2.0 times'
    """
    own = diameter_of(model)
    if not 0 < diameter < float('inf'):
        raise UserError(f'a nucleus has a diameter above 0 pixels, not {diameter}')
    factor = own / diameter
    slant = slant_of(size)
    x, y = factor * slant, factor / slant
    _check(x, y, f'a nucleus of {diameter:.3g} pixels', f"the model's {own:.3g}")
    seen = f'nuclei of {diameter:.3g} pixels, read as '
    return _scale(x, y, f'{seen}of {own:.3g}') or ReadingScale(about=f'{seen}they are')


def by_factor(factor: float, size: PixelSize | None, about: str) -> ReadingScale:
    """Take a factor that was found.

    Args:
        factor: How much larger the image is to be seen, the geometric mean of width and height
            where pixels are not square.
        size: Micrometres a pixel of the image; only whether they are square counts.
        about: What it was found by.

    Returns:
        The scale; from :data:`COARSER` to :data:`FINER` nothing changes.

    Example:
        >>> by_factor(2.0, None, 'nuclei of 10 pixels').about
        'nuclei of 10 pixels: enlarged 2.0 times'
        >>> by_factor(0.9, None, 'nuclei of 18 pixels').about
        'nuclei of 18 pixels: read as they are'
    """
    slant = slant_of(size)
    found = _scale(factor * slant, factor / slant, about)
    return found or ReadingScale(about=f'{about}: read as they are')


def slant_of(size: PixelSize | None) -> float:
    """How much more a pixel is enlarged across than the geometric mean of both axes.

    Example:
        >>> slant_of(PixelSize(1.0, 0.25)), slant_of(None)
        (2.0, 1.0)
    """
    return 1.0 if size is None else sqrt(size.x / size.y)


def diameter_of(model: Any) -> float:
    """The diameter of the nuclei that a model was trained on, in pixels.

    Raises:
        UserError: The model does not state it.
    """
    own = getattr(model, 'diameter', None)
    if own is None:
        raise UserError(
            'the model does not state the diameter of its nuclei: write diameter = PIXELS into '
            'its config, or state pixel sizes instead'
        )
    return float(own)


def in_own_pixels(nuclei: Nuclei, image: OpenImage, size: PixelSize | None) -> Nuclei:
    """Take nuclei back to the pixels of the image; one that is smaller than a pixel keeps one.

    Args:
        nuclei: What was found at another scale.
        image: The image.
        size: Micrometres of its pixels.

    Returns:
        As many nuclei.
    """
    crops = rescale(nuclei.crops, image.height, image.width)
    return replace(nuclei, crops=crops, pixel_size=size)


def _scale(x: float, y: float, about: str) -> ReadingScale | None:
    if all(1 / FINER <= factor <= COARSER for factor in (x, y)):
        return None
    return ReadingScale(x, y, f'{about}: {_times(x, y)}')


def _times(x: float, y: float) -> str:
    """Say a change of scale.

    Example:
        >>> _times(2.0, 2.0), _times(0.25, 0.25), _times(2.0, 1.0)
        ('enlarged 2.0 times', 'shrunk 4.0 times', 'enlarged 2.0 x 1.0 times')
        >>> _times(2.0, 0.5)
        'resized to 2.0 x 0.5 times'
    """
    if min(x, y) >= 1:
        word = 'enlarged'
    elif max(x, y) <= 1:
        word, x, y = 'shrunk', 1 / x, 1 / y
    else:
        word = 'resized to'
    one, other = f'{x:.1f}', f'{y:.1f}'
    return f'{word} {one} times' if one == other else f'{word} {one} x {other} times'


def _check(x: float, y: float, seen: str, own: str) -> None:
    """Refuse factors at which there are no nuclei to see."""
    if max(x, y) > _MOST_ENLARGED or min(x, y) < 1 / _MOST_SHRUNK:
        raise UserError(
            f'{seen} is too far from {own} to find nuclei: state the right size with --pixel-size '
            'or --diameter (pixel_size=..., diameter=...)'
        )
