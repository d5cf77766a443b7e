"""OME-TIFF: its images as the description says, of one file or of a set in one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmnuc.errors import UserError
from mmnuc.images.ome import MOST_PLANES, OmeImage, OmePlane, metadata_file, read_ome
from mmnuc.images.tiff_stack import Stack, is_aside

_SHOWN = 3
_MOST_XML = 256 * 2**20  # that of a screen has some megabytes


class OmeFiles:
    """The files of a set: the one opened, and those of its folder that it names.

    Args:
        file: The file of tifffile that was opened.
        path: Where it lies; None for content, which has no files beside it.
        opener: Opens another file.
    """

    def __init__(self, file: Any, path: Path | None, opener: Callable[[Path], Any]) -> None:
        self._opened: dict[str, Any] = {'': file}
        self._path = path
        self._opener = opener
        self._exists: dict[str, bool] = {}

    def has(self, plane: OmePlane) -> bool:
        """Whether a plane is at hand."""
        file = self.file(plane.file)
        return file is not None and 0 <= plane.ifd < len(file.pages)

    def file(self, name: str) -> Any:
        """Return a file of the set, None if it is not beside the one opened.

        Only plain names are looked for, and links that lead away are not followed.
        """
        if name not in self._opened:
            self._opened[name] = self._beside(name)
        return self._opened[name]

    def most_pages(self, name: str) -> int:
        """How many pages a file has at most, none if it is not beside the one opened."""
        if not name:
            return len(self._opened[''].pages)
        if name not in self._exists:
            self._exists[name] = self._path_of(name) is not None
        return MOST_PLANES if self._exists[name] else 0

    def page(self, plane: OmePlane, level: int) -> Any:
        """Return a page at a level."""
        page = self.file(plane.file).pages[plane.ifd].aspage()
        return page if not level else page.pages[level - 1].aspage()

    def description(self, own: str) -> str:
        """The OME-XML of the set: that of the file, or of the companion that it names."""
        companion = self._path_of(metadata_file(own))
        if companion is None or companion.stat().st_size > _MOST_XML:
            return own
        try:
            return companion.read_bytes().decode('utf-8', 'replace')
        except OSError:
            return own

    def close(self) -> None:
        """Close all of them."""
        for file in self._opened.values():
            if file is not None:
                file.close()

    def _path_of(self, name: str) -> Path | None:
        if self._path is None or not name or name in ('.', '..') or set(name) & set('/\\:\0'):
            return None
        path = self._path.parent / name
        folder = self._path.parent.resolve()
        return path if path.is_file() and path.resolve().parent == folder else None

    def _beside(self, name: str) -> Any:
        path = self._path_of(name)
        if path is None:
            return None
        try:
            return self._opener(path)
        except UserError:
            return None


def ome_stacks(file: Any, files: OmeFiles, own_name: str) -> list[Stack]:
    """List the images of an OME-TIFF that lie in this file, wholly or in part.

    Args:
        file: The file of tifffile.
        files: The set that it belongs to.
        own_name: Its name.

    Returns:
        The images; none where the description is of no use: its pages are read as any TIFF's then.
    """
    text = files.description(str(file.pages[0].description))
    images = read_ome(text, own_name, files.most_pages)
    own = [one for one in images if any(not plane.file for plane in one.planes.values())]
    elsewhere = sorted({p.file for one in images if one not in own for p in one.planes.values()})
    others = len(images) - len(own)
    note = (f'{others} {"image" if others == 1 else "images"} of the set in {_listed(elsewhere)}',)
    stacks = [_stack(one, files, note if elsewhere else ()) for one in own]
    if None in stacks:
        return []
    return [replace(one, description=text) for one in stacks if one is not None]


def _stack(image: OmeImage, files: OmeFiles, note: tuple[str, ...]) -> Stack | None:
    """The channels, planes and time points of an image that are at hand."""
    held = {at for at, plane in image.planes.items() if files.has(plane)}
    own = sorted(at for at in held if not image.planes[at].file)
    if not own:
        return None
    by_time = image.sizes[1] == 1 and image.sizes[2] > 1
    slot = 2 if by_time else 1
    other = min(at[3 - slot] for at in own)
    held = {at for at in held if at[3 - slot] == other}
    mine = [at for at in own if at[3 - slot] == other]
    steps = sorted({at[slot] for at in held if at[0] == mine[0][0]})
    channels = [
        c for c in range(image.sizes[0]) if all(_at(c, step, other, slot) in held for step in steps)
    ]
    key = files.page(image.planes[mine[0]], 0)
    sizes = [(int(key.imagelength), int(key.imagewidth))]
    sizes += [(int(one.imagelength), int(one.imagewidth)) for one in key.pages or ()]

    def page(plane: int, channel: int, level: int) -> tuple[Any, int | None]:
        at = _at(channels[channel], steps[plane], other, slot)
        return files.page(image.planes[at], level), None

    return Stack(
        image.name,
        key,
        tuple(image.channels[c] for c in channels),
        len(steps),
        ('T' if by_time else 'Z') if len(steps) > 1 else '',
        page,
        tuple(sizes),
        image.index,
        is_aside(image.name),
        (*_missing(image, files, int(key.samplesperpixel)), *_times(image, slot), *note),
    )


def _at(channel: int, step: int, other: int, slot: int) -> tuple[int, int, int]:
    return (channel, step, other) if slot == 1 else (channel, other, step)


def _missing(image: OmeImage, files: OmeFiles, samples: int) -> tuple[str, ...]:
    lacking = [plane for plane in image.planes.values() if not files.has(plane)]
    names = sorted({plane.file for plane in lacking} - {''})
    if names:
        return (f'planes in {_listed(names)}, not beside it',)
    channels, depths, times = image.sizes
    many = channels * depths * times - (len(image.planes) - len(lacking))
    # Some programs call the samples of a page channels.
    if not many or (samples > 1 and channels == samples):
        return ()
    return (f'{many:,} {"plane" if many == 1 else "planes"} that the file states and lacks',)


def _times(image: OmeImage, slot: int) -> tuple[str, ...]:
    others = image.sizes[2] - 1 if slot == 1 else 0
    return (f'{others:,} more time points',) if others else ()


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ', '.join(names[:_SHOWN]) + (', ...' if len(names) > _SHOWN else '')
