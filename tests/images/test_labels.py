"""Label maps come with the numbers of their file, or with what they are instead."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from mmnuc.errors import UserError
from mmnuc.images import read_label_values

LABELS = np.zeros((30, 40), np.int64)
LABELS[2:9, 3:12] = 1
LABELS[12:20, 20:33] = 7
LABELS[22:28, 5:15] = 250


def tiff(pixels: np.ndarray, **how: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **{'metadata': None, **how})
    return file.getvalue()


def pillow(image: Image.Image, kind: str = 'PNG') -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def palette() -> Image.Image:
    image = Image.fromarray(LABELS.astype(np.uint8), 'P')
    image.putpalette(np.random.default_rng(0).integers(0, 256, 768).tolist())
    return image


U8 = LABELS.astype(np.uint8)
EQUAL = np.dstack([U8] * 3)
MAPS = {
    'PNG': cv2.imencode('.png', U8)[1].tobytes(),
    'PNG of 16 bits': cv2.imencode('.png', U8.astype(np.uint16))[1].tobytes(),
    'PNG three times': cv2.imencode('.png', EQUAL)[1].tobytes(),
    'PNG three times, opaque': pillow(Image.fromarray(np.dstack([EQUAL, U8 * 0 + 255]))),
    'PNG with a palette': pillow(palette()),
    'TIFF with a palette': pillow(palette(), 'TIFF'),
    'BMP': cv2.imencode('.bmp', U8)[1].tobytes(),
    'JPEG 2000': pillow(Image.fromarray(U8), 'JPEG2000'),
    'int64': tiff(LABELS),
    'uint64': tiff(LABELS.astype(np.uint64)),
    'int32': tiff(LABELS.astype(np.int32)),
    'float': tiff(LABELS.astype(np.float32)),
    'float16': tiff(LABELS.astype(np.float16)),
    'zstd': tiff(U8, compression='zstd'),
    'tiles': tiff(LABELS.astype(np.uint16), tile=(16, 16), compression='zlib', predictor=True),
    'where 0 is white': tiff(U8, photometric='miniswhite'),
    'three times': tiff(EQUAL, photometric='rgb'),
    'ImageJ': tiff(U8.astype(np.uint16), imagej=True, metadata={'axes': 'YX'}),
}


@pytest.mark.parametrize('content', MAPS.values(), ids=MAPS)
def test_numbers_as_they_are(content: bytes) -> None:
    values = read_label_values(content, 'a')
    assert values.dtype.kind in 'ui'
    assert np.array_equal(values, LABELS)


def test_large_numbers() -> None:
    large = LABELS * 10**15
    assert np.array_equal(read_label_values(tiff(large)), large)
    assert np.array_equal(read_label_values(large.astype(np.float64)), large)


@pytest.mark.parametrize('bits', [1, 2, 4])
def test_few_bits_are_not_spread(bits: int) -> None:
    numbers = np.arange(2**bits, dtype=np.uint8)[None]
    rows = -(-bits * 2**bits // 8)
    packed = np.packbits((numbers[..., None] >> np.arange(bits)[::-1] & 1).reshape(1, -1), axis=1)
    assert packed.shape[1] == rows
    assert np.array_equal(read_label_values(grey_png(2**bits, bits, packed.tobytes())), numbers)


def grey_png(width: int, bits: int, row: bytes) -> bytes:
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return struct.pack('>I', len(data)) + checked + struct.pack('>I', zlib.crc32(checked))

    header = struct.pack('>IIBBBBB', width, 1, bits, 0, 0, 0, 0)
    parts = chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(b'\0' + row))
    return b'\x89PNG\r\n\x1a\n' + parts + chunk(b'IEND', b'')


@pytest.mark.parametrize('photometric', ['minisblack', 'miniswhite'])
def test_masks_of_one_bit_are_seen(photometric: str) -> None:
    inside = LABELS > 0
    stored = inside if photometric == 'minisblack' else ~inside
    values = read_label_values(tiff(stored, photometric=photometric))
    assert np.array_equal(values, inside)


PAGES = np.stack([(i == LABELS).astype(np.uint8) for i in (1, 7, 250)])
BAD = {
    'a page a nucleus': (tiff(PAGES, photometric='minisblack'), 'has 3 pages, perhaps one a nuc'),
    'focal planes': (
        tiff(PAGES, imagej=True, metadata={'axes': 'ZYX'}),
        r'has 3 planes \(Z\), perhaps one a nucleus; one label map is wanted',
    ),
    'channels': (
        tiff(np.moveaxis(PAGES, 0, 2)[..., :2], photometric='minisblack', planarconfig='contig'),
        'has 2 channels; one label map is wanted',
    ),
    'colours': (tiff(np.dstack([U8, U8, 255 - U8]), photometric='rgb'), 'a picture in colour'),
    'fractions': (tiff(LABELS / 2), 'fractional part, or none: 0.5'),
    'NaN': (tiff(np.where(LABELS, np.nan, 0.0)), 'fractional part, or none: nan'),
    'too large': (tiff(LABELS.astype(np.uint64) + np.uint64(2**63)), 'numbers beyond'),
    'an empty file': (b'', 'an empty file'),
    'no image': (b'hello', 'no image'),
}


@pytest.mark.parametrize(('content', 'words'), BAD.values(), ids=BAD)
def test_what_is_no_label_map(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=f'a.tif .*{words}'):
        read_label_values(content, 'a.tif')


def test_two_images_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    with tifffile.TiffWriter(path) as file:
        file.write(U8, metadata=None)
        file.write(U8[:20], metadata=None)
    with pytest.raises(UserError, match='holds 2 images; one label map is wanted'):
        read_label_values(path)
