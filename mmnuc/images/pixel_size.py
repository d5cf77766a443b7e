"""How large a pixel is, in micrometres."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite


@dataclass(frozen=True)
class PixelSize:
    """Micrometres a pixel, along both axes.

    Args:
        x: Width of a pixel.
        y: Height of a pixel.
        source: What states it, such as ``Aperio MPP``; it does not count when sizes are compared.

    Raises:
        ValueError: A size is not above 0, or not finite.

    Example:
        >>> PixelSize(0.5, 0.25, 'OME-XML')
        PixelSize(x=0.5, y=0.25, source='OME-XML')
        >>> PixelSize(0.5, 0.5, 'OME-XML') == PixelSize(0.5, 0.5)
        True
    """

    x: float
    y: float
    source: str = field(default='', compare=False)

    def __post_init__(self) -> None:
        if not all(isfinite(side) and side > 0 for side in (self.x, self.y)):
            raise ValueError(f'a pixel has a size above 0 micrometres, not {self.x} x {self.y}')

    @classmethod
    def of(cls, value: PixelSize | float | tuple[float, float] | None) -> PixelSize | None:
        """Take one number for square pixels, two for (x, y); None stays None.

        Example:
            >>> PixelSize.of(0.5), PixelSize.of((0.5, 0.25)).y, PixelSize.of(None)
            (PixelSize(x=0.5, y=0.5, source=''), 0.25, None)
        """
        if value is None or isinstance(value, PixelSize):
            return value
        x, y = value if isinstance(value, tuple) else (value, value)
        return cls(float(x), float(y))
