"""An image seen larger or smaller, read box by box as if all of it had been scaled at once."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from mmnuc.images.color import Rgb
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.resampling import METHODS, Axis, axis_of, resample

_FACTORS = (1 / 64, 64)
# Half of 3567 pixels are 1784, and the level has 1783: a level may be this much too small.
_NEARLY = 1.01


def scale_image(
    image: Any, factor_x: float, factor_y: float | None = None, method: str = 'bicubic'
) -> Any:
    """See an image larger or smaller.

    Args:
        image: What :func:`mmnuc.images.open_image` returned.
        factor_x: Pixels of the result for one of the image, along x: 2 doubles its width.
        factor_y: The same along y; by default that of x.
        method: ``bilinear``, ``bicubic`` or ``lanczos``.

    Returns:
        A :class:`ScaledImage`; the image itself where it would keep its size.

    Example:
        >>> from mmnuc.images import open_image
        >>> image = open_image(np.zeros((4, 5, 3), np.uint8))
        >>> scaled = scale_image(image, 2)
        >>> scaled.height, scaled.width, scaled.read(3, 1, 10, 3).shape
        (8, 10, (2, 7, 3))
        >>> scale_image(image, 1) is image
        True
    """
    scaled = ScaledImage(image, factor_x, factor_y, method)
    return image if (scaled.width, scaled.height) == (image.width, image.height) else scaled


class ScaledImage:
    """An image seen larger or smaller.

    A box has exactly the pixels that scaling the whole image would give, so tiles of any size fit
    together. The whole of the image becomes the whole of the result: a point at ``x`` of the
    result lies at ``x / factor_x`` of the image, where both count from the outer edge of the first
    pixel. Only what a box needs is read; to shrink, from the smallest level of a pyramid that is
    still as large.

    Args:
        image: What :func:`mmnuc.images.open_image` returned.
        factor_x: Pixels of the result for one of the image, along x.
        factor_y: The same along y; by default that of x.
        method: ``bilinear``, ``bicubic`` or ``lanczos``.

    Attributes:
        image: The image.
        height: Height in pixels, rounded.
        width: Width in pixels, rounded.

    Raises:
        ValueError: A factor is not between 1/64 and 64, or there is no such method.
    """

    def __init__(
        self,
        image: Any,
        factor_x: float,
        factor_y: float | None = None,
        method: str = 'bicubic',
    ) -> None:
        factor_y = factor_x if factor_y is None else factor_y
        for factor in (factor_x, factor_y):
            if not (isfinite(factor) and _FACTORS[0] <= factor <= _FACTORS[1]):
                raise ValueError(f'an image is scaled by 1/64 to 64, not by {factor}')
        if method not in METHODS:
            raise ValueError(f'methods are {", ".join(METHODS)}, not {method}')
        self.image = image
        self.width = max(1, round(image.width * factor_x))
        self.height = max(1, round(image.height * factor_y))
        self._method = method
        levels = tuple(getattr(image, 'levels', ())) or ((image.height, image.width),)
        large = [number for number, size_hw in enumerate(levels) if self._is_enough(size_hw)]
        self._level = min(large, key=lambda number: levels[number][0], default=0)
        self._level_hw = levels[self._level]

    @property
    def factor_x(self) -> float:
        """Pixels of the result for one of the image, along x, after its width was rounded."""
        return self.width / int(self.image.width)

    @property
    def factor_y(self) -> float:
        """The same along y."""
        return self.height / int(self.image.height)

    @property
    def pixel_size(self) -> PixelSize | None:
        """Micrometres a pixel of the result, where those of the image are known."""
        size = PixelSize.of(getattr(self.image, 'pixel_size', None))
        if size is None:
            return None
        return PixelSize(size.x / self.factor_x, size.y / self.factor_y, size.source)

    @property
    def description(self) -> str:
        """What was read: the image's own line."""
        return str(getattr(self.image, 'description', ''))

    def read(self, x1: int, y1: int, x2: int, y2: int) -> Rgb:
        """Return a box inside the result, of shape (y2 - y1, x2 - x1, 3)."""
        height, width = self._level_hw
        if x2 <= x1 or y2 <= y1:
            return np.empty((max(0, y2 - y1), max(0, x2 - x1), 3), np.uint8)
        x = self._axis(x1, x2, int(self.image.width), width, self.width)
        y = self._axis(y1, y2, int(self.image.height), height, self.height)
        level = {'level': self._level} if self._level else {}
        piece = self.image.read(x.first, y.first, x.end, y.end, **level)
        return resample(piece, x, y)

    def close(self) -> None:
        """Close the image."""
        close = getattr(self.image, 'close', None)
        if close is not None:
            close()

    def _is_enough(self, size_hw: tuple[int, int]) -> bool:
        """Tell a level that does not have to be enlarged, or by next to nothing."""
        height, width = int(self.image.height), int(self.image.width)
        y, x = _shrunk_by(height, size_hw[0]), _shrunk_by(width, size_hw[1])
        return y * self.factor_y <= _NEARLY and x * self.factor_x <= _NEARLY

    def _axis(self, start: int, stop: int, full: int, level: int, size: int) -> Axis:
        return axis_of(start, stop, level, full / size / _shrunk_by(full, level), self._method)


def _shrunk_by(full: int, level: int) -> float:
    """How many pixels one of a pyramid's level stands for.

    Levels are shrunk by whole numbers, and what is left over at the far edge is cut off or filled:
    3567 pixels have a level of 1783 that shows 3566 of them.

    Example:
        >>> _shrunk_by(3567, 1783), _shrunk_by(3567, 1784), _shrunk_by(100, 40)
        (2, 2, 2.5)
    """
    whole = round(full / level)
    return whole if level in (full // whole, -(-full // whole)) else full / level
