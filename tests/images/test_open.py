"""Image files of every kind, read whole and by boxes, against what was written."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from mmnuc.errors import UserError
from mmnuc.images import Picture, TiffImage, open_image, read_image
from mmnuc.images.convert import to_rgb


@pytest.fixture
def rgb() -> np.ndarray:
    """An image that compresses without great loss, of odd size."""
    y, x = np.mgrid[:93, :131]
    return np.stack([y * 2, x, 255 - y - x // 2], axis=2).astype(np.uint8)


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.tif', '.webp'])
def test_lossless_files(tmp_path: Path, rgb: np.ndarray, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    Image.fromarray(rgb).save(path, lossless=True)
    image = open_image(path)
    assert (image.height, image.width) == (93, 131)
    assert np.array_equal(read_image(path), rgb)
    assert np.array_equal(image.read(10, 20, 30, 25), rgb[20:25, 10:30])


def test_a_jpeg_is_read_as_in_training(tmp_path: Path, rgb: np.ndarray) -> None:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    Image.fromarray(rgb).save(tmp_path / 'a.jpg', exif=turned)
    want = cv2.imread(str(tmp_path / 'a.jpg'), cv2.IMREAD_COLOR)[..., ::-1]
    assert want.shape == (131, 93, 3)
    assert np.array_equal(read_image(tmp_path / 'a.jpg'), want)


def saved_by_pillow(rgb: np.ndarray, mode: str) -> Image.Image:
    return Image.fromarray(rgb).convert(mode)


MODES = {'1': '.png', 'L': '.png', 'LA': '.png', 'P': '.gif', 'RGBA': '.png', 'CMYK': '.jpg'}


@pytest.mark.parametrize(('mode', 'suffix'), MODES.items())
def test_modes_of_pillow(tmp_path: Path, rgb: np.ndarray, mode: str, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    saved_by_pillow(rgb, mode).save(path)
    want = np.asarray(Image.open(path).convert('RGB'))
    assert np.array_equal(read_image(path), want)


def test_transparent_is_white(tmp_path: Path, rgb: np.ndarray) -> None:
    alpha = np.zeros((93, 131), np.uint8)
    alpha[:, :50] = 255
    Image.fromarray(np.dstack([rgb, alpha])).save(tmp_path / 'a.png')
    read = read_image(tmp_path / 'a.png')
    assert np.array_equal(read[:, :50], rgb[:, :50])
    assert (read[:, 50:] == 255).all()


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_png_of_16_bits(tmp_path: Path, rgb: np.ndarray, channels: int) -> None:
    deep = rgb.astype(np.uint16) * 100 + 17
    deep = np.dstack([deep, np.full((93, 131), 65535, np.uint16)])[..., :channels].squeeze()
    order = [2, 1, 0, 3][:channels]
    cv2.imwrite(str(tmp_path / 'a.png'), deep if channels == 1 else deep[..., order])
    assert np.array_equal(read_image(tmp_path / 'a.png'), to_rgb(deep))


TIFFS = {
    'strips': {'rowsperstrip': 7},
    'one strip': {},
    'tiles': {'tile': (32, 48)},
    'tiles, deflated': {'tile': (32, 48), 'compression': 'zlib', 'predictor': True},
    'strips, LZW': {'rowsperstrip': 16, 'compression': 'lzw'},
    'planes': {'tile': (16, 16), 'planarconfig': 'separate'},
    'BigTIFF': {'bigtiff': True, 'tile': (64, 64)},
    'big endian': {'byteorder': '>'},
}


@pytest.mark.parametrize('how', TIFFS.values(), ids=TIFFS)
@pytest.mark.parametrize('kind', [np.uint8, np.uint16, np.float32])
def test_tiff(tmp_path: Path, rgb: np.ndarray, how: dict, kind: type) -> None:
    pixels = rgb.astype(kind) * (1 if kind == np.uint8 else 7)
    data = np.moveaxis(pixels, 2, 0) if 'planarconfig' in how else pixels
    tifffile.imwrite(tmp_path / 'a.tif', data, photometric='rgb', **how)
    image = open_image(tmp_path / 'a.tif')
    assert isinstance(image, TiffImage)
    want = to_rgb(pixels)
    assert np.array_equal(image.read(0, 0, 131, 93), want)
    for x1, y1, x2, y2 in ((0, 0, 1, 1), (31, 15, 97, 65), (130, 92, 131, 93), (5, 6, 5, 6)):
        assert np.array_equal(image.read(x1, y1, x2, y2), want[y1:y2, x1:x2])


def test_tiffs_of_other_colours(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    grey = rgb[..., 0]
    tifffile.imwrite(path, grey, tile=(32, 32))
    assert np.array_equal(read_image(path), to_rgb(grey))
    tifffile.imwrite(path, 255 - grey, photometric='miniswhite')
    assert np.array_equal(read_image(path), to_rgb(grey))
    palette = np.random.default_rng(0).integers(0, 65536, (3, 256), dtype=np.uint16)
    tifffile.imwrite(path, grey, photometric='palette', colormap=palette)
    assert np.array_equal(read_image(path), (palette[:, grey] >> 8).transpose(1, 2, 0))
    for mode in ('CMYK', 'RGBA', '1', 'P'):
        saved_by_pillow(rgb, mode).save(path)
        want = np.asarray(Image.open(path).convert('RGB')).astype(int)
        assert np.abs(read_image(path) - want).max() <= 1


def test_lossy_tiff_and_pyramids(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    with tifffile.TiffWriter(path) as file:
        how = {'tile': (64, 64), 'photometric': 'rgb', 'compression': 'jpeg'}
        file.write(rgb, subifds=1, **how)
        file.write(rgb[::2, ::2], subfiletype=1, **how)
    assert np.array_equal(read_image(path), tifffile.imread(path))


SLIDES = {'cmu-1-small-region.svs': (2967, 2220, 0.499), 'tcga-cr-7395-01a-01-ts1.svs': None}


@pytest.mark.parametrize('name', SLIDES)
def test_slides(shared: Path, name: str) -> None:
    path = shared / 'data' / 'slides' / name
    if not path.is_file():
        pytest.skip('needs the slides')
    image = open_image(path)
    if SLIDES[name]:
        assert (image.height, image.width, image.pixel_size) == SLIDES[name]
    want = tifffile.imread(path)
    assert np.array_equal(image.read(500, 700, 1300, 1203), want[700:1203, 500:1300])


def test_only_the_tiles_of_a_box_are_read(tmp_path: Path) -> None:
    """A box of an image whose other tiles are damaged."""
    path = tmp_path / 'a.tif'
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    tifffile.imwrite(path, pixels, tile=(64, 64), compression='zlib', photometric='rgb')
    with tifffile.TiffFile(path) as file:
        start, size = file.pages[0].dataoffsets[5], file.pages[0].databytecounts[5]
    content = bytearray(path.read_bytes())
    content[start : start + size] = bytes(size)
    path.write_bytes(content)
    image = open_image(path)
    assert np.array_equal(image.read(128, 0, 256, 256), pixels[:, 128:])
    with pytest.raises(UserError, match=r'a\.tif is damaged, tile 5'):
        image.read(0, 0, 256, 256)


def test_tiles_are_decoded_once_while_they_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, np.zeros((64, 640, 3), np.uint8), tile=(64, 64), photometric='rgb')
    image = TiffImage(path)
    decoded: list[int] = []
    inner = image._raw
    monkeypatch.setattr(image, '_raw', lambda index: decoded.append(index) or inner(index))
    monkeypatch.setattr('mmnuc.images.tiff._KEPT_BYTES', 5 * 64 * 64 * 3)
    for _ in range(2):
        image.read(0, 0, 300, 64)
    assert decoded == [0, 1, 2, 3, 4]
    image.read(300, 0, 640, 64)
    image.read(0, 0, 64, 64)
    assert decoded == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]


RESOLUTIONS = {
    'centimetres': ({'resolution': (40_000, 40_000), 'resolutionunit': 'CENTIMETER'}, 0.25),
    'inches': ({'resolution': (50_800, 50_800), 'resolutionunit': 'INCH'}, 0.5),
    'a screen': ({'resolution': (72, 72), 'resolutionunit': 'INCH'}, None),
    'nothing': ({}, None),
    'Aperio': ({'description': 'Aperio Image|AppMag = 40|MPP = 0.2525'}, 0.2525),
    'OME': ({'description': '<Pixels PhysicalSizeX="0.5" PhysicalSizeXUnit="µm" />'.encode()}, 0.5),
    'OME in nm': ({'description': '<Pixels PhysicalSizeX="5" PhysicalSizeXUnit="nm" />'}, None),
}


@pytest.mark.parametrize(('how', 'want'), RESOLUTIONS.values(), ids=RESOLUTIONS)
def test_size_of_a_pixel(tmp_path: Path, how: dict, want: float | None) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, np.zeros((4, 4), np.uint8), metadata=None, **how)
    size = open_image(path).pixel_size
    assert size == (None if want is None else pytest.approx(want))


def test_arrays_and_readers() -> None:
    image = open_image(np.full((3, 4), 0.5))
    assert isinstance(image, Picture)
    assert image.read(1, 1, 3, 2).tolist() == [[[128] * 3] * 2]
    assert open_image(image) is image
    assert read_image(np.full((1, 1), 3, np.uint8)).tolist() == [[[3, 3, 3]]]


BAD_CONTENTS = {
    'empty': (b'', 'is an empty file'),
    'text': (b'hello there', 'is no image'),
    'half a PNG': (b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'is (no image|damaged)'),
    'half a TIFF': (b'II*\0\x08\0\0\0', 'damaged, or no TIFF|holds no image'),
}


@pytest.mark.parametrize(('content', 'words'), BAD_CONTENTS.values(), ids=BAD_CONTENTS)
def test_bad_files(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / 'tile.png'
    path.write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        open_image(path)
    assert 'tile.png' in str(caught.value)


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp'])
def test_truncated_files_are_refused(tmp_path: Path, rgb: np.ndarray, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    Image.fromarray(rgb).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=f'a{suffix} is damaged'):
        open_image(path)


def test_truncated_tiff_is_refused_where_it_is_cut(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, rgb, rowsperstrip=10, photometric='rgb')
    path.write_bytes(path.read_bytes()[:-1500])
    image = open_image(path)
    assert np.array_equal(image.read(0, 0, 131, 50), rgb[:50])
    with pytest.raises(UserError, match=r'a\.tif is damaged, tile \d: \d+ of \d+ bytes'):
        image.read(0, 0, 131, 93)


def test_tiffs_that_are_not_one_image(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, np.zeros((5, 16, 16), np.uint8), photometric='minisblack')
    with pytest.raises(UserError, match=r'is a stack \(.*5 x 16 x 16\)'):
        open_image(path)
    tifffile.imwrite(
        path, np.zeros((16, 16, 6), np.uint8), photometric='minisblack', planarconfig='contig'
    )
    with pytest.raises(UserError, match=r'6 channels|is a stack'):
        open_image(path)
    tifffile.imwrite(path, np.array([[0.5, np.nan]], np.float32))
    with pytest.raises(UserError, match=r'a\.tif has 1 values that are NaN'):
        open_image(path)


def test_what_is_no_image_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such image'):
        open_image(tmp_path / 'none.png')
    with pytest.raises(UserError, match='is a folder'):
        open_image(tmp_path)
    with pytest.raises(UserError, match='not list'):
        open_image([1, 2])
