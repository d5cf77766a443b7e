"""Files that are read at once, against what was written and against the libraries' own readers."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import ExifTags, Image

from mmnuc.errors import UserError
from mmnuc.images import ReadOptions, open_image, read_bgr, read_image, read_plain
from mmnuc.images.open import open_raw


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.tif', '.webp', '.jp2'])
def test_lossless_files(tmp_path: Path, rgb: np.ndarray, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    Image.fromarray(rgb).save(path, lossless=True)
    image = open_image(path)
    assert (image.height, image.width) == (93, 131)
    assert np.array_equal(read_image(path), rgb)
    assert np.array_equal(read_bgr(path), rgb[..., ::-1])
    assert np.array_equal(image.read(10, 20, 30, 25), rgb[20:25, 10:30])
    assert np.array_equal(read_image(path.read_bytes(), name='a.zip/a'), rgb)
    assert image.description == f'a{suffix}: 131 x 93, RGB 8 bit, pixel size unknown'


@pytest.mark.parametrize('mode', ['RGB', 'L'])
@pytest.mark.parametrize('progressive', [False, True])
def test_a_jpeg_is_read_as_by_opencv(
    tmp_path: Path, rgb: np.ndarray, mode: str, progressive: bool
) -> None:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    path = tmp_path / 'a.jpg'
    Image.fromarray(rgb).convert(mode).save(path, exif=turned, progressive=progressive)
    want = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert want.shape == (131, 93, 3)
    assert np.array_equal(read_image(path), want[..., ::-1])
    assert np.array_equal(read_bgr(path), want)
    assert read_plain('a.jpg', path.read_bytes()) is not None


def test_a_jpeg_with_something_behind_its_end_is_read(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.jpg'
    Image.fromarray(rgb).save(path)
    want = read_image(path)
    path.write_bytes(path.read_bytes() + b'what a camera appends')
    assert np.array_equal(read_image(path), want)


MODES = {'1': '.png', 'L': '.png', 'LA': '.png', 'P': '.gif', 'RGBA': '.png', 'CMYK': '.jpg'}


@pytest.mark.parametrize(('mode', 'suffix'), MODES.items())
def test_modes_of_pillow(tmp_path: Path, rgb: np.ndarray, mode: str, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    Image.fromarray(rgb).convert(mode).save(path)
    want = np.asarray(Image.open(path).convert('RGB')).astype(int)
    assert np.abs(read_image(path) - want).max() <= (mode == 'CMYK')


@pytest.mark.parametrize('suffix', ['.png', '.webp', '.jp2'])
def test_transparent_is_white(tmp_path: Path, rgb: np.ndarray, suffix: str) -> None:
    alpha = np.zeros((93, 131), np.uint8)
    alpha[:, :50] = 255
    Image.fromarray(np.dstack([rgb, alpha])).save(tmp_path / f'a{suffix}', lossless=True)
    read = read_image(tmp_path / f'a{suffix}')
    assert np.array_equal(read[:, :50], rgb[:, :50])
    assert (read[:, 50:] == 255).all()


def test_colours_that_a_png_calls_glass(tmp_path: Path) -> None:
    grey = np.array([[0, 7]], np.uint8)
    Image.fromarray(grey).save(tmp_path / 'a.png', transparency=7)
    assert read_image(tmp_path / 'a.png')[0, :, 0].tolist() == [0, 255]
    image = Image.fromarray(grey, 'P')
    image.putpalette([0] * 21 + [9, 8, 7])
    image.save(tmp_path / 'b.png')
    assert read_image(tmp_path / 'b.png')[0].tolist() == [[0, 0, 0], [9, 8, 7]]
    image.save(tmp_path / 'c.png', transparency=7)
    assert read_image(tmp_path / 'c.png')[0].tolist() == [[0, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_png_of_16_bits(tmp_path: Path, rgb: np.ndarray, channels: int) -> None:
    deep = rgb.astype(np.uint16) * 100 + 17
    deep = np.dstack([deep, np.full((93, 131), 65535, np.uint16)])[..., :channels].squeeze()
    order = [2, 1, 0, 3][:channels]
    cv2.imwrite(str(tmp_path / 'a.png'), deep if channels == 1 else deep[..., order])
    assert np.array_equal(read_image(tmp_path / 'a.png'), read_image(deep))
    assert '16 bit' in open_image(tmp_path / 'a.png').description


@pytest.mark.parametrize('bits', [1, 2, 4])
def test_png_of_few_bits(bits: int) -> None:
    rows = np.arange(2**bits, dtype=np.uint8)[None].repeat(3, axis=0)
    image = Image.fromarray(rows, 'P')
    image.putpalette(np.linspace(0, 255, 2**bits).round().repeat(3).astype(np.uint8).tolist())
    file = io.BytesIO()
    image.save(file, 'PNG', bits=bits)
    want = np.linspace(0, 255, 2**bits).round()
    assert read_image(file.getvalue())[0, :, 0].tolist() == want.tolist()


@pytest.mark.parametrize('channels', [1, 3])
@pytest.mark.parametrize('kind', [np.uint8, np.uint16])
@pytest.mark.parametrize('form', ['jp2', 'j2k'])
def test_jpeg_2000(rgb: np.ndarray, channels: int, kind: type, form: str) -> None:
    pixels = rgb.astype(kind)[..., :channels].squeeze() * (1 if kind == np.uint8 else 200)
    data = imagecodecs.jpeg2k_encode(pixels, level=0, codecformat=form)
    assert np.array_equal(read_image(data), read_image(pixels))


def test_a_fourth_channel_that_jpeg_2000_does_not_call_alpha(rgb: np.ndarray) -> None:
    four = np.dstack([rgb, rgb[..., 0] * 0])
    data = imagecodecs.jpeg2k_encode(four, level=0, codecformat='jp2')
    assert b'cdef' not in data
    assert np.array_equal(read_image(data), rgb)


def test_a_lossless_jpeg_of_12_bits(rgb: np.ndarray) -> None:
    deep = rgb[..., 0].astype(np.uint16) * 16
    data = imagecodecs.ljpeg_encode(deep, bitspersample=12)
    assert np.array_equal(read_image(data), read_image(deep))


def test_the_first_frame_of_a_film_is_read_and_the_others_named(rgb: np.ndarray) -> None:
    file = io.BytesIO()
    frames = [Image.fromarray(rgb[..., i]) for i in range(3)]
    frames[0].save(file, 'GIF', save_all=True, append_images=frames[1:])
    image = open_image(file.getvalue(), name='a.gif')
    assert image.description.endswith('passed over: 2 more frames')
    assert np.array_equal(read_image(file.getvalue())[..., 0], rgb[..., 0])


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp', '.webp', '.jp2', '.gif'])
@pytest.mark.parametrize('share', [0.3, 0.66, 0.95])
def test_truncated_files_are_refused(
    tmp_path: Path, rgb: np.ndarray, suffix: str, share: float
) -> None:
    path = tmp_path / f'a{suffix}'
    noise = np.random.default_rng(0).integers(0, 256, rgb.shape, np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    for read in (read_image, read_bgr):
        with pytest.raises(UserError, match=f'a{suffix} is (damaged|no image)'):
            read(path)


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp', '.webp', '.jp2', '.gif'])
def test_no_damage_makes_a_traceback(tmp_path: Path, rgb: np.ndarray, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    Image.fromarray(rgb[:40, :40]).save(path)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(60):
        bad = bytearray(data)
        for place in rng.integers(0, min(len(bad), 300), 3):
            bad[place] = rng.integers(0, 256)
        try:
            read_image(bytes(bad), name='a')
        except UserError:
            continue


def test_a_small_png_can_not_claim_all_memory(tmp_path: Path) -> None:
    path = tmp_path / 'a.png'
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = (10**6).to_bytes(4, 'big') * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, 'big')
    path.write_bytes(content)
    with pytest.raises(UserError, match='1,000,000 x 1,000,000 pixels can not be in it'):
        read_image(path)


def chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack('>I', len(content)) + name + content + struct.pack('>I', check)


def interlaced(pixels: np.ndarray) -> bytes:
    """A PNG in seven passes of ever finer steps (PNG specification, 8.2)."""
    starts = (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)
    rows = [
        b'\0' + row.astype('>u2').tobytes()
        for y, x, down, across in (*starts, (1, 0, 2, 1))
        for row in pixels[y::down, x::across]
    ]
    kind = 2 if pixels.ndim == 3 else 0
    head = struct.pack('>IIBBBBB', pixels.shape[1], pixels.shape[0], 16, kind, 0, 0, 1)
    parts = chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(b''.join(rows)))
    return b'\x89PNG\r\n\x1a\n' + parts + chunk(b'IEND', b'')


@pytest.mark.parametrize('shape', [(19, 27), (19, 27, 3)])
def test_interlaced_pngs_of_16_bits(shape: tuple, capfd: pytest.CaptureFixture[str]) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)
    image, _ = open_raw(interlaced(pixels), None, 'a.png')
    values = image.read(0, 0, 27, 19, channels=range(len(image.form.channels)))
    assert np.array_equal(values.reshape(shape), pixels)
    assert capfd.readouterr().err == ''


@pytest.mark.parametrize('orientation', range(1, 9))
def test_pngs_of_16_bits_are_turned_as_those_of_8(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    pixels = np.random.default_rng(0).integers(0, 256, (19, 27, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, 'PNG', exif=exif)
    deep = imagecodecs.png_encode(pixels.astype(np.uint16) * 257)
    place = deep.index(b'IDAT') - 4
    deep = deep[:place] + chunk(b'eXIf', exif.tobytes()[6:]) + deep[place:]
    want = read_image(file.getvalue())
    options = ReadOptions(value_range=(0, 65535))
    assert np.array_equal(read_image(deep, options, 'a.png'), want)


@pytest.mark.parametrize('kind', ['PNG', 'GIF', 'WEBP'])
@pytest.mark.parametrize(('more', 'words'), [(1, '1 more frame'), (2, '2 more frames')])
def test_the_frames_of_a_film_are_said(kind: str, more: int, words: str) -> None:
    frames = [Image.fromarray(np.full((9, 9, 3), 40 * i, np.uint8)) for i in range(1, more + 2)]
    file = io.BytesIO()
    how = {'lossless': True} if kind == 'WEBP' else {}
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], **how)
    image = open_image(file.getvalue(), name='a')
    assert (image.read(0, 0, 9, 9) == 40).all()
    assert image.description.endswith(f'passed over: {words}')
