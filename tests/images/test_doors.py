"""All doors see the same pixels: prediction, conversion, training, the report and browsing.

One file of each kind goes through each of them. Conversion writes a file that OpenCV, and so any
other training program, reads as the same pixels, too.
"""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from mmnuc.converters import ConversionOptions, convert
from mmnuc.converters.image import read_image as convert_image
from mmnuc.converters.source import File
from mmnuc.datasets.transforms import LoadNucleiImage
from mmnuc.evaluation.report.content import _picture
from mmnuc.images import SUFFIXES, open_image, read_bgr, read_image

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
}


def by_opencv(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def loaded(path: Path) -> np.ndarray:
    return LoadNucleiImage()({'img_path': str(path)})['img'][..., ::-1]


@pytest.mark.parametrize(('suffix', 'write'), KINDS.values(), ids=KINDS)
def test_every_door_sees_the_same_pixels(
    tmp_path: Path, suffix: str, write: Callable[[Path], object]
) -> None:
    path = tmp_path / f'a.{suffix}'
    write(path)
    image = open_image(path)
    want = image.read(0, 0, image.width, image.height)
    assert want.std() > 20
    assert np.array_equal(read_image(path), want)
    assert np.array_equal(read_image(path.read_bytes(), name=path.name), want)
    assert np.array_equal(read_bgr(path)[..., ::-1], want)
    assert np.array_equal(loaded(path), want)
    converted = convert_image(File(str(tmp_path), path.name))
    assert np.array_equal(by_opencv(converted.data), want)
    again = tmp_path / f'b{converted.suffix}'
    again.write_bytes(converted.data)
    assert np.array_equal(loaded(again), want)
    assert np.array_equal(shown(path), shown(again))


def shown(path: Path) -> np.ndarray:
    """The picture in a report, which is a JPEG."""
    uri = _picture(path)
    assert uri is not None
    return by_opencv(base64.b64decode(uri.partition(',')[2]))


@pytest.mark.parametrize('packed', [False, True])
def test_a_whole_data_set_of_every_kind(tmp_path: Path, packed: bool) -> None:
    """Converted, zipped or not, each image has the pixels that prediction reads."""
    folder = tmp_path / 'source'
    for part in ('images', 'labels'):
        (folder / part).mkdir(parents=True)
    wanted = {}
    for number, (suffix, write) in enumerate(KINDS.values()):
        path = folder / 'images' / f'k{number:02}.{suffix}'
        write(path)
        wanted[path.name.partition('.')[0]] = read_image(path)
        labels = np.zeros(wanted[path.name.partition('.')[0]].shape[:2], np.uint16)
        labels[10:20, 10:20] = 1
        name = path.name.removesuffix(path.suffix)
        tifffile.imwrite(folder / 'labels' / f'{name}.tif', labels, compression='zstd')
    source = archive(folder) if packed else folder
    convert('label-maps', source, tmp_path / 'out', ConversionOptions(workers=1))
    found = {path.name.partition('.')[0]: path for path in (tmp_path / 'out/images').iterdir()}
    assert found.keys() == wanted.keys()
    for name, path in found.items():
        assert np.array_equal(read_image(path), wanted[name])
        assert np.array_equal(loaded(path), wanted[name])


def archive(folder: Path) -> Path:
    import zipfile

    path = folder.with_suffix('.zip')
    with zipfile.ZipFile(path, 'w') as out:
        for file in folder.rglob('*.*'):
            out.write(file, file.relative_to(folder))
    return path


def test_the_suffixes_tried_are_of_the_one_list() -> None:
    assert {f'.{suffix.rpartition(".")[2]}' for suffix, _ in KINDS.values()} <= SUFFIXES


def test_arrays_in_a_file_are_read_as_the_array() -> None:
    file = io.BytesIO()
    np.save(file, DEEP)
    assert np.array_equal(read_image(file.getvalue()), read_image(DEEP))


def test_the_other_doors_are_these() -> None:
    """Prediction opens images here; browsing and testing load them as training does."""
    from mmnuc.apis import predict, segmentation
    from mmnuc.visualization.browse import RAW_PIPELINE

    assert predict.open_image is open_image
    assert segmentation.open_image is open_image
    assert RAW_PIPELINE[0] == {'type': 'mmnuc.LoadNucleiImage'}
