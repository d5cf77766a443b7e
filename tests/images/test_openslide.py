"""Slides that OpenSlide reads: real small ones where they are at hand, DICOM slides made here."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile
from pydicom.uid import generate_uid

from mmnuc.errors import UserError
from mmnuc.images.formats import is_dicom, is_one_image, is_slide
from mmnuc.images.openslide import OpenSlideImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.source import Source

RGB = (0, 1, 2)


def picture(height: int = 150, width: int = 200) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    return (np.stack([y, x, 200 - y - x // 2], axis=2) + noise).clip(0, 255).astype(np.uint8)


def source(path: Path) -> Source:
    return Source(str(path), path)


def opened(path: Path, series: int | None = None) -> OpenSlideImage:
    return OpenSlideImage(source(path), series)


def whole(image: OpenSlideImage, level: int = 0) -> np.ndarray:
    height, width = image.form.levels[level] if image.form.levels else pixels_hw(image)
    return image.read(0, 0, width, height, channels=RGB, level=level)


def pixels_hw(image: OpenSlideImage) -> tuple[int, int]:
    return image.form.height, image.form.width


@pytest.fixture
def dicom(tmp_path: Path, write_dicom: Callable[..., None]) -> Path:
    """A folder with a slide of two levels."""
    rgb, series = picture(), generate_uid()
    folder = tmp_path / 'slide'
    folder.mkdir()
    write_dicom(folder / 'a.dcm', rgb, series)
    write_dicom(folder / 'b.dcm', rgb[::2, ::2], series, 0.0005)
    return folder


def test_a_dicom_slide(dicom: Path) -> None:
    for path in (dicom / 'a.dcm', dicom / 'b.dcm', dicom):
        assert is_slide(source(path))
        image = opened(path)
        assert pixels_hw(image) == (150, 200)
        assert image.form.pixel_size == PixelSize(0.25, 0.25)
        assert image.form.pixel_size.source == 'DICOM PixelSpacing'
        assert image.form.levels == ((150, 200), (75, 100))
        assert np.array_equal(whole(image), picture())
        assert np.array_equal(whole(image, 1), picture()[::2, ::2])
        image.close()
    assert is_one_image(dicom)
    (dicom / 'notes.txt').touch()
    assert is_one_image(dicom)
    (dicom / 'tile.png').touch()
    assert not is_one_image(dicom)
    (dicom / 'tile.png').unlink()
    with pytest.raises(UserError, match=r'has no series 3; it holds 1 slide \(200 x 150\)'):
        opened(dicom, 3)


def test_a_folder_of_two_dicom_slides(dicom: Path, write_dicom: Callable[..., None]) -> None:
    write_dicom(dicom / 'c.dcm', picture(), generate_uid())
    with pytest.raises(UserError, match=r'slide holds 2 DICOM slides; name one: a\.dcm, c\.dcm'):
        opened(dicom)
    assert pixels_hw(opened(dicom / 'c.dcm')) == (150, 200)


def test_a_dicom_file_that_is_no_slide(tmp_path: Path) -> None:
    path = tmp_path / 'a.dcm'
    path.write_bytes(bytes(128) + b'DICM' + bytes(100))
    assert is_dicom(source(path))
    assert is_dicom(source(tmp_path))
    for one in (path, tmp_path):
        with pytest.raises(UserError, match=r'is no slide that OpenSlide reads .*VL Whole Slide'):
            opened(one)


def test_boxes_are_parts_of_the_whole(dicom: Path) -> None:
    image = opened(dicom)
    want = picture()
    for x1, y1, x2, y2 in ((0, 0, 1, 1), (63, 62, 130, 70), (199, 149, 200, 150), (5, 6, 5, 6)):
        assert np.array_equal(image.read(x1, y1, x2, y2, channels=RGB), want[y1:y2, x1:x2])
    assert np.array_equal(image.read(1, 2, 3, 4, channels=[2])[..., 0], want[2:4, 1:3, 2])


def test_threads_share_it(dicom: Path) -> None:
    image = opened(dicom)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda y: image.read(0, y, 200, y + 1, channels=RGB), range(150)))
    assert np.array_equal(np.concatenate(rows), picture())


def test_levels_are_on_one_grid(tmp_path: Path) -> None:
    """A level of a third and a bit, whose pixels begin between those of full resolution."""
    path = tmp_path / 'a.tif'
    rgb = picture(1610, 1900)
    with tifffile.TiffWriter(path) as writer:
        how = {'photometric': 'rgb', 'tile': (256, 256)}
        writer.write(rgb, **how)
        writer.write(np.ascontiguousarray(rgb[::3, ::3][:536, :633]), subfiletype=1, **how)
    image = opened(path)
    assert image.form.levels[1] == (536, 633)
    full = whole(image, 1)
    for x1, y1, x2, y2 in (
        (0, 0, 9, 9),
        (500, 500, 633, 536),
        (511, 3, 514, 5),
        (100, 200, 300, 400),
    ):
        assert np.array_equal(image.read(x1, y1, x2, y2, channels=RGB, level=1), full[y1:y2, x1:x2])


def test_glass_is_white_or_what_the_slide_says(
    dicom: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = opened(dicom)
    rgba = np.array([[[9, 9, 9, 0], [200, 100, 0, 255], [0, 100, 255, 51]]], np.uint8)
    assert image._on_background(rgba).tolist() == [[[255] * 3, [200, 100, 0], [204, 224, 255]]]
    grey = {openslide.PROPERTY_NAME_BACKGROUND_COLOR: 'E0E1E2'}
    monkeypatch.setattr(openslide.OpenSlide, 'properties', {**image._slide.properties, **grey})
    assert opened(dicom)._on_background(rgba)[0, 0].tolist() == [0xE0, 0xE1, 0xE2]


def folder_of(shared: Path) -> Path:
    folder = shared / 'data' / 'slides'
    if not folder.is_dir():
        pytest.skip('needs the real slides')
    return folder


@pytest.mark.parametrize('name', ['cmu-1-small-region.svs', 'tcga-cr-7395-01a-01-ts1.svs'])
def test_aperio_is_what_tifffile_reads(shared: Path, name: str) -> None:
    path = folder_of(shared) / name
    assert not is_slide(source(path))
    image, want = opened(path), tifffile.imread(path)
    assert pixels_hw(image) == want.shape[:2]
    box = image.read(500, 700, 1300, 1203, channels=RGB)
    assert np.array_equal(box, want[700:1203, 500:1300])
    assert image.form.series[0].name == 'slide'
    thumbnail = next(i for i, one in enumerate(image.form.series) if one.name == 'thumbnail')
    with tifffile.TiffFile(path) as file:
        assert np.array_equal(whole(opened(path, thumbnail + 1)), file.series[1].asarray())


def test_openslides_own_files(shared: Path) -> None:
    folder = folder_of(shared) / 'openslide'
    for name in ('boxes_0.dcm', 'boxes_1.dcm'):
        image = opened(folder / name)
        assert image.form.pixel_size == PixelSize(0.499, 0.499)
        assert whole(image).shape == (16, 16, 3)
    boxes = opened(folder / 'boxes.tiff')
    assert len(boxes.form.levels) == 4
    assert np.array_equal(whole(boxes), tifffile.imread(folder / 'boxes.tiff'))
    with pytest.raises(UserError, match=r'unopenable\.tiff is no slide .*compression: 52479'):
        opened(folder / 'unopenable.tiff')
    with pytest.raises(UserError, match=r'unreadable\.svs is damaged, in 0, 0 to 16, 16'):
        whole(opened(folder / 'unreadable.svs'))


BAD = {'a.mrxs': 'the folder x beside it', 'a.vms': 'jpg', 'a.vmu': 'ngr', 'a.svslide': 'damaged'}


@pytest.mark.parametrize(('name', 'words'), BAD.items())
def test_parts_that_are_missing(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'hello')
    assert is_slide(source(path))
    with pytest.raises(UserError, match=f'{name} is no slide that OpenSlide reads .*{words}'):
        opened(path)


def test_what_can_not_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'no such image: .*none\.mrxs'):
        opened(tmp_path / 'none.mrxs')
    with pytest.raises(UserError, match='inside of an archive; unpack it first'):
        OpenSlideImage(Source('a.zip/b.dcm', data=b'x'), None)


def test_other_files_are_no_slides(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, picture(), tile=(64, 64), photometric='rgb')
    assert not is_slide(source(path))
    path.write_bytes(b'II*\0\1\2\3\4')
    assert not is_slide(source(path))
    assert not is_slide(Source('a.tif', data=path.read_bytes()))
    assert not is_one_image(tmp_path)
    assert not is_one_image(path)
