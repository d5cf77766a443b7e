"""What people choose of a file that holds more than one image of one channel."""

from __future__ import annotations

from dataclasses import dataclass

from mmnuc.images.pixel_size import PixelSize


@dataclass(frozen=True)
class ReadOptions:
    """Which image, channel, plane and values of a file are read. The defaults choose by rule.

    Args:
        series: Number of the image in the file, counted from 1; by default the largest.
        channels: One channel, by name or by number counted from 1, as grey; or three as red, green
            and blue. By default RGB of colour images, else the one that stains nuclei by its name,
            else the first.
        plane: Number of the focal plane (or page), counted from 1.
        project: ``'max'`` for the brightest value of all planes.
        value_range: Values that become black and white; by default found in the image.
        pixel_size: Micrometres a pixel, against what the file says.

    Example:
        >>> ReadOptions(channels='DAPI', pixel_size=0.5).channels
        ('DAPI',)
    """

    series: int | None = None
    channels: tuple[str | int, ...] = ()
    plane: int | None = None
    project: str | None = None
    value_range: tuple[float, float] | None = None
    pixel_size: PixelSize | None = None

    def __post_init__(self) -> None:
        # As people write it, in Python and in configs: one name alone, lists, a number.
        one = isinstance(self.channels, (str, int))
        object.__setattr__(self, 'channels', (self.channels,) if one else tuple(self.channels))
        object.__setattr__(self, 'pixel_size', PixelSize.of(self.pixel_size))
