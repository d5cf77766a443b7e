"""Which backend reads which file: told by its first bytes, by its suffix where they don't say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from mmnuc.images.raw import RawImage
from mmnuc.images.source import Source

_TIFF = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')


@dataclass(frozen=True)
class Backend:
    """A reader of some formats.

    Args:
        takes: Tells its files, by :attr:`Source.start`, the suffix, or by being a folder.
        module: The module, imported when a file is opened.
        name: The class or function in it, called with a :class:`Source` and the number of the
            series wanted (from 1, None for the largest), which returns a :class:`RawImage`.
    """

    takes: Callable[[Source], bool]
    module: str
    name: str

    def open(self, source: Source, series: int | None) -> RawImage:
        """Open a file."""
        image: RawImage = getattr(import_module(self.module), self.name)(source, series)
        return image


def _is_tiff(source: Source) -> bool:
    return source.start.startswith(_TIFF)


def _is_npy(source: Source) -> bool:
    return source.start.startswith(b'\x93NUMPY')


# The first that takes a file reads it. Slides stand before TIFF, as many of them are TIFFs too.
BACKENDS: tuple[Backend, ...] = (
    # Here: OpenSlide (mmnuc.images.openslide, OpenSlideImage), DICOM, OME-Zarr, CZI.
    Backend(_is_tiff, 'mmnuc.images.tiff', 'open_tiff'),
    Backend(_is_npy, 'mmnuc.images.npy', 'read_npy'),
)


def backend_of(source: Source) -> Backend | None:
    """Return the backend for a file, None if it is a picture that is read at once, or foreign."""
    return next((backend for backend in BACKENDS if backend.takes(source)), None)
