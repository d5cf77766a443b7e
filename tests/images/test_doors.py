"""All doors see the same pixels, one file of each kind at a time.

Conversion writes a file that OpenCV, and so any other training program, reads as the same pixels,
too. ``test_doors_whole.py`` takes a whole data set through commands.
"""

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from mmnuc.converters import ConversionOptions, convert
from mmnuc.converters.image import read_image as convert_image
from mmnuc.converters.source import File
from mmnuc.datasets.transforms import LoadNucleiImage
from mmnuc.evaluation.report.content import _picture
from mmnuc.images import SUFFIXES, open_image, read_bgr, read_image

Make = Callable[[str, Path], Path]
# What is read by boxes from where it lies can't be read from inside of an archive.
BY_PATH = ('OME-Zarr', 'OME-Zarr, zipped', 'DICOM', 'CZI')


def by_opencv(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def loaded(path: Path) -> np.ndarray:
    return LoadNucleiImage()({'img_path': str(path)})['img'][..., ::-1]


def test_every_door_sees_the_same_pixels(
    tmp_path: Path, kind_of_file: str, make_kind: Make
) -> None:
    path = make_kind(kind_of_file, tmp_path / 'a')
    image = open_image(path)
    want = image.read(0, 0, image.width, image.height)
    assert want.std() > 20
    assert np.array_equal(read_image(path), want)
    if kind_of_file not in BY_PATH:
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
def test_a_whole_data_set_of_every_kind(
    tmp_path: Path, packed: bool, kinds: tuple[str, ...], make_kind: Make
) -> None:
    """Converted, zipped or not, each image has the pixels that prediction reads."""
    folder = tmp_path / 'source'
    for part in ('images', 'labels'):
        (folder / part).mkdir(parents=True)
    wanted = {}
    for number, kind in enumerate(kinds):
        if packed and kind in BY_PATH:
            continue
        path = make_kind(kind, folder / 'images' / f'k{number:02}')
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
    path = folder.with_suffix('.zip')
    with zipfile.ZipFile(path, 'w') as out:
        for file in folder.rglob('*.*'):
            out.write(file, file.relative_to(folder))
    return path


def test_the_suffixes_tried_are_of_the_one_list(
    tmp_path: Path, kinds: tuple[str, ...], make_kind: Make
) -> None:
    # Arrays are images in folders of images, and stores are folders.
    suffixes = {make_kind(kind, tmp_path / f'{i}').suffix for i, kind in enumerate(kinds)}
    assert suffixes - SUFFIXES == {'.npy', '.zarr', '.zip'}


def test_arrays_in_a_file_are_read_as_the_array() -> None:
    file = io.BytesIO()
    deep = np.arange(600, dtype=np.uint16).reshape(20, 30)
    np.save(file, deep)
    assert np.array_equal(read_image(file.getvalue()), read_image(deep))
