"""One piece of a slide, a real one where it is at hand, in every format: the same pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from pydicom.uid import generate_uid

from mmnuc.images import open_image
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.scaled import scale_image

UM = 0.25
LEVELS = 3


@pytest.fixture(scope='module')
def piece(repository: Path) -> np.ndarray:
    path = repository.parent / 'shared' / 'data' / 'slides' / 'cmu-1-small-region.svs'
    if path.is_file():
        return tifffile.imread(path)[1200:1600, 900:1500]
    noise = np.random.default_rng(0).integers(0, 60, (400, 600, 3))
    y, x = np.mgrid[:400, :600]
    return (np.stack([y // 3, x // 4, 200 - y // 4], axis=2) + noise).astype(np.uint8)


def levels_of(rgb: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(rgb[:: 2**i, :: 2**i]) for i in range(LEVELS)]


def ome_tiff(path: Path, rgb: np.ndarray, **how: object) -> Path:
    """Levels in SubIFDs, as Bio-Formats and QuPath write them."""
    path = path / 'a.ome.tif'
    first, *others = levels_of(rgb)
    tiles = {'tile': (128, 128), 'photometric': 'rgb', **how}
    sizes = {f'PhysicalSize{axis}': UM for axis in 'XY'}
    units = {f'PhysicalSize{axis}Unit': 'µm' for axis in 'XY'}
    with tifffile.TiffWriter(path, ome=True) as writer:
        metadata = {'axes': 'YXS', **sizes, **units}
        writer.write(first, subifds=len(others), metadata=metadata, **tiles)
        for level in others:
            writer.write(level, subfiletype=1, **tiles)
    return path


def tiled_tiff(path: Path, rgb: np.ndarray) -> Path:
    path = path / 'a.tif'
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for number, level in enumerate(levels_of(rgb)):
            writer.write(
                level,
                tile=(128, 128),
                photometric='rgb',
                compression='zlib',
                subfiletype=int(number > 0),
                resolution=(10_000 / UM / 2**number,) * 2,
                resolutionunit='CENTIMETER',
                metadata=None,
            )
    return path


def ome_zarr(path: Path, rgb: np.ndarray, zarr_format: int) -> Path:
    path = path / 'a.zarr'
    root = zarr.open_group(str(path), mode='w', zarr_format=zarr_format)
    datasets = []
    for number, level in enumerate(levels_of(rgb)):
        data = np.ascontiguousarray(level.transpose(2, 0, 1))
        root.create_array(str(number), data=data, chunks=(3, 128, 128))
        scale = [1, UM * 2**number, UM * 2**number]
        change = [{'type': 'scale', 'scale': scale}]
        datasets.append({'path': str(number), 'coordinateTransformations': change})
    space = [{'name': name, 'type': 'space', 'unit': 'micrometer'} for name in 'yx']
    axes = [{'name': 'c', 'type': 'channel'}, *space]
    found = {'multiscales': [{'axes': axes, 'datasets': datasets}]}
    root.attrs.update(found if zarr_format == 2 else {'ome': {'version': '0.5', **found}})
    return path


FORMATS: dict[str, Callable[[Path, np.ndarray], Path]] = {
    'OME-TIFF': ome_tiff,
    'OME-TIFF, JPEG 2000': lambda path, rgb: ome_tiff(
        path, rgb, compression='jpeg2000', compressionargs={'level': 0}
    ),
    'OME-TIFF, LZW': lambda path, rgb: ome_tiff(path, rgb, compression='lzw', predictor=True),
    'tiled BigTIFF': tiled_tiff,
    'OME-Zarr 0.4': lambda path, rgb: ome_zarr(path, rgb, 2),
    'OME-Zarr 0.5': lambda path, rgb: ome_zarr(path, rgb, 3),
}


def check(path: Path, rgb: np.ndarray) -> None:
    image = open_image(path)
    assert (image.height, image.width) == rgb.shape[:2]
    assert image.pixel_size == PixelSize(UM, UM)
    for number, level in enumerate(levels_of(rgb)):
        height, width = level.shape[:2]
        assert image.levels[number] == (height, width)
        assert np.array_equal(image.read(0, 0, width, height, level=number), level)
    for x1, y1, x2, y2 in ((0, 0, 1, 1), (127, 126, 258, 140), (599, 399, 600, 400)):
        assert np.array_equal(image.read(x1, y1, x2, y2), rgb[y1:y2, x1:x2])
    assert '600 x 400, 0.25 µm (' in image.description
    half = scale_image(image, 0.5)
    box = half.read(100, 50, 200, 150)
    assert np.array_equal(box, half.read(0, 0, 300, 200)[50:150, 100:200])
    image.close()


@pytest.mark.parametrize('write', FORMATS.values(), ids=FORMATS)
def test_the_same_pixels(
    tmp_path: Path, piece: np.ndarray, write: Callable[[Path, np.ndarray], Path]
) -> None:
    check(write(tmp_path, piece), piece)


@pytest.mark.parametrize('jpeg2000', [False, True])
def test_the_same_pixels_in_dicom(
    tmp_path: Path, piece: np.ndarray, write_dicom: Callable[..., None], jpeg2000: bool
) -> None:
    series = generate_uid()
    for number, level in enumerate(levels_of(piece)):
        path = tmp_path / f'{number}.dcm'
        write_dicom(path, level, series, UM / 1000 * 2**number, jpeg2000)
    check(tmp_path / '2.dcm', piece)
    check(tmp_path, piece)


def test_the_same_pixels_in_czi(tmp_path: Path, piece: np.ndarray) -> None:
    czi = pytest.importorskip('pylibCZIrw.czi', reason='needs the extra czi')
    path = tmp_path / 'a.czi'
    with czi.create_czi(str(path), compression_options='zstd1:ExplicitLevel=3') as writer:
        for y in range(0, 400, 200):
            for x in range(0, 600, 200):
                bgr = np.ascontiguousarray(piece[y : y + 200, x : x + 200, ::-1])
                writer.write(bgr, location=(x, y))
        writer.write_metadata('a', scale_x=UM * 1e-6, scale_y=UM * 1e-6)
    image = open_image(path)
    assert image.pixel_size == PixelSize(UM, UM)
    assert np.array_equal(image.read(0, 0, 600, 400), piece)
    assert np.array_equal(image.read(150, 130, 450, 300), piece[130:300, 150:450])
