"""Lengths in the units that image files use, as micrometres."""

from __future__ import annotations

from math import isfinite
from typing import Any

# OME's units of length (OME schema 2016-06, UnitsLength) with the spellings of ImageJ and UDUNITS,
# which OME-Zarr takes its words from. Those of no fixed length are missing: "pixel",
# "reference frame", astronomical and typographic lengths that no microscope has.
_MICROMETRES = {
    'pm': 1e-6,
    'picometer': 1e-6,
    'å': 1e-4,
    'angstrom': 1e-4,
    'nm': 1e-3,
    'nanometer': 1e-3,
    'nanometre': 1e-3,
    'µm': 1.0,
    'um': 1.0,
    'micron': 1.0,
    'microns': 1.0,
    'micrometer': 1.0,
    'micrometre': 1.0,
    'micrometers': 1.0,
    'micrometres': 1.0,
    'mm': 1e3,
    'millimeter': 1e3,
    'millimetre': 1e3,
    'cm': 1e4,
    'centimeter': 1e4,
    'centimetre': 1e4,
    'dm': 1e5,
    'decimeter': 1e5,
    'm': 1e6,
    'meter': 1e6,
    'metre': 1e6,
    'km': 1e9,
    'thou': 25.4,
    'mil': 25.4,
    'li': 25_400 / 12,
    'line': 25_400 / 12,
    'pt': 25_400 / 72,
    'in': 25_400.0,
    'inch': 25_400.0,
    'inches': 25_400.0,
    'ft': 304_800.0,
    'foot': 304_800.0,
}


def micrometres(value: Any, unit: str = 'µm') -> float | None:
    """Convert a length.

    Args:
        value: A number, also as text, with a decimal point or comma.
        unit: Its unit, in any spelling that files have.

    Returns:
        Micrometres; None where it is no number above 0, or the unit is no length.

    Example:
        >>> micrometres('500', 'nm'), micrometres('0,25'), micrometres(1, 'pixel')
        (0.5, 0.25, None)
        >>> micrometres(2, '\\\\u00B5m'), micrometres(0), micrometres('NaN', 'mm')
        (2.0, None, None)
    """
    length = _MICROMETRES.get(_plain(unit))
    try:
        number = float(str(value).strip().replace(',', '.'))
    except ValueError:
        return None
    if length is None or not isfinite(number * length) or number * length <= 0:
        return None
    # 500 nm are 0.5 and not 0.5000000000000001.
    return float(f'{number * length:.12g}')


def _plain(unit: str) -> str:
    """One spelling of micro: files have three characters for it, and ImageJ escapes it."""
    text = unit.strip().strip('"').replace('\\u00B5', 'µ').replace('\\u00b5', 'µ')
    text = text.replace('Â', '').replace('\u03bc', 'µ').replace('\u212b', 'å')
    # SI's prefixes differ by case, and their words don't: Mm is no mm.
    return text if text in ('Mm', 'Pm') else text.lower()
