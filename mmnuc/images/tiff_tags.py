"""What the tags of a TIFF page say about the size of a pixel: a page in, micrometres out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from mmnuc.images.length_units import micrometres
from mmnuc.images.tiff_descriptions import Sides, elements, of_ventana

# ResolutionUnit of TIFF 6.0; 1 is "none". The last two are no standard, but written.
_UNITS = {2: 'inch', 3: 'cm', 4: 'mm', 5: 'µm'}
_XMP = 700
_MICRO_MANAGER = 51123


def per_unit(page: Any) -> Sides:
    """Read XResolution and YResolution, pixels a unit; None where it is missing, or 0."""
    x, y = (_ratio(page, axis) for axis in ('XResolution', 'YResolution'))
    # TIFF wants both; who writes one means square pixels.
    return x or y, y or x


def of_resolution(page: Any) -> Sides:
    """Read the resolution tags, in pixels an inch or another unit, where they say which."""
    tag = page.tags.get('ResolutionUnit')
    # TIFF 6.0 takes 2 where none is written; a damaged one may be anything.
    kind = 2 if tag is None else tag.value
    unit = _UNITS.get(kind, '') if isinstance(kind, int) else ''
    x, y = (1 / many if many else None for many in per_unit(page))
    return micrometres(x, unit), micrometres(y, unit)


def of_other_microscopes(page: Any) -> Iterator[tuple[Sides, str]]:
    """Read what other microscopes write, into tags of their own: sizes and their names."""
    file = page.parent
    # Ventana's is at another page than the slide.
    for one in islice(file.pages, 16):
        tag = getattr(one, 'tags', {}).get(_XMP)
        if tag is not None:
            value = tag.value
            text = value.decode('utf-8', 'replace') if isinstance(value, bytes) else str(value)
            yield of_ventana(text), 'Ventana ScanRes'
    yield _of_metaseries(str(file.pages[0].description or '')), 'MetaMorph'
    tag = page.tags.get(_MICRO_MANAGER)
    if tag is not None and isinstance(tag.value, Mapping):
        side = micrometres(tag.value.get('PixelSizeUm', ''))
        yield (side, side), 'Micro-Manager'
    if file.is_lsm:
        yield _pair(file.lsm_metadata, 'VoxelSize{}', 'm'), 'Zeiss LSM'
    if file.is_sis:
        yield _pair(file.sis_metadata, 'pixelsize{}', 'm'), 'Olympus SIS'
    if file.is_stk:
        unit = str((file.stk_metadata or {}).get('CalibrationUnits', ''))
        yield _pair(file.stk_metadata, '{}Calibration', unit), 'MetaMorph'


def _of_metaseries(text: str) -> Sides:
    found = {one.get('id'): one.get('value', '') for one in elements(text, 'prop')}
    unit = found.get('spatial-calibration-units', '')
    x, y = (micrometres(found.get(f'spatial-calibration-{axis}', ''), unit) for axis in 'xy')
    return x, y


def _pair(found: Mapping[str, Any] | None, key: str, unit: str) -> Sides:
    known = found or {}
    x, y = (known.get(key.format(a), known.get(key.format(a.lower()), '')) for a in 'XY')
    return _of_number(x, unit), _of_number(y, unit)


def _of_number(value: Any, unit: str) -> float | None:
    number = value[0] / value[1] if isinstance(value, tuple) and value[1] else value
    return micrometres(number, unit)


def _ratio(page: Any, name: str) -> float | None:
    tag = page.tags.get(name)
    if tag is None:
        return None
    try:
        above, below = tag.value
        return float(above / below) if below else None
    except (TypeError, ValueError):
        return None
