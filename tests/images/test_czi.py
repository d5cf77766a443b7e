"""CZI files, written here by the library of Zeiss that reads them."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.images.czi import CziImage
from mmnuc.images.formats import is_czi
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.source import Source

czi = pytest.importorskip('pylibCZIrw.czi', reason='needs the extra czi')


def source(path: Path) -> Source:
    return Source(str(path), path)


def opened(path: Path, series: int | None = None) -> CziImage:
    return CziImage(source(path), series)


def noise(*shape: int, dtype: str = 'u1') -> np.ndarray:
    return np.random.default_rng(0).integers(0, 250, shape).astype(dtype)


@pytest.fixture
def mosaic(tmp_path: Path) -> Path:
    """Two tiles of colour, apart, at places below 0."""
    path = tmp_path / 'a.czi'
    with czi.create_czi(str(path)) as writer:
        writer.write(noise(40, 60, 3), location=(-10, -20))
        writer.write(noise(40, 60, 3), location=(80, 20))
        writer.write_metadata('a', scale_x=2.5e-7, scale_y=5e-7)
    return path


def test_a_mosaic_in_colour(mosaic: Path) -> None:
    assert is_czi(source(mosaic))
    image = opened(mosaic)
    form = image.form
    assert (form.height, form.width, form.color, form.dtype) == (80, 150, 'rgb', np.uint8)
    assert form.pixel_size == PixelSize(0.25, 0.5)
    want = np.full((80, 150, 3), 255, np.uint8)
    want[:40, :60] = want[40:, 90:] = noise(40, 60, 3)[..., ::-1]
    assert np.array_equal(image.read(0, 0, 150, 80, channels=(0, 1, 2)), want)
    assert np.array_equal(image.read(50, 30, 100, 60, channels=(2,)), want[30:60, 50:100, 2:])
    assert image.read(5, 5, 5, 9, channels=(0, 1, 2)).shape == (4, 0, 3)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda y: image.read(0, y, 150, y + 1, channels=(0, 1, 2)), range(80)))
    assert np.array_equal(np.concatenate(rows), want)
    image.close()


def test_scenes_channels_and_planes(tmp_path: Path) -> None:
    path = tmp_path / 'a.czi'
    values = noise(2, 3, 40, 60, 1, dtype='u2')
    with czi.create_czi(str(path)) as writer:
        for channel in range(2):
            for z in range(3):
                plane = {'C': channel, 'Z': z}
                writer.write(values[channel, z][:9, :9].copy(), plane=plane, scene=0)
                writer.write(values[channel, z], plane=plane, scene=1, location=(500, 300))
        writer.write_metadata('a', channel_names={0: 'FITC', 1: 'DAPI'})
    image = opened(path)
    form = image.form
    assert (form.channels, form.planes, form.plane_axis) == (('FITC', 'DAPI'), 3, 'Z')
    assert [(one.height, one.width, one.name) for one in form.series] == [
        (9, 9, 'scene 1'),
        (40, 60, 'scene 2'),
    ]
    assert (form.index, form.color, form.pixel_size) == (1, 'channels', None)
    got = image.read(3, 2, 60, 40, channels=(1, 0), plane=2)
    assert np.array_equal(got, values[[1, 0], 2, 2:40, 3:60, 0].transpose(1, 2, 0))
    assert np.array_equal(opened(path, 1).read(0, 0, 9, 9, channels=(0,)), values[0, 0, :9, :9])
    with pytest.raises(UserError, match=r'has no series 3; it holds 1 scene 1 \(9 x 9\), 2 scene'):
        opened(path, 3)


def test_a_damaged_file(mosaic: Path) -> None:
    mosaic.write_bytes(mosaic.read_bytes()[:3000])
    with pytest.raises(UserError, match=r'a\.czi is damaged, or no CZI file'):
        opened(mosaic)


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'pylibCZIrw', None)
    with pytest.raises(UserError, match=r"x\.czi: a CZI file: pip install 'mmnuc\[czi\]'"):
        opened(tmp_path / 'x.czi')


def test_in_an_archive() -> None:
    with pytest.raises(UserError, match='inside of an archive; unpack it first'):
        CziImage(Source('a.zip/a.czi', data=b'ZISRAWFILE'), None)
