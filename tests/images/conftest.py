"""A picture for every reader, and files of every kind that is read."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
import tifffile
import zarr
from PIL import ExifTags, Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

TILE = 64
WHOLE_SLIDE = '1.2.840.10008.5.1.4.1.1.77.1.6'
FULL_MM = 0.00025


@pytest.fixture
def rgb() -> np.ndarray:
    """An image that compresses without great loss, of odd size."""
    y, x = np.mgrid[:93, :131]
    return np.stack([y * 2, x, 255 - y - x // 2], axis=2).astype(np.uint8)


def tiles_of(rgb: np.ndarray) -> np.ndarray:
    """Tiles row by row, filled up at the edges."""
    rows, columns = (-(-side // TILE) for side in rgb.shape[:2])
    padded = np.zeros((rows * TILE, columns * TILE, 3), np.uint8)
    padded[: rgb.shape[0], : rgb.shape[1]] = rgb
    return padded.reshape(rows, TILE, columns, TILE, 3).swapaxes(1, 2).reshape(-1, TILE, TILE, 3)


def header(syntax: str, series: str, spacing_mm: float) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = WHOLE_SLIDE
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.SeriesInstanceUID, data.StudyInstanceUID = series, generate_uid()
    data.Modality = 'SM'
    first = spacing_mm == FULL_MM
    kind = ('ORIGINAL', 'NONE') if first else ('DERIVED', 'RESAMPLED')
    data.ImageType = [kind[0], 'PRIMARY', 'VOLUME', kind[1]]
    measures, shared, optical = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [spacing_mm, spacing_mm]
    shared.PixelMeasuresSequence = Sequence([measures])
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    optical.OpticalPathIdentifier, optical.ObjectiveLensPower = '0', 40
    data.OpticalPathSequence = Sequence([optical])
    return data


def write_whole_slide(
    path: Path,
    rgb: np.ndarray,
    series: str,
    spacing_mm: float = FULL_MM,
    jpeg2000: bool = False,
) -> None:
    """Write a level of a slide: VL Whole Slide Microscopy (DICOM PS3.3, A.32.8), lossless."""
    data = header(JPEG2000Lossless if jpeg2000 else ExplicitVRLittleEndian, series, spacing_mm)
    data.SamplesPerPixel, data.PhotometricInterpretation = 3, 'RGB'
    data.PlanarConfiguration = data.PixelRepresentation = 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit = 7
    data.Rows = data.Columns = TILE
    data.TotalPixelMatrixRows, data.TotalPixelMatrixColumns = rgb.shape[:2]
    data.TotalPixelMatrixFocalPlanes = data.NumberOfOpticalPaths = 1
    data.DimensionOrganizationType = 'TILED_FULL'
    data.ImagedVolumeHeight, data.ImagedVolumeWidth = (n * spacing_mm for n in rgb.shape[:2])
    tiles = tiles_of(rgb)
    data.NumberOfFrames = len(tiles)
    if jpeg2000:
        how = {'level': 0, 'codecformat': 'j2k', 'reversible': True, 'mct': False}
        data.PixelData = encapsulate([imagecodecs.jpeg2k_encode(tile, **how) for tile in tiles])
    else:
        data.PixelData = tiles.tobytes()
    data['PixelData'].VR = 'OB'
    pydicom.dcmwrite(path, data, enforce_file_format=True)


@pytest.fixture(scope='session')
def write_dicom() -> Callable[..., None]:
    """Write a level of a slide as DICOM."""
    return write_whole_slide


YY, XX = np.mgrid[:64, :80]
RGB = np.stack([YY * 3 + 20, XX * 2 + 30, 250 - YY - XX], axis=2).astype(np.uint8)
RGB[10:20, 10:20] = (90, 30, 120)
DEEP = RGB.astype(np.uint16) * 37 + 500
FOUR = np.dstack([RGB, (YY * 4).astype(np.uint8)])
TURNED = Image.Exif()
TURNED[ExifTags.Base.Orientation] = 6


def tiff(pixels: np.ndarray, **how: object) -> Callable[[Path], None]:
    return lambda path: tifffile.imwrite(path, pixels, **{'metadata': None, **how})


def pillow(pixels: np.ndarray, mode: str = '', **how: object) -> Callable[[Path], None]:
    image = Image.fromarray(pixels)
    return lambda path: (image.convert(mode) if mode else image).save(path, **how)


def written(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content)


def pages(path: Path) -> None:
    with tifffile.TiffWriter(path) as file:
        file.write(np.ascontiguousarray(RGB[::4, ::4]), photometric='rgb', metadata=None)
        file.write(RGB, photometric='rgb', metadata=None)


def store(path: Path) -> None:
    """OME-Zarr 0.4; in a zip file if it is called so."""
    zipped = path.suffix == '.zip'
    where = zarr.storage.ZipStore(path, mode='w') if zipped else str(path)
    group = zarr.open_group(where, mode='w', zarr_format=2)
    group.create_array('0', data=np.ascontiguousarray(np.moveaxis(RGB, 2, 0)), chunks=(3, 32, 32))
    levels = [{'path': '0', 'coordinateTransformations': [{'type': 'scale', 'scale': [1, 1, 1]}]}]
    axes = [{'name': name, 'type': 'space' if name != 'c' else 'channel'} for name in 'cyx']
    group.attrs['multiscales'] = [{'version': '0.4', 'axes': axes, 'datasets': levels}]
    group.store.close()


def czi(path: Path) -> None:
    from pylibCZIrw.czi import create_czi

    with create_czi(str(path)) as file:
        file.write(np.ascontiguousarray(RGB[..., ::-1]))


def dicom(path: Path) -> None:
    write_whole_slide(path, RGB, '1.2.3')


COLOR = {'photometric': 'rgb'}
GREY = {'photometric': 'minisblack'}
KINDS: dict[str, tuple[str, Callable[[Path], object]]] = {
    'PNG': ('png', pillow(RGB)),
    'PNG, grey': ('png', pillow(RGB[..., 0])),
    'PNG, 16 bits': ('png', written(imagecodecs.png_encode(DEEP))),
    'PNG, alpha': ('png', pillow(FOUR)),
    'PNG, palette': ('png', pillow(RGB, 'P')),
    'PNG, 1 bit': ('png', pillow(RGB, '1')),
    'JPEG': ('jpg', pillow(RGB)),
    'JPEG, grey': ('jpeg', pillow(RGB[..., 0])),
    'JPEG, turned': ('jpg', pillow(RGB, exif=TURNED)),
    'JPEG, CMYK': ('jpg', pillow(RGB, 'CMYK')),
    'BMP': ('bmp', pillow(RGB)),
    'BMP, palette': ('bmp', pillow(RGB, 'P')),
    'GIF': ('gif', pillow(RGB)),
    'WebP': ('webp', pillow(RGB)),
    'JPEG 2000': ('jp2', pillow(RGB)),
    'JPEG 2000, 16 bits': ('j2k', written(imagecodecs.jpeg2k_encode(DEEP, level=0))),
    'TIFF': ('tif', tiff(RGB, **COLOR)),
    'TIFF, tiles': ('tif', tiff(RGB, tile=(16, 32), compression='lzw', predictor=True, **COLOR)),
    'TIFF, JPEG': ('tif', tiff(RGB, tile=(32, 32), compression='jpeg', **COLOR)),
    'TIFF, JPEG 2000': ('tif', tiff(RGB, compression='jpeg2000', **COLOR)),
    'TIFF, zstd': ('tif', tiff(RGB, compression='zstd', **COLOR)),
    'TIFF, planes': ('tif', tiff(np.moveaxis(RGB, 2, 0), planarconfig='separate', **COLOR)),
    'TIFF, YCbCr': ('tif', pillow(RGB, 'YCbCr', compression='tiff_lzw')),
    'TIFF, CMYK': ('tif', pillow(RGB, 'CMYK')),
    'TIFF, palette': ('tif', pillow(RGB, 'P')),
    'TIFF, 1 bit': ('tif', pillow(RGB, '1')),
    'TIFF, white is 0': ('tif', tiff(RGB[..., 0], photometric='miniswhite')),
    'TIFF, alpha': ('tif', tiff(FOUR, extrasamples=['UNASSALPHA'], **COLOR)),
    'TIFF, no alpha': ('tif', tiff(FOUR, extrasamples=['UNSPECIFIED'], **COLOR)),
    'TIFF, two channels': ('tif', tiff(RGB[..., :2], planarconfig='contig', **GREY)),
    'TIFF, turned': ('tif', tiff(RGB, extratags=[(274, 'H', 1, 6, False)], **COLOR)),
    'TIFF, 16 bits': ('tif', tiff(DEEP, **COLOR)),
    'TIFF, 16 bits, grey': ('tiff', tiff(DEEP[..., 1], **GREY)),
    'TIFF, 32 bits': ('tif', tiff(DEEP[..., 1].astype(np.uint32) * 1000, **GREY)),
    'TIFF, signed': ('tif', tiff(DEEP[..., 1].astype(np.int16) - 3000, **GREY)),
    'TIFF, float': ('tif', tiff((DEEP / 7000).astype(np.float32), **COLOR)),
    'TIFF, half float': ('tif', tiff((DEEP[..., 1] / 700).astype(np.float16), **GREY)),
    'TIFF, pages': ('tif', tiff(np.stack([RGB[..., i] for i in range(3)]), **GREY)),
    'TIFF, thumbnail first': ('tif', pages),
    'ImageJ': (
        'tif',
        lambda path: tifffile.imwrite(
            path, np.moveaxis(DEEP, 2, 0), imagej=True, metadata={'axes': 'ZYX'}
        ),
    ),
    'OME-TIFF': (
        'ome.tif',
        lambda path: tifffile.imwrite(
            path,
            np.moveaxis(DEEP, 2, 0),
            photometric='minisblack',
            metadata={'axes': 'CYX', 'Channel': {'Name': ['GFP', 'DAPI', 'Cy5']}},
        ),
    ),
    'BigTIFF': ('btf', tiff(RGB, bigtiff=True, **COLOR)),
    'array': ('npy', lambda path: np.save(path, DEEP)),
    'array of floats': ('npy', lambda path: np.save(path, DEEP[..., 0] / 7000)),
    'OME-Zarr': ('zarr', store),
    'OME-Zarr, zipped': ('zarr.zip', store),
    'DICOM': ('dcm', dicom),
}
if importlib.util.find_spec('pylibCZIrw'):
    KINDS['CZI'] = ('czi', czi)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a kind of file is run for each."""
    if 'kind_of_file' in metafunc.fixturenames:
        metafunc.parametrize('kind_of_file', KINDS)


@pytest.fixture(scope='session')
def kinds() -> tuple[str, ...]:
    """What kinds there are."""
    return tuple(KINDS)


@pytest.fixture(scope='session')
def make_kind() -> Callable[[str, Path], Path]:
    """Write an image of a kind; its suffix is put behind the path."""

    def make(kind: str, path: Path) -> Path:
        suffix, write = KINDS[kind]
        whole = path.with_name(f'{path.name}.{suffix}')
        write(whole)
        return whole

    return make
