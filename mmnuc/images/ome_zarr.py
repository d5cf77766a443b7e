"""OME-Zarr 0.1 to 0.5 (Zarr 2 and 3), as local folders or zip files, through zarr.

Source: https://ngff.openmicroscopy.org/0.4 and /0.5. Read are ``multiscales``, series in the
``bioformats2raw.layout``, and the names of channels in ``omero``. A plate, a well or a group of
labels is no image, and is refused with the names of those in it.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.limits import check_channels
from mmnuc.images.pixel_size import of_ome_zarr
from mmnuc.images.raw import Color, Form, Series
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source

_SHOWN = 4
_SMALL = 64 * 64  # pixels of a chunk
_MOST_CHUNKS = 2**14  # of these in a box
_UNNAMED = re.compile(r'|(channel|ch|c)?[ _:-]*\d+|r(ed)?|g(reen)?|b(lue)?', re.IGNORECASE)
_RED_GREEN_BLUE = ('FF0000', '00FF00', '0000FF')


class ZarrImage:
    """An image of an OME-Zarr; see :class:`mmnuc.images.raw.RawImage`.

    Args:
        source: The folder or zip file; a series, a field of a plate or a label image too.
        series: Number of the image, counted from 1; None for the largest.

    Raises:
        UserError: It holds no image, is a plate, is damaged, or there is no such series.
    """

    def __init__(self, source: Source, series: int | None = None) -> None:
        self._name = source.name
        self._root = open_root(source)
        with in_words(source.name):
            images = _images(self._root, self._name)
            held = tuple(
                Series(*_size_hw(group, multiscale, self._name), name)
                for name, group, multiscale in images
            )
            index = choose_series(held, series, self._name)
            _, group, multiscale = images[index]
            self._axes = _axes(multiscale, self._name)
            paths = [one['path'] for one in multiscale['datasets']]
            self._levels = [_array(group, path, self._name) for path in paths]
            self.form = self._form(group, multiscale, held, index)

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
        first, last = min(channels), max(channels)
        wanted = {'x': slice(x1, x2), 'y': slice(y1, y2), 'c': slice(first, last + 1)}
        wanted[self.form.plane_axis.lower() or 'z'] = slice(plane, plane + 1)
        place = tuple(wanted.get(axis, slice(0, 1)) for axis in self._axes)
        self._check_chunks(level, (y2 - y1, x2 - x1))
        try:
            values = np.asarray(self._levels[level][place])
        # Codecs raise exceptions of their own, without a base class.
        except Exception as error:
            said = str(error) or 'it states more than fits into memory'
            raise UserError(f'{self._name} is damaged, near {x1}, {y1}: {said}') from None
        order = [axis for axis in self._axes if axis not in 'yxc']
        order += [axis for axis in 'yxc' if axis in self._axes]
        values = values.transpose([self._axes.index(axis) for axis in order])
        values = values.reshape(y2 - y1, x2 - x1, 1 if 'c' not in self._axes else last + 1 - first)
        return values[..., [channel - first for channel in channels]]

    def _check_chunks(self, level: int, size_hw: tuple[int, int]) -> None:
        """Refuse chunks so small that a box would take minutes, as each may be a file."""
        chunks = self._levels[level].chunks
        high, wide = chunks[self._axes.index('y')], chunks[self._axes.index('x')]
        if high * wide < _SMALL and size_hw[0] * size_hw[1] > _MOST_CHUNKS * high * wide:
            raise UserError(
                f'{self._name} is cut into chunks of {wide} x {high} pixels, too many to read; '
                'write it with chunks of 256 x 256 or more'
            )

    def close(self) -> None:
        """Close the store."""
        self._root.store.close()

    def _form(
        self, group: Any, multiscale: Mapping[str, Any], held: tuple[Series, ...], index: int
    ) -> Form:
        sizes = dict(zip(self._axes, self._levels[0].shape, strict=True))
        planes = {axis: sizes[axis] for axis in self._axes if axis not in 'yxc'}
        stack = next((axis for axis in ('z', 't') if planes.get(axis, 1) > 1), '')
        aside = [
            f'{many - 1:,} more of {axis.upper()}'
            for axis, many in planes.items()
            if many > 1 and axis != stack
        ]
        labels = _names(group, 'labels')
        dtype = np.dtype(self._levels[0].dtype)
        check_channels(self._name, sizes.get('c', 1))
        names, colors = _channels(group, sizes.get('c', 1))
        return Form(
            sizes['y'],
            sizes['x'],
            dtype,
            channels=names,
            color=_color(dtype, names, colors),
            planes=planes.get(stack, 1),
            plane_axis=stack.upper(),
            levels=tuple(self._size_hw(array) for array in self._levels),
            series=held,
            index=index,
            pixel_size=of_ome_zarr(multiscale),
            passed_over=(*aside, *(f'labels {label}' for label in labels)),
            is_bare=not _has_chunks(self._levels[0]),
        )

    def _size_hw(self, array: Any) -> tuple[int, int]:
        return int(array.shape[self._axes.index('y')]), int(array.shape[self._axes.index('x')])


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Metadata may be any JSON: what it should not be comes out in words."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        said = f'{type(error).__name__}: {error}'.splitlines()[0]
        raise UserError(f'{name} has metadata that is not OME-Zarr ({said})') from None


def open_root(source: Source) -> Any:
    """Open the group that a folder or zip file holds.

    Raises:
        UserError: It is no Zarr group.
    """
    if source.path is None:
        raise UserError(f'{source.name} is an OME-Zarr inside of an archive; unpack it first')
    try:
        if source.path.is_dir():
            return zarr.open_group(str(source.path), mode='r')
        store = zarr.storage.ZipStore(source.path, mode='r')
        return zarr.open_group(store, mode='r', path=_root_of_zip(source))
    # It raises what its parts raise: of files, JSON, types and keys.
    except Exception as error:
        said = f'{type(error).__name__}: {error}'.splitlines()[0]
        raise UserError(f'{source.name} is no Zarr group that can be read: {said}') from None


def _root_of_zip(source: Source) -> str:
    """The folder in a zip file that holds everything, if there is one."""
    with zipfile.ZipFile(source.open()) as archive:
        marks = [
            PurePosixPath(name).parent
            for name in archive.namelist()
            if PurePosixPath(name).name in ('.zgroup', 'zarr.json')
        ]
    root = min(marks, key=lambda path: len(path.parts), default=PurePosixPath())
    return '' if root == PurePosixPath() else str(root)


def metadata_of(group: Any) -> dict[str, Any]:
    """Return the OME metadata of a group, which 0.5 keeps in a key of its own."""
    found = dict(group.attrs)
    return dict(found.get('ome', found))


def multiscales_of(group: Any) -> list[Mapping[str, Any]]:
    """Return what of ``multiscales`` names data sets."""
    every = metadata_of(group).get('multiscales') or []
    return [one for one in every if isinstance(one, Mapping) and one.get('datasets')]


def _images(root: Any, name: str) -> list[tuple[str, Any, Mapping[str, Any]]]:
    """Names, groups and metadata of the images in a group."""
    found = metadata_of(root)
    if 'plate' in found:
        raise UserError(_plate(root, found['plate'], name))
    if 'well' in found:
        fields = [str(one.get('path')) for one in found['well'].get('images', [])]
        raise UserError(f'{name} is a well; name a field of it: {_listed(fields, f"{name}/")}')
    groups = [('', root)] if multiscales_of(root) else list(_series(root))
    images = [
        (str(one.get('name') or key), group, one)
        for key, group in groups
        for one in multiscales_of(group)
    ]
    if images:
        return images
    if isinstance(found.get('labels'), list):
        labels = [str(one) for one in found['labels']]
        raise UserError(f'{name} is a group of labels; name one: {_listed(labels, f"{name}/")}')
    raise UserError(f'{name} is a Zarr without an OME-Zarr image: it has no "multiscales"')


def _series(root: Any) -> Iterator[tuple[str, Any]]:
    """Groups of the series, in their order, as bioformats2raw lays them out."""
    names = []
    if 'OME' in root:
        names = list(metadata_of(root['OME']).get('series') or [])
    names = names or sorted((key for key in root.group_keys() if key.isdigit()), key=int)
    for name in names:
        if str(name) in root:
            yield str(name), root[str(name)]


def _plate(root: Any, plate: Mapping[str, Any], name: str) -> str:
    wells = [str(one.get('path')) for one in plate.get('wells', [])]
    field = ''
    if wells and wells[0] in root:
        images = metadata_of(root[wells[0]]).get('well', {}).get('images') or [{'path': '0'}]
        field = f'; name a field, such as {name}/{wells[0]}/{images[0].get("path")}'
    return f'{name} is a plate of {len(wells)} wells ({_listed(wells)}){field}'


def _listed(names: Sequence[str], folder: str = '') -> str:
    more = f', ... ({len(names)} in all)' if len(names) > _SHOWN else ''
    return ', '.join(folder + name for name in names[:_SHOWN]) + more


def _axes(multiscale: Mapping[str, Any], name: str) -> str:
    """One letter for each axis. Before 0.3 there were always five."""
    every = multiscale.get('axes') or list('tczyx')
    names = [str(one.get('name') if isinstance(one, Mapping) else one).lower() for one in every]
    axes = ''.join(one[:1] for one in names)
    if 'y' not in axes or 'x' not in axes or len(set(axes)) != len(axes):
        raise UserError(f'{name} has the axes {", ".join(names)}; x and y are wanted')
    return axes


def _array(group: Any, path: str, name: str) -> Any:
    try:
        return group[path]
    except Exception as error:
        said = f'{type(error).__name__}: {error}'.splitlines()[0]
        raise UserError(f'{name} lacks its level "{path}": {said}') from None


def _has_chunks(array: Any) -> bool:
    root = getattr(array.store, 'root', None)
    if not isinstance(root, Path) or not (root / array.path).is_dir():
        return True
    with os.scandir(root / array.path) as found:
        return any(not one.name.startswith('.') and one.name != 'zarr.json' for one in found)


def _size_hw(group: Any, multiscale: Mapping[str, Any], name: str) -> tuple[int, int]:
    axes = _axes(multiscale, name)
    shape = _array(group, multiscale['datasets'][0]['path'], name).shape
    if len(shape) != len(axes):
        raise UserError(f'{name} has {len(shape)} axes of pixels and names {len(axes)}')
    return int(shape[axes.index('y')]), int(shape[axes.index('x')])


def _names(group: Any, key: str) -> list[str]:
    return [str(one) for one in metadata_of(group[key]).get(key, [])] if key in group else []


def _channels(group: Any, count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and colours of the channels."""
    every = (metadata_of(group).get('omero') or {}).get('channels') or []
    known = [one if isinstance(one, Mapping) else {} for one in every]
    known = (known + [{}] * count)[:count]
    names = tuple(str(one.get('label') or '') for one in known)
    return names, tuple(str(one.get('color') or '').upper() for one in known)


def _color(dtype: np.dtype[Any], names: tuple[str, ...], colors: tuple[str, ...]) -> Color:
    """Three channels of 8 bits that are named as colours, or not at all, are RGB."""
    unnamed = all(_UNNAMED.fullmatch(name) for name in names)
    if len(names) == 3 and dtype == np.uint8 and unnamed:
        return 'rgb' if not any(colors) or colors == _RED_GREEN_BLUE else 'channels'
    return 'channels'
