"""The images of a TIFF, and on which page each of their channels and planes lies."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from mmnuc.errors import UserError
from mmnuc.images.limits import check_channels
from mmnuc.images.ome import metadata_file
from mmnuc.images.raw import Series

# By itself, or at the end of a longer name, as in "a.svs [label image]".
_ASIDE = re.compile(r'(.*[\W_])?(thumbnail|label|macro|preview)([ _]image)?\W*', re.I | re.S)
_REDUCED, _MASK = 1, 4  # bits of the tag NewSubfileType


@dataclass(frozen=True)
class Stack:
    """One image of a file.

    Args:
        name: What the file calls it.
        key: A page of it at full resolution, of tifffile.
        channels: Names of the channels that lie on pages of their own.
        planes: Number of focal planes, time points or pages.
        plane_axis: Which of these: ``Z``, ``T`` or ``page``.
        page: Returns the page of (plane, channel, level), and where its values start if that is
            not where the page says.
        levels: Height and width of each level.
        source: What says how large its pixels are: a series of tifffile, or the number of an OME
            image.
        is_aside: It is a label, a macro or a thumbnail.
        passed_over: What of it is not read, in words.
        description: The OME-XML that it was found in.
    """

    name: str
    key: Any
    channels: tuple[str, ...]
    planes: int
    plane_axis: str
    page: Callable[[int, int, int], tuple[Any, int | None]]
    levels: tuple[tuple[int, int], ...]
    source: Any = None
    is_aside: bool = False
    passed_over: tuple[str, ...] = ()
    description: str = ''

    @property
    def series(self) -> Series:
        """What to choose it by."""
        return Series(*self.levels[0], self.name, self.is_aside)


def stacks_of(file: Any, name: str) -> list[Stack]:
    """List the images of a file as tifffile finds them.

    Args:
        file: A file of tifffile.
        name: The file, for messages.

    Returns:
        The images, pyramids as one.

    Raises:
        UserError: An image has axes that are not understood.
    """
    stacks = [_stack(one, name) for one in file.series]
    return _with_levels(stacks)


def _stack(series: Any, name: str) -> Stack:
    key = series.keyframe.aspage()
    outer = _outer_axes(series, key)
    shown = ' x '.join(map(str, series.shape))
    if outer is None:
        raise UserError(f'{name} is a stack ({series.axes}, {shown}) that is not understood')
    sizes = [size for _, size in outer]
    channel = next((i for i, (axis, _) in enumerate(outer) if axis == 'C'), None)
    others = [i for i, (axis, size) in enumerate(outer) if axis != 'C' and size > 1]
    chosen = next((i for i in others if outer[i][0] == 'Z'), others[0] if others else None)

    def page(plane: int, channel_number: int, level: int) -> tuple[Any, int | None]:
        at = [0] * len(sizes)
        if chosen is not None:
            at[chosen] = plane
        if channel is not None:
            at[channel] = channel_number
        index = int(np.ravel_multi_index(at, sizes)) if sizes else 0
        if series.is_truncated and index:
            return key, int(key.dataoffsets[0]) + index * int(key.nbytes)
        found = series.levels[level].pages[index]
        return (None if found is None else found.aspage()), None

    count = 1 if channel is None else sizes[channel]
    check_channels(name, count)
    return Stack(
        _name(series, key),
        key,
        _channel_names(series, count),
        1 if chosen is None else sizes[chosen],
        '' if chosen is None else {'Z': 'Z', 'T': 'T'}.get(outer[chosen][0], 'page'),
        page,
        tuple(_size_of(one.keyframe) for one in series.levels if len(one) == len(series)),
        series,
        is_aside(series.name) or bool(key.subfiletype & _MASK),
        (*_others(outer, others, chosen), *_lacking(series)),
    )


def is_aside(name: str) -> bool:
    """Tell a label, a macro or a thumbnail by the name of an image.

    Example:
        >>> is_aside('macro image'), is_aside('a.svs [Label]'), is_aside('labelled cells')
        (True, True, False)
    """
    return _ASIDE.fullmatch(name) is not None


def _outer_axes(series: Any, key: Any) -> list[tuple[str, int]] | None:
    """Axes of which each place is a page; None where pages hold something else."""
    axes, shape = series.get_axes(False), series.get_shape(False)
    outer = [(axis, int(size)) for axis, size in zip(axes, shape, strict=True) if axis not in 'YXS']
    pages = prod(size for _, size in outer)
    samples = int(key.samplesperpixel)
    wanted = pages if series.is_truncated else len(series)
    if key.imagedepth > 1:
        return None
    if pages == wanted:
        return outer
    # Some programs call the samples of a page channels.
    outer = [(axis, size // samples if axis == 'C' else size) for axis, size in outer]
    return outer if prod(size for _, size in outer) == wanted else None


def _others(outer: list[tuple[str, int]], others: list[int], chosen: int | None) -> tuple[str, ...]:
    return tuple(f'{outer[i][1] - 1:,} more of axis {outer[i][0]}' for i in others if i != chosen)


def _lacking(series: Any) -> tuple[str, ...]:
    """What a file speaks of and lacks: planes of ImageJ's, where it was cut off; a companion."""
    file = series.parent
    stated = (file.imagej_metadata or {}).get('images', 1) if series.kind != 'imagej' else 1
    many = stated - len(file.pages) if isinstance(stated, int) else 0
    companion = metadata_file(str(file.pages[0].description))
    return (
        *([f'{many:,} planes that the file states and lacks'] if many > 0 else ()),
        *([f'what {companion} says of it'] if companion else ()),
    )


def _with_levels(stacks: list[Stack]) -> list[Stack]:
    """Join pages that are called reduced to the image of the same shape that they are made from."""
    if not stacks:
        return []
    largest = max(stacks, key=lambda one: (not one.is_aside, prod(one.levels[0])))
    smaller = (
        [one for one in stacks if one is not largest and _is_level(one, largest)]
        if len(largest.levels) == 1 and largest.planes == len(largest.channels) == 1
        else []
    )
    smaller.sort(key=lambda one: -one.levels[0][0])
    pages = [one.page for one in (largest, *smaller)]
    joined = replace(
        largest,
        page=lambda plane, channel, level: pages[level](plane, channel, 0),
        levels=tuple(one.levels[0] for one in (largest, *smaller)),
    )
    kept = [joined if one is largest else one for one in stacks if one not in smaller]
    return kept if smaller else stacks


def _is_level(one: Stack, largest: Stack) -> bool:
    if not one.key.subfiletype & _REDUCED or one.is_aside:
        return False
    (h, w), (height, width) = one.levels[0], largest.levels[0]
    alike = all(
        getattr(one.key, what) == getattr(largest.key, what)
        for what in ('samplesperpixel', 'dtype', 'photometric')
    )
    return alike and h < height and abs(h * width - w * height) <= max(height, width) * 2


def _size_of(page: Any) -> tuple[int, int]:
    return int(page.imagelength), int(page.imagewidth)


def _name(series: Any, key: Any) -> str:
    if series.name and series.kind in ('svs', 'scn', 'qpi', 'bif', 'ndpi', 'philips'):
        return str(series.name)
    return 'mask' if key.subfiletype & _MASK else ''


def _channel_names(series: Any, count: int) -> tuple[str, ...]:
    """Names of channels where PerkinElmer's or ImageJ's descriptions have them."""
    names: list[str] = []
    if series.kind == 'qpi':
        texts = [page.aspage().description for page in itertools.islice(series.pages, count)]
        found = [re.search(r'<Name>([^<]*)</Name>', str(text)) for text in texts]
        names = [one[1] if one else '' for one in found]
    if series.kind == 'imagej':
        labels = (series.parent.imagej_metadata or {}).get('Labels')
        names = [_label(one) for one in labels[:count]] if isinstance(labels, list) else []
    return tuple([*names, *[''] * count][:count])


def _label(text: Any) -> str:
    """Fiji's labels of slices: ``c:1/3 z:1/5 - DAPI`` or a name alone."""
    return re.sub(r'^([cztCZT]:\d+/\d+\s*)+(-\s*)?', '', str(text)).strip()
