"""Slides of Hamamatsu, Mirax, Leica, Ventana, Philips and Sakura, and DICOM slides, by OpenSlide.

Aperio slides and plain tiled TIFFs are left to tifffile, which gives the same pixels several times
as fast (docs/image-formats.md). Colour profiles are not applied: pixels come as they are stored, as
for training. What a scanner left out is the slide's own background colour, white if it names none.
Coordinates are those of the whole slide, as OpenSlide and QuPath count them, also where a scanner
says which part it looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openslide
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.foreign import foreign_format
from mmnuc.images.formats import is_dicom
from mmnuc.images.limits import check_whole
from mmnuc.images.pixel_size import of_openslide
from mmnuc.images.raw import Form, Series
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source

_CACHE_BYTES = 256 * 2**20
_BLOCK = 512
# Beyond this, a level's pixels don't stand on whole pixels of full resolution.
_WHOLE = 1e-9
_PARTS = {
    '.mrxs': 'a Mirax slide is the file x.mrxs and the folder x beside it',
    '.vms': 'a VMS slide is a .vms file and the .jpg files that it names beside it',
    '.vmu': 'a VMU slide is a .vmu file and the .ngr files that it names beside it',
    '.dcm': 'of DICOM, whole slides (VL Whole Slide Microscopy) in JPEG, JPEG 2000 or without '
    'compression are read',
}


class OpenSlideImage:
    """A slide that OpenSlide reads; see :class:`mmnuc.images.raw.RawImage`.

    Args:
        source: The file; of DICOM any file of the slide, or their folder.
        series: 1 for the slide, more for its label, macro and thumbnail, by name; None for the
            slide.

    Raises:
        UserError: It is no such slide, is damaged, or a part of it is missing.
    """

    def __init__(self, source: Source, series: int | None = None) -> None:
        self._name = source.name
        self._path = _file_of(source)
        self._slide = self._open()
        self._background = _background(self._slide.properties)
        width, height = self._slide.dimensions
        asides = sorted(self._slide.associated_images)
        held = (
            Series(height, width, 'slide'),
            *(Series(*self._aside_hw(aside), aside, is_aside=True) for aside in asides),
        )
        index = choose_series(held, series, self._name)
        self._aside = self._read_aside(asides[index - 1]) if index else None
        levels = tuple((high, wide) for wide, high in self._slide.level_dimensions)
        self.form = Form(
            held[index].height,
            held[index].width,
            np.dtype(np.uint8),
            channels=('', '', ''),
            color='rgb',
            levels=() if index else levels,
            series=held,
            index=index,
            pixel_size=None if index else of_openslide(self._slide.properties),
        )

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
        """Return a box; see :meth:`mmnuc.images.raw.RawImage.read`."""
        del plane
        if self._aside is not None:
            rgb = self._aside[y1:y2, x1:x2]
        elif _is_whole(self._slide.level_downsamples[level]):
            rgb = self._region(x1, y1, x2, y2, level)
        else:
            rgb = self._from_blocks(x1, y1, x2, y2, level)
        return rgb if tuple(channels) == (0, 1, 2) else rgb[..., list(channels)]

    def close(self) -> None:
        """Close the slide."""
        self._slide.close()

    def _open(self) -> Any:
        try:
            slide = openslide.OpenSlide(self._path)
        except (openslide.OpenSlideError, OSError) as error:
            self._refuse_what_is_no_slide()
            need = _PARTS.get(self._path.suffix.lower(), 'it is damaged, or a part is missing')
            raise UserError(
                f'{self._name} is no slide that OpenSlide reads ({error}); {need}'
            ) from None
        slide.set_cache(openslide.OpenSlideCache(_CACHE_BYTES))
        return slide

    def _refuse_what_is_no_slide(self) -> None:
        """Say what a file is that only its name makes a slide."""
        file = Source(self._name, self._path)
        if not file.start:
            raise UserError(f'{self._name} is an empty file') from None
        foreign = None if is_dicom(file) else foreign_format(file)
        if foreign is not None:
            raise UserError(f'{self._name} {foreign}') from None

    def _region(self, x1: int, y1: int, x2: int, y2: int, level: int) -> NDArray[np.uint8]:
        slide = self._slide
        factor = slide.level_downsamples[level]
        place = round(x1 * factor), round(y1 * factor)
        try:
            region = slide.read_region(place, level, (x2 - x1, y2 - y1))
        except openslide.OpenSlideError as error:
            # After an error a slide gives nothing any more, its sound parts neither. Other threads
            # may still be reading: the old one closes when they let go of it.
            self._slide = self._open()
            where = f'{x1}, {y1} to {x2}, {y2}'
            raise UserError(f'{self._name} is damaged, in {where}: {error}') from None
        return self._on_background(np.asarray(region))

    def _from_blocks(self, x1: int, y1: int, x2: int, y2: int, level: int) -> NDArray[np.uint8]:
        """Put a box together from blocks that start at the same places whatever box is wanted.

        OpenSlide wants the corner in whole pixels of full resolution, and moves pixels by the
        fraction that is left: boxes that begin elsewhere would differ where they overlap.
        """
        height, width = self.form.levels[level]
        out = np.empty((y2 - y1, x2 - x1, 3), np.uint8)
        for left, right in _blocks(x1, x2, width):
            for upper, lower in _blocks(y1, y2, height):
                block = self._region(left, upper, right, lower, level)
                u, v = max(left, x1), max(upper, y1)
                part = block[v - upper : y2 - upper, u - left : x2 - left]
                out[v - y1 : v - y1 + part.shape[0], u - x1 : u - x1 + part.shape[1]] = part
        return out

    def _aside_hw(self, name: str) -> tuple[int, int]:
        found = self._slide.properties
        height, width = (
            found[f'openslide.associated.{name}.{side}'] for side in ('height', 'width')
        )
        return int(height), int(width)

    def _read_aside(self, name: str) -> NDArray[np.uint8]:
        check_whole(self._name, self._aside_hw(name), 4)
        try:
            return self._on_background(np.asarray(self._slide.associated_images[name]))
        except openslide.OpenSlideError as error:
            raise UserError(f'{self._name} is damaged, in its {name}: {error}') from None

    def _on_background(self, rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
        rgb = np.ascontiguousarray(rgba[..., :3])
        seen = rgba[..., 3]
        if seen.size and seen.min() < 255:
            through = seen < 255
            share = seen[through, None].astype(np.uint32)
            mixed = rgb[through] * share + self._background.astype(np.uint32) * (255 - share)
            rgb[through] = (mixed + 127) // 255
        return rgb


def _file_of(source: Source) -> Path:
    """The file to open: that of a folder of DICOM files stands for all of its series."""
    if source.path is None:
        raise UserError(f'{source.name} is a slide inside of an archive; unpack it first')
    if not source.path.is_dir():
        source.start  # noqa: B018 - says in words what is wrong with a file that can't be read
        return source.path
    files = [file for file in dicom_files(source.path)]
    slides: list[Path] = []
    known: set[bytes] = set()
    for file in files:
        with file.open('rb') as opened:
            head = opened.read(2**16)
        if any(uid in head for uid in known) or openslide.OpenSlide.detect_format(file) != 'dicom':
            continue
        try:
            with openslide.OpenSlide(file) as slide:
                known.add(slide.properties['dicom.SeriesInstanceUID'].encode())
        except openslide.OpenSlideError:
            continue
        slides.append(file)
    if not slides and files:
        return files[0]
    if len(slides) != 1:
        names = ', '.join(file.name for file in slides[:4]) or 'none'
        raise UserError(f'{source.name} holds {len(slides)} DICOM slides; name one: {names}')
    return slides[0]


def dicom_files(folder: Path) -> Iterator[Path]:
    """Give the DICOM files of a folder, by their mark, in the order of their names."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with path.open('rb') as file:
                if file.read(132)[128:] == b'DICM':
                    yield path


def _background(properties: Any) -> NDArray[np.uint8]:
    text = properties.get(openslide.PROPERTY_NAME_BACKGROUND_COLOR, 'FFFFFF')
    return np.array([int(text[i : i + 2], 16) for i in (0, 2, 4)], np.uint8)


def _is_whole(factor: float) -> bool:
    return abs(factor - round(factor)) < _WHOLE


def _blocks(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    for block in range(start // _BLOCK, -(-stop // _BLOCK)):
        yield block * _BLOCK, min((block + 1) * _BLOCK, size)
