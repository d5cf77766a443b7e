"""CZI files of Zeiss, through pylibCZIrw, which is optional: ``pip install 'mmnuc[czi]'``.

Each scene is a series, put together from the tiles of its mosaic. What no tile covers is white in
colour, and 0 in grey.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.length_units import micrometres
from mmnuc.images.pixel_size import PixelSize, plausible
from mmnuc.images.raw import Form, Series
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source

_TYPES = {
    'Gray8': (np.uint8, 1),
    'Gray16': (np.uint16, 1),
    'Gray32Float': (np.float32, 1),
    'Bgr24': (np.uint8, 3),
    'Bgr48': (np.uint16, 3),
    'Bgr96Float': (np.float32, 3),
}


class CziImage:
    """A scene of a CZI file; see :class:`mmnuc.images.raw.RawImage`.

    Args:
        source: The file.
        series: Number of the scene, counted from 1; None for the largest.

    Raises:
        UserError: pylibCZIrw is not installed, or the file is damaged.
    """

    def __init__(self, source: Source, series: int | None = None) -> None:
        self._name = source.name
        if source.path is None:
            raise UserError(f'{source.name} is a CZI file inside of an archive; unpack it first')
        try:
            from pylibCZIrw import czi
        except ImportError:
            raise UserError(f"{source.name}: a CZI file: pip install 'mmnuc[czi]'") from None
        self._turn = threading.Lock()
        try:
            self._opened = czi.open_czi(str(source.path))
            self._reader = self._opened.__enter__()
            scenes = dict(self._reader.scenes_bounding_rectangle)
            kinds = dict(self._reader.pixel_types)
            box = dict(self._reader.total_bounding_box)
            found = self._reader.metadata
        # The library raises what its C++ part does.
        except Exception as error:
            raise UserError(f'{self._name} is damaged, or no CZI file: {error}') from None
        # Without scenes there is one image.
        self._scenes: list[tuple[int | None, Any]] = list(sorted(scenes.items())) or [
            (None, self._reader.total_bounding_rectangle)
        ]
        self._kind = str(kinds.get(0, 'none'))
        if self._kind not in _TYPES:
            raise UserError(f'{self._name} has pixels of type {self._kind}, which are not read')
        held = tuple(
            Series(int(one.h), int(one.w), '' if number is None else f'scene {number + 1}')
            for number, one in self._scenes
        )
        self._index = choose_series(held, series, self._name)
        self.form = _form(held, self._index, self._kind, box, found or {})

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
        del level
        if x2 <= x1 or y2 <= y1:
            return np.empty((y2 - y1, x2 - x1, len(channels)), self.form.dtype)
        box = (x1, y1, x2, y2)
        if self.form.color == 'rgb':
            bgr = self._box(box, {**self._plane(plane), 'C': 0})
            return bgr[..., [2 - channel for channel in channels]]
        parts = [self._box(box, {**self._plane(plane), 'C': channel}) for channel in channels]
        return np.concatenate(parts, axis=2)

    def close(self) -> None:
        """Close the file."""
        self._opened.__exit__(None, None, None)

    def _plane(self, plane: int) -> dict[str, int]:
        return {self.form.plane_axis: plane} if self.form.plane_axis else {}

    def _box(self, box: tuple[int, int, int, int], plane: dict[str, int]) -> NDArray[Any]:
        scene, whole = self._scenes[self._index]
        x1, y1, x2, y2 = box
        glass = (1.0, 1.0, 1.0) if self.form.color == 'rgb' else (0.0, 0.0, 0.0)
        try:
            with self._turn:
                return np.asarray(
                    self._reader.read(
                        roi=(whole.x + x1, whole.y + y1, x2 - x1, y2 - y1),
                        plane=plane,
                        scene=scene,
                        background_pixel=glass,
                    )
                )
        except Exception as error:
            where = f'{x1}, {y1} to {x2}, {y2}'
            raise UserError(f'{self._name} is damaged, in {where}: {error}') from None


def _form(
    held: tuple[Series, ...],
    index: int,
    kind: str,
    box: Mapping[str, tuple[int, int]],
    found: Mapping[str, Any],
) -> Form:
    dtype, samples = _TYPES[kind]
    image = _at(found, 'ImageDocument', 'Metadata', 'Information', 'Image')
    counts = {axis: box.get(axis, (0, 1))[1] - box.get(axis, (0, 1))[0] for axis in 'CZT'}
    stack = next((axis for axis in 'ZT' if counts[axis] > 1), '')
    names = _channel_names(image, counts['C'])
    aside = [f'{counts["T"] - 1:,} more of T'] if counts['T'] > 1 and stack != 'T' else []
    if samples == 3 and counts['C'] > 1:
        aside.append(f'channels {", ".join(names[1:])}')
    bits = str(image.get('ComponentBitCount') or 0)
    return Form(
        held[index].height,
        held[index].width,
        np.dtype(dtype),
        channels=('', '', '') if samples == 3 else names,
        color='rgb' if samples == 3 else 'channels',
        bits=int(bits) if bits.isdigit() and dtype != np.float32 else 0,
        planes=counts.get(stack, 1),
        plane_axis=stack,
        series=held,
        index=index,
        pixel_size=_pixel_size(found),
        passed_over=tuple(aside),
    )


def _channel_names(image: Mapping[str, Any], count: int) -> tuple[str, ...]:
    every = _listed(_at(image, 'Dimensions', 'Channels').get('Channel'))
    names = [str(one.get('@Name') or '') for one in every]
    return tuple((names + [''] * count)[:count])


def _pixel_size(found: Mapping[str, Any]) -> PixelSize | None:
    items = _at(found, 'ImageDocument', 'Metadata', 'Scaling', 'Items')
    metres = {one.get('@Id'): one.get('Value') for one in _listed(items.get('Distance'))}
    return plausible(micrometres(metres.get('X'), 'm'), micrometres(metres.get('Y'), 'm'), 'CZI')


def _at(found: Any, *keys: str) -> dict[str, Any]:
    """Look into the XML, which has become dictionaries where elements hold others."""
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def _listed(found: Any) -> list[Mapping[str, Any]]:
    """Elements of one name: one alone is no list."""
    every = found if isinstance(found, list) else [found]
    return [one for one in every if isinstance(one, Mapping)]
