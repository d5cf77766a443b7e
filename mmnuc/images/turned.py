"""Images that lie turned or mirrored in their file, as the tag Orientation says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.raw import Form, RawImage

# Orientation: rows and columns change places; then left and right, up and down.
_STEPS = {
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


class TurnedImage:
    """An image, turned.

    Args:
        inner: The image as it lies in the file.
        orientation: 2 to 8, as TIFF and EXIF number them; 6 is turned clockwise to be seen.

    Example:
        >>> import numpy as np
        >>> from mmnuc.images.memory import array_image
        >>> stored = array_image(np.array([[1, 2, 3], [4, 5, 6]], np.uint8))
        >>> TurnedImage(stored, 6).read(0, 0, 2, 3, channels=[0])[..., 0].tolist()
        [[4, 1], [5, 2], [6, 3]]
    """

    def __init__(self, inner: RawImage, orientation: int) -> None:
        self._inner = inner
        self._swaps, self._mirrored, self._upside_down = _STEPS[orientation]
        self.form = _turned(inner.form) if self._swaps else inner.form

    def read(
        self,
        x1: int,
        y1: int,
        x2: int,
        y2: int,
        *,
        channels: Sequence[int],
        plane: int = 0,
        level: int = 0,
    ) -> NDArray[Any]:
        """Read a box; see :meth:`mmnuc.images.raw.RawImage.read`."""
        height, width = (self.form.levels or ((self.form.height, self.form.width),))[level]
        if self._mirrored:
            x1, x2 = width - x2, width - x1
        if self._upside_down:
            y1, y2 = height - y2, height - y1
        box = (y1, x1, y2, x2) if self._swaps else (x1, y1, x2, y2)
        values = self._inner.read(*box, channels=channels, plane=plane, level=level)
        if self._swaps:
            values = values.swapaxes(0, 1)
        return values[:: -1 if self._upside_down else 1, :: -1 if self._mirrored else 1]

    def close(self) -> None:
        """Close the file."""
        self._inner.close()


def turned(image: RawImage, orientation: Any) -> RawImage:
    """Turn an image where its file says how; what is no orientation turns nothing."""
    return TurnedImage(image, orientation) if orientation in _STEPS else image


def turned_array(values: NDArray[Any], orientation: Any) -> NDArray[Any]:
    """Turn an array (H, W) or (H, W, channels).

    Example:
        >>> import numpy as np
        >>> turned_array(np.array([[1, 2, 3], [4, 5, 6]]), 6).tolist()
        [[4, 1], [5, 2], [6, 3]]
    """
    swaps, mirrored, upside_down = _STEPS.get(orientation, (False, False, False))
    values = values.swapaxes(0, 1) if swaps else values
    return values[:: -1 if upside_down else 1, :: -1 if mirrored else 1]


def _turned(form: Form) -> Form:
    size = form.pixel_size
    return replace(
        form,
        height=form.width,
        width=form.height,
        levels=tuple((width, height) for height, width in form.levels),
        series=tuple(replace(one, height=one.width, width=one.height) for one in form.series),
        pixel_size=size and PixelSize(size.y, size.x, size.source),
    )
