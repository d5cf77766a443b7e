"""How the files of a run are read: the same of all, but for the sizes of their pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.pixel_size_table import PixelSizeTable


@dataclass(frozen=True)
class Reading:
    """How image files are read. It can be sent to other processes.

    Args:
        options: What of a file is read.
        pixel_sizes: Micrometres a pixel of single images, before those of the options.

    Example:
        >>> reading = Reading(pixel_sizes=PixelSizeTable({'a': PixelSize(0.5, 0.5)}))
        >>> reading.of('x/a.tif').pixel_size.x, reading.of('x/b.tif').pixel_size
        (0.5, None)
    """

    options: ReadOptions = ReadOptions()  # noqa: RUF009 - frozen
    pixel_sizes: PixelSizeTable | None = None

    def of(self, path: str | Path) -> ReadOptions:
        """What of this file is read."""
        size = self.pixel_sizes.of(path) if self.pixel_sizes else None
        return replace(self.options, pixel_size=size) if size else self.options

    def settings(self) -> dict[str, Any]:
        """What was chosen, as plain data; None for what was not."""
        chosen = self.options
        sizes = self.pixel_sizes.sizes if self.pixel_sizes else {}
        return {
            'series': chosen.series,
            'channels': list(chosen.channels) or None,
            'plane': chosen.plane,
            'project': chosen.project,
            'value_range': chosen.value_range and list(chosen.value_range),
            'pixel_size': _sides(chosen.pixel_size),
            'pixel_sizes': {name: _sides(size) for name, size in sizes.items()} or None,
        }


def _sides(size: PixelSize | None) -> list[float] | None:
    return None if size is None else [size.x, size.y]
