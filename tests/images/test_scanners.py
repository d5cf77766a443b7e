"""Files as scanners write them, made by hand after OpenSlide's descriptions of the formats.

No real file of these scanners was at hand. What these show is that each is told from a TIFF, is
given to OpenSlide, and comes back with its pixels, its levels and the size of a pixel.
Source: https://openslide.org/formats and the readers in OpenSlide's ``src/openslide-vendor-*.c``.
"""

import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from mmnuc.images.formats import is_slide
from mmnuc.images.openslide import OpenSlideImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.source import Source

HEIGHT, WIDTH, TILE = 384, 512, 128
ROWS, COLUMNS = HEIGHT // TILE, WIDTH // TILE
TILED = {'tile': (TILE, TILE), 'photometric': 'rgb', 'metadata': None}


@pytest.fixture(scope='module')
def rgb() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([y // 2, x // 3, 200 - y // 3], axis=2).astype(np.uint8)


def half(rgb: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rgb[::2, ::2])


def jpeg(rgb: np.ndarray) -> bytes:
    """With restart markers, which let Hamamatsu's be read in pieces."""
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    full = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    how = {
        cv2.IMWRITE_JPEG_QUALITY: 100,
        cv2.IMWRITE_JPEG_RST_INTERVAL: 8,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR: full,
    }
    done, data = cv2.imencode('.jpg', bgr, [one for pair in how.items() for one in pair])
    assert done
    return data.tobytes()


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def hamamatsu_ndpi(folder: Path, rgb: np.ndarray) -> tuple[Path, np.ndarray]:
    """One JPEG a level, in a strip, with tags of its own."""
    path = folder / 'a.ndpi'
    with tifffile.TiffWriter(path, byteorder='<') as writer:
        for number, level in enumerate((rgb, half(rgb))):
            own = [(65420, 4, 1, 1), (65421, 11, 1, 40 / 2**number), (271, 2, 0, 'Hamamatsu')]
            own += [(65422, 9, 1, 0), (65423, 9, 1, 0), (65424, 9, 1, 0)]
            writer.write(
                iter([jpeg(level)]),
                shape=level.shape,
                dtype=np.uint8,
                photometric='ycbcr',
                subsampling=(1, 1),
                compression='jpeg',
                rowsperstrip=level.shape[0],
                resolution=(40_000 / 2**number,) * 2,
                resolutionunit='CENTIMETER',
                extratags=[(*tag, True) for tag in own],
                metadata=None,
                software=False,
            )
    return path, decoded(jpeg(rgb))


def hamamatsu_vms(folder: Path, rgb: np.ndarray) -> tuple[Path, np.ndarray]:
    """A text that names JPEG files, and the slide's size in nm."""
    path = folder / 'a.vms'
    (folder / 'a.jpg').write_bytes(jpeg(rgb))
    (folder / 'map.jpg').write_bytes(jpeg(rgb[::4, ::4]))
    path.write_text(
        '[Virtual Microscope Specimen]\nNoLayers=1\nNoJpegColumns=1\nNoJpegRows=1\n'
        'ImageFile=a.jpg\nMapFile=map.jpg\nOptimisationFile=\nAuthCode=\nSourceLens=40\n'
        f'PhysicalWidth={WIDTH * 250}\nPhysicalHeight={HEIGHT * 250}\nLayerSpacing=0\n'
        'MacroImage=map.jpg\n'
    )
    return path, decoded(jpeg(rgb))


def mirax(folder: Path, rgb: np.ndarray) -> tuple[Path, np.ndarray]:
    """A folder: what there is in a text, tiles one after the other, and where each begins."""
    path, parts, name = folder / 'a.mrxs', folder / 'a', '0123456789ABCDEF'
    path.write_bytes(jpeg(rgb[::8, ::8]))
    parts.mkdir()
    (parts / 'Slidedat.ini').write_text(
        f'[GENERAL]\nSLIDE_VERSION=01.02\nSLIDE_ID={name}\nIMAGENUMBER_X={COLUMNS}\n'
        f'IMAGENUMBER_Y={ROWS}\nOBJECTIVE_MAGNIFICATION=40\nCameraImageDivisionsPerSide=1\n'
        '[HIERARCHICAL]\nINDEXFILE=Index.dat\nHIER_COUNT=1\nNONHIER_COUNT=0\n'
        'HIER_0_NAME=Slide zoom level\nHIER_0_COUNT=1\nHIER_0_VAL_0=ZoomLevel_0\n'
        'HIER_0_VAL_0_SECTION=LEVEL_0\n[DATAFILE]\nFILE_COUNT=1\nFILE_0=Data0000.dat\n'
        '[LEVEL_0]\nOVERLAP_X=0\nOVERLAP_Y=0\nMICROMETER_PER_PIXEL_X=0.25\n'
        'MICROMETER_PER_PIXEL_Y=0.25\nIMAGE_FORMAT=PNG\nIMAGE_FILL_COLOR_BGR=16777215\n'
        f'DIGITIZER_WIDTH={TILE}\nDIGITIZER_HEIGHT={TILE}\nIMAGE_CONCAT_FACTOR=0\n'
    )
    data, items = b'', b''
    for number in range(ROWS * COLUMNS):
        y, x = (TILE * place for place in divmod(number, COLUMNS))
        tile = np.ascontiguousarray(rgb[y : y + TILE, x : x + TILE, ::-1])
        png = cv2.imencode('.png', tile)[1].tobytes()
        items += struct.pack('<4i', number, len(data), len(png), 0)
        data += png
    (parts / 'Data0000.dat').write_bytes(data)
    head = f'01.02{name}'.encode()
    levels = len(head) + 8
    index = struct.pack('<7i', levels, 0, levels + 4, 0, levels + 12, ROWS * COLUMNS, 0)
    (parts / 'Index.dat').write_bytes(head + index + items)
    return path, rgb


def philips(folder: Path, rgb: np.ndarray) -> tuple[Path, np.ndarray]:
    """A TIFF with an XML of nested lists."""

    def of(name: str, value: str, kind: str = 'IString') -> str:
        return f'<Attribute Name="{name}" Group="0" Element="0" PMSVR="{kind}">{value}</Attribute>'

    def many(name: str, *objects: str) -> str:
        return of(name, f'<Array>{"".join(objects)}</Array>', 'IDataObjectArray')

    def spacing(mm: float) -> str:
        return of('DICOM_PIXEL_SPACING', f'"{mm}" "{mm}"', 'IDoubleArray')

    levels = [
        f'<DataObject ObjectType="PixelDataRepresentation">{spacing(0.00025 * 2**i)}'
        f'{of("PIIM_PIXEL_DATA_REPRESENTATION_NUMBER", str(i), "IUInt16")}</DataObject>'
        for i in range(2)
    ]
    image = of('PIM_DP_IMAGE_TYPE', 'WSI') + spacing(0.00025)
    image += many('PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE', *levels)
    scanned = f'<DataObject ObjectType="DPScannedImage">{image}</DataObject>'
    text = f'<DataObject ObjectType="DPUfsImport">{many("PIM_DP_SCANNED_IMAGES", scanned)}'
    path = folder / 'a.tiff'
    with tifffile.TiffWriter(path) as writer:
        known = {'software': 'Philips DP v1.0', 'description': f'{text}</DataObject>'}
        writer.write(rgb, **known, **TILED)
        writer.write(half(rgb), description='level=1', subfiletype=1, **TILED)
    return path, rgb


def ventana(folder: Path, rgb: np.ndarray) -> tuple[Path, np.ndarray]:
    """Tiles that are counted to and fro from the bottom, with how neighbours meet."""

    def number(row: int, column: int) -> int:
        up = ROWS - 1 - row
        return up * COLUMNS + (COLUMNS - 1 - column if up % 2 else column) + 1

    pairs = [
        ('RIGHT', number(row, column), number(row, column + 1))
        for row in range(ROWS)
        for column in range(COLUMNS - 1)
    ]
    pairs += [
        ('UP', number(row + 1, column), number(row, column))
        for row in range(ROWS - 1)
        for column in range(COLUMNS)
    ]
    joints = ''.join(
        f'<TileJointInfo FlagJoined="1" Confidence="100" Direction="{way}" Tile1="{one}" '
        f'Tile2="{other}" OverlapX="0" OverlapY="0"/>'
        for way, one, other in pairs
    )
    stitched = (
        '<EncodeInfo Ver="2"><SlideInfo/><SlideStitchInfo><ImageInfo AOIScanned="1" AOIIndex="0" '
        f'NumRows="{ROWS}" NumCols="{COLUMNS}" Width="{TILE}" Height="{TILE}" Pos-X="0" Pos-Y="0">'
        f'{joints}</ImageInfo></SlideStitchInfo><AoiOrigin><AOI0 OriginX="0" OriginY="0"/>'
        '</AoiOrigin></EncodeInfo>'
    )
    scan = '<iScan Magnification="40" ScanRes="0.25" ScannerModel="VENTANA DP 200"><AOI0/></iScan>'
    path = folder / 'a.bif'
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        label = {'photometric': 'rgb', 'metadata': None, 'description': 'Label_Image'}
        xmp = [(700, 1, None, scan.encode(), True)]
        writer.write(half(half(rgb)), software='ScanOutputManager 1.1', extratags=xmp, **label)
        xmp = [(700, 1, None, stitched.encode(), True)]
        writer.write(rgb, description='level=0 mag=40 quality=95', extratags=xmp, **TILED)
        writer.write(half(rgb), description='level=1 mag=20 quality=95', **TILED)
    return path, rgb


def leica(folder: Path, rgb: np.ndarray) -> tuple[Path, np.ndarray]:
    """The whole glass, in nm, and a scan of a quarter of it."""
    size = f'sizeX="{WIDTH}" sizeY="{HEIGHT}"'
    lit = '<illuminationSettings><illuminationSource>brightfield</illuminationSource>'
    lens = '<objectiveSettings><objective>40</objective></objectiveSettings>'
    image = (
        f'<image name="scan" uuid="u"><pixels {size}><dimension {size} r="0" ifd="0"/></pixels>'
        f'<view sizeX="{WIDTH * 250}" sizeY="{HEIGHT * 250}" offsetX="0" offsetY="0"/>'
        f'<scanSettings>{lens}{lit}</illuminationSettings></scanSettings>'
        '<device model="A" version="1"/></image>'
    )
    text = (
        '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">'
        f'<collection name="c" uuid="v" sizeX="{WIDTH * 500}" sizeY="{HEIGHT * 500}">'
        f'<barcode></barcode>{image}</collection></scn>'
    )
    path = folder / 'a.scn'
    known = {'resolution': (40_000, 40_000), 'resolutionunit': 'CENTIMETER', 'bigtiff': True}
    tifffile.imwrite(path, rgb, description=text.encode(), **known, **TILED)
    glass = np.full((2 * HEIGHT, 2 * WIDTH, 3), 255, np.uint8)
    glass[:HEIGHT, :WIDTH] = rgb
    return path, glass


SCANNERS = {
    hamamatsu_ndpi: 'Hamamatsu resolution',
    hamamatsu_vms: 'Hamamatsu resolution',
    leica: 'resolution tags',
    mirax: 'Mirax MICROMETER_PER_PIXEL',
    philips: 'Philips DICOM_PIXEL_SPACING',
    ventana: 'Ventana ScanRes',
}


@pytest.mark.parametrize(
    ('write', 'stated_by'), SCANNERS.items(), ids=[one.__name__ for one in SCANNERS]
)
def test_scanners(
    tmp_path: Path,
    rgb: np.ndarray,
    write: Callable[[Path, np.ndarray], tuple[Path, np.ndarray]],
    stated_by: str,
) -> None:
    path, want = write(tmp_path, rgb)
    source = Source(str(path), path)
    assert is_slide(source)
    image = OpenSlideImage(source, None)
    form = image.form
    assert (form.height, form.width) == want.shape[:2]
    assert form.pixel_size == PixelSize(0.25, 0.25)
    assert form.pixel_size.source == stated_by
    assert np.array_equal(image.read(0, 0, form.width, form.height, channels=(0, 1, 2)), want)
    box = image.read(100, 50, 300, 260, channels=(0, 1, 2))
    assert np.array_equal(box, want[50:260, 100:300])
    if len(form.levels) > 1:
        height, width = form.levels[1]
        smaller = image.read(0, 0, width, height, channels=(0, 1, 2), level=1)
        assert np.abs(smaller.astype(int) - want[::2, ::2]).max() <= 8  # JPEG
    image.close()
