"""How large a pixel is, in micrometres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from mmnuc.images import tiff_descriptions, tiff_tags
from mmnuc.images.length_units import micrometres

# Those of microscopes. What lies outside, as the 352 µm of 72 dots an inch, some program made up.
PLAUSIBLE_UM = (0.02, 20.0)
# What OpenSlide finds its microns a pixel in, by vendor.
_BEHIND_OPENSLIDE = {
    'aperio': 'Aperio MPP',
    'dicom': 'DICOM PixelSpacing',
    'generic-tiff': 'resolution tags',
    'hamamatsu': 'Hamamatsu resolution',
    'leica': 'resolution tags',
    'mirax': 'Mirax MICROMETER_PER_PIXEL',
    'philips': 'Philips DICOM_PIXEL_SPACING',
    'philips-tiff': 'Philips DICOM_PIXEL_SPACING',
    'trestle': 'resolution tags',
    'ventana': 'Ventana ScanRes',
}


@dataclass(frozen=True)
class PixelSize:
    """Micrometres a pixel, along both axes.

    Args:
        x: Width of a pixel.
        y: Height of a pixel.
        source: What states it, such as ``Aperio MPP``; it does not count when sizes are compared.

    Raises:
        ValueError: A size is not above 0, or not finite.

    Example:
        >>> PixelSize(0.5, 0.25, 'OME-XML')
        PixelSize(x=0.5, y=0.25, source='OME-XML')
        >>> PixelSize(0.5, 0.5, 'OME-XML') == PixelSize(0.5, 0.5)
        True
    """

    x: float
    y: float
    source: str = field(default='', compare=False)

    def __post_init__(self) -> None:
        if not all(isfinite(side) and side > 0 for side in (self.x, self.y)):
            raise ValueError(f'a pixel has a size above 0 micrometres, not {self.x} x {self.y}')

    def __str__(self) -> str:
        """The size without its source.

        Example:
            >>> str(PixelSize(0.25, 0.25)), str(PixelSize(0.5, 0.25))
            ('0.25 µm', '0.5 x 0.25 µm')
        """
        sides = f'{self.x:.4g}' if self.x == self.y else f'{self.x:.4g} x {self.y:.4g}'
        return f'{sides} µm'

    def to_json(self) -> float | list[float]:
        """The size as our json files state it: one number for square pixels, else x and y.

        Example:
            >>> PixelSize(0.25, 0.25).to_json(), PixelSize(0.5, 0.25).to_json()
            (0.25, [0.5, 0.25])
        """
        return self.x if self.x == self.y else [self.x, self.y]

    @classmethod
    def of(cls, value: PixelSize | float | tuple[float, float] | None) -> PixelSize | None:
        """Take one number for square pixels, two for (x, y); None stays None.

        Example:
            >>> PixelSize.of(0.5), PixelSize.of((0.5, 0.25)).y, PixelSize.of(None)
            (PixelSize(x=0.5, y=0.5, source=''), 0.25, None)
        """
        if value is None or isinstance(value, PixelSize):
            return value
        x, y = value if isinstance(value, tuple) else (value, value)
        return cls(float(x), float(y))


def plausible(x: float | None, y: float | None, source: str) -> PixelSize | None:
    """Take what a file states, where a microscope may have made it.

    Args:
        x: Micrometres along x, or None.
        y: The same along y.
        source: What states it.

    Returns:
        The size; None where a side is missing, or is not between 0.02 and 20 µm.

    Example:
        >>> plausible(0.5, 0.25, 'OME-XML')
        PixelSize(x=0.5, y=0.25, source='OME-XML')
        >>> plausible(352.8, 352.8, 'resolution tags'), plausible(0.5, None, 'OME-XML')
        (None, None)
    """
    low, high = PLAUSIBLE_UM
    if x is None or y is None or not (low <= x <= high and low <= y <= high):
        return None
    return PixelSize(x, y, source)


def of_tiff_page(page: Any, series: Any = None) -> PixelSize | None:
    """Read what a TIFF says about the pixels of one of its pages.

    Its description counts first (Aperio, OME-XML, Philips, Leica, ImageJ), then what other
    microscopes write (Ventana, Zeiss, Olympus, Micro-Manager), then the resolution tags.

    Args:
        page: A page of tifffile at full resolution.
        series: The series that it belongs to, which says which image of an OME-XML is meant.

    Returns:
        The size; None where the file says nothing plausible.
    """
    head = str(page.parent.pages[0].description or '')
    text = str(page.description or '') or head
    size_wh = (int(page.imagewidth), int(page.imagelength))
    if text.startswith('ImageJ=') and '\nunit=' in text:
        sides = tiff_descriptions.of_imagej(text, tiff_tags.per_unit(page))
        return plausible(*sides, 'ImageJ')
    # Which image of an OME-XML: its series stand in its order.
    index = next((i for i, one in enumerate(page.parent.series) if one is series), None)
    stated = (
        (tiff_descriptions.of_aperio(text), 'Aperio MPP'),
        (tiff_descriptions.of_ome(head, size_wh, index), 'OME-XML'),
        (tiff_descriptions.of_leica(head, size_wh), 'Leica SCN'),
        (tiff_descriptions.of_philips(head), 'Philips DICOM_PIXEL_SPACING'),
        *tiff_tags.of_other_microscopes(page),
        (tiff_tags.of_resolution(page), 'resolution tags'),
    )
    return _first(plausible(*sides, source) for sides, source in stated)


def of_openslide(properties: Mapping[str, str]) -> PixelSize | None:
    """Read the size of a slide's pixels from OpenSlide's properties.

    Example:
        >>> of_openslide({'openslide.mpp-x': '0.499', 'openslide.mpp-y': '0.499',
        ...               'openslide.vendor': 'aperio'})
        PixelSize(x=0.499, y=0.499, source='Aperio MPP')
        >>> of_openslide({'openslide.vendor': 'aperio'}) is None
        True
    """
    x, y = (micrometres(properties.get(f'openslide.mpp-{axis}', '')) for axis in 'xy')
    vendor = properties.get('openslide.vendor', '')
    return plausible(x or y, y or x, _BEHIND_OPENSLIDE.get(vendor, 'OpenSlide mpp-x/y'))


def of_dicom(spacing_mm: Sequence[Any]) -> PixelSize | None:
    """Read DICOM's PixelSpacing: millimetres between rows, then between columns.

    Source: DICOM PS3.3, 10.7.1.3.

    Example:
        >>> of_dicom(['0.0005', '0.00025'])
        PixelSize(x=0.25, y=0.5, source='DICOM PixelSpacing')
    """
    y, x = (micrometres(side, 'mm') for side in tuple(spacing_mm)[:2])
    return plausible(x, y, 'DICOM PixelSpacing')


def of_ome_zarr(multiscale: Mapping[str, Any], level: int = 0) -> PixelSize | None:
    """Read the size of an OME-Zarr image's pixels: its scales, times the units of its axes.

    Source: OME-Zarr 0.4 and 0.5, "multiscales". An axis without a unit has no size.

    Args:
        multiscale: One entry of ``multiscales``.
        level: Number of the data set, counted from 0.

    Example:
        >>> axes = [{'name': name, 'unit': 'micrometer'} for name in 'yx']
        >>> scale = {'type': 'scale', 'scale': [0.5, 0.25]}
        >>> of_ome_zarr({'axes': axes, 'datasets': [{'coordinateTransformations': [scale]}]})
        PixelSize(x=0.25, y=0.5, source='OME-Zarr')
    """
    axes = [axis for axis in multiscale.get('axes', []) if isinstance(axis, Mapping)]
    names = [str(axis.get('name', '')).lower() for axis in axes]
    if 'x' not in names or 'y' not in names:
        return None
    places = names.index('x'), names.index('y')
    sides = [1.0, 1.0]
    for owner in (multiscale.get('datasets', [{}])[level], multiscale):
        for change in owner.get('coordinateTransformations', []):
            scale = change.get('scale', []) if change.get('type') == 'scale' else []
            if len(scale) == len(axes):
                sides = [side * scale[place] for side, place in zip(sides, places, strict=True)]
    units = [str(axes[place].get('unit') or '') for place in places]
    x, y = (micrometres(side, unit) for side, unit in zip(sides, units, strict=True))
    return plausible(x, y, 'OME-Zarr')


def of_dots_per_inch(x: Any, y: Any) -> PixelSize | None:
    """Read the resolution that PNG, JPEG and BMP files carry, as Pillow's ``info['dpi']``.

    Example:
        >>> of_dots_per_inch(101600, 101600)
        PixelSize(x=0.25, y=0.25, source='dots an inch')
        >>> of_dots_per_inch(72, 72) is None
        True
    """
    width, height = (micrometres(1 / float(many) if many else '', 'inch') for many in (x, y))
    return plausible(width, height, 'dots an inch')


def _first(sizes: Iterable[PixelSize | None]) -> PixelSize | None:
    return next((size for size in sizes if size), None)
