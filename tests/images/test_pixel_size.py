"""The size of a pixel, from everything that states one."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.images import open_image
from mmnuc.images.length_units import micrometres
from mmnuc.images.pixel_size import (
    PLAUSIBLE_UM,
    PixelSize,
    of_dicom,
    of_dots_per_inch,
    of_ome_zarr,
    of_openslide,
    of_tiff_page,
    plausible,
)
from mmnuc.images.tiff_descriptions import elements, of_leica, of_ome, of_philips, of_ventana

WIDTH, HEIGHT = 40, 30
UNITS = {
    ('0.25', 'µm'): 0.25,
    ('0.25', 'μm'): 0.25,
    ('0.25', 'Âµm'): 0.25,
    ('0.25', '\\u00B5m'): 0.25,
    ('0.25', 'micron'): 0.25,
    ('0,25', 'um'): 0.25,
    ('250', 'nm'): 0.25,
    ('2.5e-4', 'mm'): 0.25,
    ('2.5E-05', 'cm'): 0.25,
    ('2.5e-7', 'm'): 0.25,
    ('2500', 'Å'): 0.25,
    ('1e-5', 'in'): 0.254,
    ('7.2e-4', 'pt'): 0.254,
    ('1', 'pixel'): None,
    ('1', 'reference frame'): None,
    ('1', 'Mm'): None,
    ('1', ''): None,
    ('', 'µm'): None,
    ('0', 'µm'): None,
    ('-1', 'µm'): None,
    ('nan', 'µm'): None,
    ('inf', 'µm'): None,
    ('a', 'µm'): None,
}


@pytest.mark.parametrize(('given_as', 'want'), UNITS.items(), ids=map(str, UNITS))
def test_units(given_as: tuple[str, str], want: float | None) -> None:
    assert micrometres(*given_as) == (None if want is None else pytest.approx(want))


def ome(*images: str) -> str:
    inside = ''.join(
        f'<Image ID="Image:{i}"><Pixels ID="Pixels:{i}" DimensionOrder="XYZCT" Type="uint8" '
        f'SizeZ="1" SizeC="1" SizeT="1" {one}><Channel ID="Channel:{i}:0" SamplesPerPixel="1"/>'
        f'<TiffData IFD="{i}" PlaneCount="1"/></Pixels></Image>'
        for i, one in enumerate(images)
    )
    space = 'xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'
    return f'<?xml version="1.0" encoding="UTF-8"?><OME {space}>{inside}</OME>'


def sized(more: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    return f'SizeX="{width}" SizeY="{height}" {more}'


def in_ome(more: str) -> dict[str, object]:
    return {'description': ome(sized(more)).encode()}


APERIO = (
    'Aperio Image Library v11.2.1 \r\n46000x32914 [42673,5576 2220x2967] (240x240) JPEG/RGB Q=30'
)
PHILIPS = (
    '<DataObject ObjectType="DPUfsImport"><Attribute Name="PIM_DP_SCANNED_IMAGES"><Array>'
    '<DataObject ObjectType="DPScannedImage">'
    '<Attribute Name="DICOM_PIXEL_SPACING" Group="0x0028" Element="0x0030" PMSVR="IDoubleArray">'
    '"0.0002" "0.00025"</Attribute></DataObject></Array></Attribute></DataObject>'
)
LEICA = (
    '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection>'
    '<image><pixels sizeX="9" sizeY="9"/><view sizeX="90000" sizeY="90000"/></image>'
    f'<image><pixels sizeX="{WIDTH}" sizeY="{HEIGHT}"/><view sizeX="20000" sizeY="7500"/></image>'
    '</collection></scn>'
)
METAMORPH = (
    '<MetaData><PlaneInfo><prop id="spatial-calibration-x" type="float" value="0.65"/>'
    '<prop id="spatial-calibration-y" type="float" value="0.65"/>'
    '<prop id="spatial-calibration-units" type="string" value="um"/></PlaneInfo></MetaData>'
)
CENTIMETRE = {'resolutionunit': 'CENTIMETER'}
STATED = {
    'Aperio': ({'description': f'{APERIO}|AppMag = 20|MPP = 0.4990|Left = 25.69'}, (0.499, 0.499)),
    'Aperio, comma': ({'description': f'{APERIO}|MPP = 0,2525'}, (0.2525, 0.2525)),
    'Aperio, none': ({'description': f'{APERIO}|AppMag = 20'}, None),
    'OME': (in_ome('PhysicalSizeX="0.5" PhysicalSizeY="0.25"'), (0.5, 0.25)),
    'OME in nm': (
        in_ome(
            'PhysicalSizeX="500" PhysicalSizeXUnit="nm" PhysicalSizeY="2.5e-4" '
            'PhysicalSizeYUnit="mm"'
        ),
        (0.5, 0.25),
    ),
    'OME, one side': (in_ome('PhysicalSizeX="500" PhysicalSizeXUnit="nm"'), (0.5, 0.5)),
    'OME in pixels': (in_ome('PhysicalSizeX="1" PhysicalSizeXUnit="pixel"'), None),
    'OME, 0': (in_ome('PhysicalSizeX="0" PhysicalSizeY="0"'), None),
    'OME, NaN': (in_ome('PhysicalSizeX="NaN" PhysicalSizeY="NaN"'), None),
    'broken OME': ({'description': '<OME><Image PhysicalSizeX="0.5"'}, None),
    'Philips': ({'description': PHILIPS}, (0.25, 0.2)),
    'Leica': ({'description': LEICA}, (0.5, 0.25)),
    'Ventana': (
        {'extratags': [(700, 1, None, b'<iScan Magnification="40" ScanRes="0.25"/>', True)]},
        (0.25, 0.25),
    ),
    'MetaMorph': ({'description': METAMORPH}, (0.65, 0.65)),
    'centimetres': ({'resolution': (40_000, 20_000), **CENTIMETRE}, (0.25, 0.5)),
    'inches': ({'resolution': (50_800, 50_800), 'resolutionunit': 'INCH'}, (0.5, 0.5)),
    'a screen': ({'resolution': (72, 72), 'resolutionunit': 'INCH'}, None),
    'no unit': ({'resolution': (4, 4), 'resolutionunit': 'NONE'}, None),
    'nothing': ({}, None),
}


def read(path: Path) -> PixelSize | None:
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        return of_tiff_page(series.pages[0].aspage(), series)


@pytest.mark.parametrize(('how', 'want'), STATED.values(), ids=STATED)
def test_of_tiff(tmp_path: Path, how: dict, want: tuple[float, float] | None) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, np.zeros((HEIGHT, WIDTH), np.uint8), metadata=None, **how)
    size = read(path)
    assert (size and (size.x, size.y)) == (want and pytest.approx(want))


IMAGEJ = {
    'um': (0.5, 0.25),
    'micron': (0.5, 0.25),
    'µm': (0.5, 0.25),
    '\\u00B5m': (0.5, 0.25),
    'nm': None,
    'pixel': None,
    'inch': None,
}


@pytest.mark.parametrize(('unit', 'want'), IMAGEJ.items())
def test_of_imagej(tmp_path: Path, unit: str, want: tuple[float, float] | None) -> None:
    path = tmp_path / 'a.tif'
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    text = f'ImageJ=1.53t\nimages=1\nunit={unit}\nloop=false\n'
    how = {'resolution': (2, 4), 'resolutionunit': 'NONE', 'metadata': None}
    tifffile.imwrite(path, pixels, description=text.encode(), **how)
    size = read(path)
    assert (size and (size.x, size.y, size.source)) == (want and (*want, 'ImageJ'))


@pytest.mark.parametrize('ratio', [(4, 0), (0, 0), (0, 5)])
def test_a_resolution_of_0(tmp_path: Path, ratio: tuple[int, int]) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, np.zeros((HEIGHT, WIDTH), np.uint8), resolution=(4, 4), **CENTIMETRE)
    with tifffile.TiffFile(path, mode='r+') as file:
        for name in ('XResolution', 'YResolution'):
            file.pages[0].tags[name].overwrite(ratio)
    assert read(path) is None


def test_imagej_in_nm_and_cm(tmp_path: Path) -> None:
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    for unit, many in {'nm': 0.004, 'cm': 40_000, 'inch': 101_600, 'mm': 4000}.items():
        path = tmp_path / f'{unit}.tif'
        tifffile.imwrite(
            path, pixels, imagej=True, resolution=(many, many), metadata={'unit': unit}
        )
        size = read(path)
        assert size is not None
        assert (size.x, size.y) == pytest.approx((0.25, 0.25))


def test_which_image_of_an_ome_file() -> None:
    text = ome(
        sized('PhysicalSizeX="4"', 10, 10),
        sized('PhysicalSizeX="0.5"'),
        sized('PhysicalSizeX="0.25"'),
    )
    assert of_ome(text, (10, 10)) == (4, 4)
    assert of_ome(text, (WIDTH, HEIGHT), 1) == (0.5, 0.5)
    assert of_ome(text, (WIDTH, HEIGHT), 2) == (0.25, 0.25)
    assert of_ome(text, (WIDTH, HEIGHT)) == (None, None)
    assert of_ome(text, (7, 7), 0) == (None, None)


def test_series_of_an_ome_file_have_their_own_sizes(tmp_path: Path) -> None:
    path = tmp_path / 'a.ome.tif'
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    with tifffile.TiffWriter(path, ome=True) as writer:
        for side in (0.5, 250.0):
            unit = 'µm' if side < 1 else 'nm'
            sizes = {f'PhysicalSize{a}': side for a in 'XY'}
            units = {f'PhysicalSize{a}Unit': unit for a in 'XY'}
            writer.write(pixels, metadata={**sizes, **units})
    with tifffile.TiffFile(path) as file:
        sizes = [of_tiff_page(one.pages[0].aspage(), one) for one in file.series]
    assert sizes == [PixelSize(0.5, 0.5), PixelSize(0.25, 0.25)]


def test_a_thumbnail_of_aperio_is_no_slide(shared: Path) -> None:
    path = shared / 'data' / 'slides' / 'cmu-1-small-region.svs'
    with tifffile.TiffFile(path) as file:
        sizes = [of_tiff_page(one.pages[0].aspage(), one) for one in file.series]
    assert sizes[0] == PixelSize(0.499, 0.499)
    assert sizes[1] is None or sizes[1].x > 1


def test_of_openslide() -> None:
    both = {'openslide.mpp-x': '0.25', 'openslide.mpp-y': '0.5'}
    assert of_openslide(both) == PixelSize(0.25, 0.5)
    assert of_openslide({'openslide.mpp-x': '0.25'}) == PixelSize(0.25, 0.25)
    assert of_openslide({'openslide.mpp-x': '352.8', 'openslide.mpp-y': '352.8'}) is None
    assert of_openslide({'openslide.mpp-x': 'nan'}) is None


def test_of_dicom() -> None:
    assert of_dicom([0.0005, 0.00025]) == PixelSize(0.25, 0.5)
    assert of_dicom([0, 0]) is None


def multiscale(unit: str | None, *more: dict) -> dict:
    axes = [{'name': 'c', 'type': 'channel'}]
    axes += [{'name': name, 'type': 'space', **({'unit': unit} if unit else {})} for name in 'yx']
    levels = [
        {'path': str(i), 'coordinateTransformations': [{'type': 'scale', 'scale': [1, s, s / 2]}]}
        for i, s in enumerate((0.5, 1.0))
    ]
    return {'axes': axes, 'datasets': levels, 'coordinateTransformations': list(more)}


def test_of_ome_zarr() -> None:
    assert of_ome_zarr(multiscale('micrometer')) == PixelSize(0.25, 0.5)
    assert of_ome_zarr(multiscale('micrometer'), 1) == PixelSize(0.5, 1.0)
    assert of_ome_zarr(multiscale('nanometer')) is None
    assert of_ome_zarr(multiscale(None)) is None
    half = {'type': 'scale', 'scale': [1, 0.5, 0.5]}
    move = {'type': 'translation', 'translation': [0, 5, 5]}
    assert of_ome_zarr(multiscale('micrometer', half, move)) == PixelSize(0.125, 0.25)
    assert of_ome_zarr({'axes': ['y', 'x'], 'datasets': [{'path': '0'}]}) is None


def test_of_dots_per_inch() -> None:
    assert of_dots_per_inch(101_600, 50_800) == PixelSize(0.25, 0.5)
    assert of_dots_per_inch(0, 0) is None
    assert of_dots_per_inch(300, 300) is None


def test_text_that_is_no_xml() -> None:
    assert list(elements('', 'a')) == list(elements('<a', 'a')) == list(elements('a', 'a')) == []
    assert of_philips('<a/>') == of_ventana('<a/>') == of_leica('<a/>', (1, 1)) == (None, None)


@given(st.floats(), st.floats())
def test_what_is_plausible(x: float, y: float) -> None:
    size = plausible(x, y, 'a test')
    low, high = PLAUSIBLE_UM
    assert (size is not None) == (low <= x <= high and low <= y <= high)


@given(st.text(), st.text())
def test_no_text_makes_it_fail(value: str, unit: str) -> None:
    length = micrometres(value, unit)
    assert length is None or length > 0


@pytest.mark.parametrize(('unit', 'many'), [(2, 50_800), (3, 20_000), (4, 2000), (5, 2)])
def test_units_of_the_resolution(tmp_path: Path, unit: int, many: int) -> None:
    pixels = np.zeros((8, 8), np.uint8)
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, pixels, resolution=(many, many), resolutionunit=unit, metadata=None)
    assert open_image(path).pixel_size == PixelSize(0.5, 0.5)
