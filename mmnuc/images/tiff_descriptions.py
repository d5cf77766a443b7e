"""What descriptions inside TIFF files say about the size of a pixel: text in, micrometres out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from mmnuc.images.length_units import micrometres

Sides = tuple[float | None, float | None]


def of_aperio(text: str) -> Sides:
    """Read ``MPP`` of Aperio; the thumbnail repeats that of the slide, and its own factor.

    Source: OpenSlide's description of the format, https://openslide.org/formats/aperio.

    Example:
        >>> of_aperio('Aperio Image|AppMag = 40|MPP = 0.2525')
        (0.2525, 0.2525)
        >>> of_aperio('Aperio Image\\r\\n1000x800 -> 100x80 - |MPP = 0.5|')
        (5.0, 5.0)
        >>> of_aperio('a picture')
        (None, None)
    """
    found = re.search(r'\bMPP\s*=\s*([\d.,]+)', text)
    side = micrometres(found[1]) if found else None
    smaller = re.search(r'(\d+)x\d+[^|]*?->\s*(\d+)x\d+', text)
    if side and smaller and int(smaller[2]):
        side *= int(smaller[1]) / int(smaller[2])
    return side, side


def of_imagej(text: str, per_unit: Sides) -> Sides:
    """Read the unit of ImageJ, which the resolution tags count in.

    Source: ij.io.TiffEncoder and ij.io.FileOpener of ImageJ 1.x.

    Args:
        text: The description.
        per_unit: Pixels a unit, from the tags XResolution and YResolution.

    Example:
        >>> of_imagej('ImageJ=1.53t\\nunit=micron\\n', (4.0, 2.0))
        (0.25, 0.5)
        >>> of_imagej('ImageJ=1.53t\\nunit=pixel\\n', (4.0, 2.0))
        (None, None)
    """
    found = re.findall(r'^(unit|yunit)=(.*?)\s*$', text, re.MULTILINE)
    units = {str(name): str(unit) for name, unit in found}
    unit = units.get('unit', 'pixel')
    x, y = (1 / many if many else None for many in per_unit)
    return micrometres(x, unit), micrometres(y, units.get('yunit', unit))


def of_ome(text: str, size_wh: tuple[int, int], index: int | None = None) -> Sides:
    """Read PhysicalSizeX and PhysicalSizeY of the image that is meant.

    Source: the OME schema 2016-06; the unit is µm where none is written.

    Args:
        text: OME-XML.
        size_wh: Width and height of the image.
        index: Its number among the images, counted from 0, where it is known.

    Returns:
        Both sides; None where the image states none, or it is not clear which image is meant.

    Example:
        >>> of_ome('<OME><Image><Pixels SizeX="9" SizeY="9" PhysicalSizeX="0.5"/></Image></OME>',
        ...        (9, 9))
        (0.5, 0.5)
    """
    every = [pixels.attrib for pixels in elements(text, 'Pixels')]
    same = [one for one in every if _size_of(one) == size_wh]
    if index is not None and index < len(every) and every[index] in same:
        same = [every[index]]
    # An image that was cut out of another may have kept its description.
    found = {_ome_sides(one) for one in same or every}
    return found.pop() if len(found) == 1 else (None, None)


def _size_of(pixels: dict[str, str]) -> tuple[int, int] | None:
    try:
        return int(pixels['SizeX']), int(pixels['SizeY'])
    except (KeyError, ValueError):
        return None


def _ome_sides(pixels: dict[str, str]) -> Sides:
    x, y = (
        micrometres(
            pixels.get(f'PhysicalSize{axis}', ''), pixels.get(f'PhysicalSize{axis}Unit', 'µm')
        )
        for axis in 'XY'
    )
    stated = [axis for axis in 'XY' if f'PhysicalSize{axis}' in pixels]
    if len(stated) == 1:
        return x or y, x or y
    return x, y


def of_philips(text: str) -> Sides:
    """Read DICOM_PIXEL_SPACING of Philips: millimetres, of rows and then of columns.

    Source: https://openslide.org/formats/philips. The smallest is that of the full resolution.

    Example:
        >>> of_philips('<Attribute Name="DICOM_PIXEL_SPACING">"0.0002" "0.00025"</Attribute>')
        (0.25, 0.2)
    """
    found: list[tuple[float, float]] = []
    for attribute in elements(text, 'Attribute'):
        if attribute.get('Name') == 'DICOM_PIXEL_SPACING':
            numbers = re.findall(r'[\d.eE+-]+', attribute.text or '')
            sides = [micrometres(number, 'mm') for number in numbers]
            if len(sides) == 2 and sides[0] and sides[1]:
                found.append((sides[1], sides[0]))
    return min(found, default=(None, None))


def of_ventana(text: str) -> Sides:
    """Read ``ScanRes`` of Ventana's iScan, in µm.

    Source: https://openslide.org/formats/ventana.

    Example:
        >>> of_ventana('<iScan Magnification="40" ScanRes="0.2500"/>')
        (0.25, 0.25)
    """
    for scan in elements(text, 'iScan'):
        side = micrometres(scan.get('ScanRes', ''))
        if side:
            return side, side
    return None, None


def of_leica(text: str, size_wh: tuple[int, int]) -> Sides:
    """Read the extent of a Leica SCN image, in nm, over its pixels.

    Source: https://openslide.org/formats/leica.

    Example:
        >>> of_leica('<scn><collection><image><pixels sizeX="100" sizeY="80"/>'
        ...          '<view sizeX="50000" sizeY="20000"/></image></collection></scn>', (100, 80))
        (0.5, 0.25)
    """
    for image in elements(text, 'image'):
        parts = {_local(part): part.attrib for part in image}
        pixels, view = parts.get('pixels', {}), parts.get('view', {})
        if (pixels.get('sizeX'), pixels.get('sizeY')) == tuple(map(str, size_wh)):
            x, y = (micrometres(view.get(axis, ''), 'nm') for axis in ('sizeX', 'sizeY'))
            return x and x / size_wh[0], y and y / size_wh[1]
    return None, None


def elements(text: str, name: str) -> Iterator[Any]:
    """Give the elements of that name, of any namespace; none where the text is no sound XML.

    Example:
        >>> [one.tag for one in elements('<a><b/><b/></a>', 'b')], list(elements('Aperio', 'b'))
        (['b', 'b'], [])
    """
    text = text.strip().strip('\0')
    if not text.startswith('<'):
        return
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        return
    for element in root.iter():
        if _local(element) == name:
            yield element


def _local(element: Any) -> str:
    return str(element.tag).rpartition('}')[2]
