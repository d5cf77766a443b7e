"""TIFF files of every kind, read whole and by boxes, against what was written."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from mmnuc.errors import UserError
from mmnuc.images import ReadOptions, open_image, read_image
from mmnuc.images.source import Source
from mmnuc.images.tiff import TiffImage
from mmnuc.images.tiff_segments import Segments


def opened(path: Path) -> TiffImage:
    return TiffImage(Source(str(path), path))


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
    want = read_image(pixels)
    assert np.array_equal(image.read(0, 0, 131, 93), want)
    for x1, y1, x2, y2 in ((0, 0, 1, 1), (31, 15, 97, 65), (130, 92, 131, 93), (5, 6, 5, 6)):
        assert np.array_equal(image.read(x1, y1, x2, y2), want[y1:y2, x1:x2])


def test_tiffs_of_other_colours(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    grey = rgb[..., 0]
    tifffile.imwrite(path, grey, tile=(32, 32))
    assert np.array_equal(read_image(path), read_image(grey))
    tifffile.imwrite(path, 255 - grey, photometric='miniswhite')
    assert np.array_equal(read_image(path), read_image(grey))
    palette = np.random.default_rng(0).integers(0, 65536, (3, 256), dtype=np.uint16)
    tifffile.imwrite(path, grey, photometric='palette', colormap=palette)
    assert np.array_equal(read_image(path), (palette[:, grey] >> 8).transpose(1, 2, 0))
    for mode in ('CMYK', 'RGBA', '1', 'P'):
        Image.fromarray(rgb).convert(mode).save(path)
        want = np.asarray(Image.open(path).convert('RGB')).astype(int)
        assert np.abs(read_image(path) - want).max() <= 1


def test_lossy_tiff_and_pyramids(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    with tifffile.TiffWriter(path) as file:
        how = {'tile': (64, 64), 'photometric': 'rgb', 'compression': 'jpeg'}
        file.write(rgb, subifds=1, **how)
        file.write(rgb[::2, ::2], subfiletype=1, **how)
    assert np.array_equal(read_image(path), tifffile.imread(path))


@pytest.mark.parametrize('name', ['cmu-1-small-region.svs', 'tcga-cr-7395-01a-01-ts1.svs'])
def test_slides(shared: Path, name: str) -> None:
    path = shared / 'data' / 'slides' / name
    if not path.is_file():
        pytest.skip('needs the slides')
    image = opened(path)
    want = tifffile.imread(path)
    box = image.read(500, 700, 1300, 1203, channels=range(3))
    assert np.array_equal(box, want[700:1203, 500:1300])


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
    image = opened(path)
    decoded: list[int] = []
    inner = Segments.read
    monkeypatch.setattr(
        Segments, 'read', lambda self, index: decoded.append(index) or inner(self, index)
    )
    monkeypatch.setattr('mmnuc.images.tiff._KEPT_BYTES', 5 * 64 * 64 * 3)
    for _ in range(2):
        image.read(0, 0, 300, 64, channels=range(3))
    assert decoded == [0, 1, 2, 3, 4]
    image.read(300, 0, 640, 64, channels=range(3))
    image.read(0, 0, 64, 64, channels=range(3))
    assert decoded == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]


def test_truncated_tiff_is_refused_where_it_is_cut(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, rgb, rowsperstrip=10, photometric='rgb')
    path.write_bytes(path.read_bytes()[:-1500])
    image = open_image(path)
    assert np.array_equal(image.read(0, 0, 131, 50), rgb[:50])
    with pytest.raises(UserError, match=r'a\.tif is damaged, tile \d: [\d,]+ of [\d,]+ bytes'):
        image.read(0, 0, 131, 93)


BITS = {
    'uint16': np.uint16,
    'uint32': np.uint32,
    'uint64': np.uint64,
    'int8': np.int8,
    'int16': np.int16,
    'int32': np.int32,
    'int64': np.int64,
    'float16': np.float16,
    'float32': np.float32,
    'float64': np.float64,
}


@pytest.mark.parametrize('kind', BITS.values(), ids=BITS)
@pytest.mark.parametrize('order', ['<', '>'])
def test_values_of_every_type(tmp_path: Path, rgb: np.ndarray, kind: type, order: str) -> None:
    values = (rgb[..., 1] // 2).astype(kind)
    tifffile.imwrite(tmp_path / 'a.tif', values, byteorder=order)
    assert np.array_equal(read_image(tmp_path / 'a.tif'), read_image(values))


@pytest.mark.parametrize('bits', [2, 3, 4, 6, 7, 10, 12, 14])
def test_packed_bits(tmp_path: Path, rgb: np.ndarray, bits: int) -> None:
    values = (rgb[..., 1].astype(np.uint16) * 64 >> (16 - bits)).astype(
        np.uint8 if bits < 8 else np.uint16
    )
    image = opened(packed(tmp_path / 'a.tif', values, bits))
    assert np.array_equal(image.read(0, 0, 131, 93, channels=[0])[..., 0], values)
    assert image.form.bits == bits
    if bits < 8:
        want = (values * (255 / (2**bits - 1))).round()
        assert np.array_equal(read_image(tmp_path / 'a.tif')[..., 0], want)


def packed(path: Path, values: np.ndarray, bits: int) -> Path:
    """Write values of any number of bits: rows begin at whole bytes."""
    height, width = values.shape
    each = (values[..., None] >> np.arange(bits)[::-1] & 1).astype(np.uint8)
    data = np.packbits(each.reshape(height, -1), axis=1).tobytes()
    tags = [
        (256, 4, width), (257, 4, height), (258, 4, bits), (259, 4, 1), (262, 4, 1),
        (273, 4, 122), (277, 4, 1), (278, 4, height), (279, 4, len(data)),
    ]  # fmt: skip
    table = np.array([(t, k, 1, v) for t, k, v in tags], '<u2,<u2,<u4,<u4').tobytes()
    path.write_bytes(b'II*\0\x08\0\0\0' + np.uint16(len(tags)).tobytes() + table + bytes(4) + data)
    return path


CODECS = ['lzw', 'zlib', 'packbits', 'zstd', 'lzma', 'lerc', 'webp', 'png', 'jpeg2000', 'jpegxl']


@pytest.mark.parametrize('codec', CODECS)
def test_compressions(tmp_path: Path, rgb: np.ndarray, codec: str) -> None:
    how = {'compressionargs': {'level': 100 if codec == 'webp' else 0}}
    how = how if codec in ('webp', 'jpeg2000') else {}
    if codec == 'webp':
        how = {'compressionargs': {'lossless': True}}
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, rgb, photometric='rgb', tile=(32, 32), compression=codec, **how)
    assert np.abs(read_image(path).astype(int) - rgb).max() <= (2 if codec == 'jpegxl' else 0)


YCBCR = {'4:4:4': (1, 1), '4:2:2': (2, 1), '4:2:0': (2, 2), '4:1:1': (4, 1)}


@pytest.mark.parametrize('steps', YCBCR.values(), ids=YCBCR)
@pytest.mark.parametrize('codec', [None, 'lzw', 'zlib'])
def test_ycbcr_without_jpeg(tmp_path: Path, steps: tuple[int, int], codec: str | None) -> None:
    y, x = np.mgrid[:48, :64]
    smooth = np.stack([y * 2 + 60, x + 80, 200 - y - x], axis=2).astype(np.uint8)
    path = tmp_path / 'a.tif'
    ycbcr(path, smooth, steps, codec)
    assert np.abs(read_image(path).astype(int) - smooth).max() <= 5
    if codec and steps != (4, 1):  # Pillow reads no others
        theirs = np.asarray(Image.open(path).convert('RGB')).astype(int)
        assert np.abs(read_image(path) - theirs).max() <= 2


def ycbcr(path: Path, rgb: np.ndarray, steps: tuple[int, int], codec: str | None) -> None:
    """Write YCbCr whose colours are shared, in strips, as the sixth part of TIFF says."""
    across, down = steps
    pixels = np.asarray(Image.fromarray(rgb).convert('YCbCr'))
    height, width = rgb.shape[:2]
    luma = pixels[..., 0].reshape(height // down, down, width // across, across).swapaxes(1, 2)
    chroma = pixels[..., 1:].reshape(height // down, down, width // across, across, 2)
    chroma = chroma.mean(axis=(1, 3)).round().astype(np.uint8)
    units = np.concatenate([luma.reshape(*chroma.shape[:2], -1), chroma], axis=2)
    data = units.tobytes()
    if codec:
        data = tifffile.TIFF.COMPRESSORS[
            tifffile.COMPRESSION[codec.upper()]
            if codec == 'lzw'
            else tifffile.COMPRESSION.ADOBE_DEFLATE
        ](data)
    kinds = {None: 1, 'lzw': 5, 'zlib': 8}
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 146), (259, 4, 1, kinds[codec]),
        (262, 4, 1, 6), (273, 4, 1, 152), (277, 4, 1, 3), (278, 4, 1, height),
        (279, 4, 1, len(data)), (284, 4, 1, 1), (530, 3, 2, across | down << 16),
    ]  # fmt: skip
    table = np.array(tags, '<u2,<u2,<u4,<u4').tobytes()
    head = b'II*\0\x08\0\0\0' + np.uint16(len(tags)).tobytes() + table + bytes(4)
    assert len(head) == 146
    path.write_bytes(head + np.array([8, 8, 8], '<u2').tobytes() + data)


def test_extra_samples_are_alpha_only_if_the_file_says_so(tmp_path: Path, rgb: np.ndarray) -> None:
    four = np.dstack([rgb, rgb[..., 0] * 0])
    path = tmp_path / 'a.tif'
    for kind, want in (('UNSPECIFIED', rgb), ('UNASSALPHA', rgb * 0 + np.uint8(255))):
        tifffile.imwrite(path, four, photometric='rgb', extrasamples=[kind])
        assert np.array_equal(read_image(path), want)
    two = np.dstack([rgb[..., 0], rgb[..., 1]])
    how = {'photometric': 'minisblack', 'planarconfig': 'contig'}
    tifffile.imwrite(path, two, **how)
    assert np.array_equal(read_image(path)[..., 0], rgb[..., 0])
    assert np.array_equal(read_image(path, ReadOptions(channels=(2,)))[..., 0], rgb[..., 1])
    tifffile.imwrite(path, two * np.uint8([1, 0]), extrasamples=['ASSOCALPHA'], **how)
    assert (read_image(path) == 255).all()


def test_seven_channels_of_which_three_are_shown(tmp_path: Path, rgb: np.ndarray) -> None:
    seven = np.dstack([rgb, rgb[..., ::-1], rgb[..., :1]])
    path = tmp_path / 'a.tif'
    for planes in ('contig', 'separate'):
        data = np.moveaxis(seven, 2, 0) if planes == 'separate' else seven
        tifffile.imwrite(path, data, photometric='minisblack', planarconfig=planes, tile=(32, 32))
        read = read_image(path, ReadOptions(channels=(7, 2, 4)))
        assert np.array_equal(read, seven[..., [6, 1, 3]])
        assert 'channel 1 of 7' in open_image(path).description


def test_what_is_not_read_is_said(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, rgb, photometric='cielab')
    with pytest.raises(UserError, match=r'a\.tif has CIELAB colours.*save it as RGB'):
        read_image(path)
    tifffile.imwrite(path, np.array([[0.5, np.nan]], np.float32))
    with pytest.raises(UserError, match=r'a\.tif has 1 values that are NaN'):
        read_image(path)
    tifffile.imwrite(path, np.zeros((4, 4), np.complex64))
    with pytest.raises(UserError, match=r'complex64, which are no pixels'):
        read_image(path)


@pytest.mark.parametrize('number', range(1, 9))
def test_a_turned_tiff_is_seen_as_it_is_meant(tmp_path: Path, rgb: np.ndarray, number: int) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(
        path, rgb, photometric='rgb', tile=(32, 32), extratags=[(274, 'H', 1, number, False)]
    )
    with Image.open(path) as image:
        want = np.asarray(ImageOps.exif_transpose(image))
    read = open_image(path)
    assert (read.height, read.width) == want.shape[:2]
    assert np.array_equal(read_image(path), want)
    assert np.array_equal(read.read(5, 11, 60, 40), want[11:40, 5:60])


def test_no_damage_makes_a_traceback(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, rgb[:40, :40], photometric='rgb', compression='zlib', tile=(16, 16))
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        bad = bytearray(data)
        for place in rng.integers(4, min(len(bad), 500), 2):
            bad[place] = rng.integers(0, 256)
        path.write_bytes(bad)
        try:
            image = open_image(path)
            if image.height * image.width < 10**6:
                image.read(0, 0, image.width, image.height)
        except UserError:
            continue


SPARSE = {
    'numbers of nuclei': (np.uint8, 'minisblack', 0),
    'grey of 16 bits': (np.uint16, 'minisblack', 0),
    'glass of a slide': (np.uint8, 'rgb', 255),
}


@pytest.mark.parametrize(('kind', 'color', 'want'), SPARSE.values(), ids=SPARSE)
def test_tiles_that_were_left_out(tmp_path: Path, kind: type, color: str, want: int) -> None:
    path = tmp_path / 'a.tif'
    pixels = np.full((64, 64, 3) if color == 'rgb' else (64, 64), 7, kind)
    tifffile.imwrite(path, pixels, tile=(32, 32), photometric=color, metadata=None)
    with tifffile.TiffFile(path, mode='r+b') as file:
        tags = file.pages[0].tags
        for name in ('TileOffsets', 'TileByteCounts'):
            tags[name].overwrite([0, *tags[name].value[1:]], dtype='I')
    values = opened(path).read(0, 0, 64, 64, channels=[0])
    assert (values[:32, :32] == want).all()
    assert (values[32:] == 7).all()


@pytest.mark.parametrize('suffix', ['ndpi', 'scn', 'bif', 'svs', 'qptiff', 'lsm', 'stk', 'czi'])
def test_a_plain_tiff_by_the_name_of_a_slide(tmp_path: Path, rgb: np.ndarray, suffix: str) -> None:
    path = tmp_path / f'a.{suffix}'
    tifffile.imwrite(path, rgb, photometric='rgb', metadata=None)
    assert np.array_equal(read_image(path), rgb)


def test_damage_without_words_is_named_by_its_kind(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    tifffile.imwrite(path, np.zeros((9, 9), np.uint8), compression='lzw', metadata=None)
    with tifffile.TiffFile(path, mode='r+b') as file:
        for name in ('ImageWidth', 'ImageLength', 'RowsPerStrip'):
            file.pages[0].tags[name].overwrite(8_000)
    with pytest.raises(UserError, match=r'is damaged, tile 0: \S'):
        opened(path).read(0, 0, 9, 9, channels=[0])


@pytest.mark.parametrize('suffix', ['tif', 'svs', 'ndpi', 'scn', 'bif', 'ome.tif'])
def test_a_file_cut_off_before_its_first_page(tmp_path: Path, suffix: str) -> None:
    """Most programs write the pixels first, and what says how to read them behind."""
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(np.zeros((99, 99), np.uint8)).save(path, 'TIFF', compression='tiff_lzw')
    content = path.read_bytes()
    path.write_bytes(content[: int.from_bytes(content[4:8], 'little')])
    with pytest.raises(UserError, match='is damaged: it ends before its first page'):
        open_image(path)
