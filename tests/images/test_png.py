"""The quick way to read a mask PNG against OpenCV's."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from mmnuc.images import png


def encode(filters: list[int], lines: np.ndarray, form: tuple[int, ...] = (8, 0, 0, 0, 0)) -> bytes:
    """Write filtered lines as they are: whatever they mean, all readers must agree on it."""
    rows = np.column_stack([np.array(filters, np.uint8), lines])
    header = struct.pack('>IIBBBBB', lines.shape[1], lines.shape[0], *form)
    parts = ((b'IHDR', header), (b'IDAT', zlib.compress(rows.tobytes())), (b'IEND', b''))
    chunks = (
        struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
        for name, data in parts
    )
    return b'\x89PNG\r\n\x1a\n' + b''.join(chunks)


def whole(rows: png.PngRows) -> np.ndarray:
    image = np.zeros((rows.height, rows.width), np.uint8)
    image[rows.top : rows.top + len(rows.pixels)] = rows.pixels
    return image


def by_opencv(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize('kinds', [[0], [1], [2], [0, 1, 2]])
@pytest.mark.parametrize('seed', range(5))
def test_simple_filters_are_undone_as_opencv_does(kinds: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = rng.integers(0, 256, (12, 9), np.uint8) * (rng.random((12, 1)) < 0.4)
    data = encode(rng.choice(kinds, 12).tolist(), lines.astype(np.uint8))
    rows = png.read_rows(data)
    assert rows is not None
    assert np.array_equal(whole(rows), by_opencv(data))


@pytest.mark.parametrize('kind', [3, 4])
def test_other_filters_are_left_to_a_general_reader(kind: int) -> None:
    lines = np.zeros((4, 5), np.uint8)
    lines[1] = 7
    assert png.read_rows(encode([0, kind, 0, 0], lines)) is None
    # A zero row with such a filter goes on from the row above it.
    assert png.read_rows(encode([0, 1, kind, 0], lines)) is None
    # Above the first row that is not zero it changes nothing.
    rows = png.read_rows(encode([kind, 1, 0, 0], lines))
    assert rows is not None
    assert np.array_equal(whole(rows), by_opencv(encode([kind, 1, 0, 0], lines)))


def test_a_mask_of_nothing_has_no_rows() -> None:
    rows = png.read_rows(encode([1, 2, 4], np.zeros((3, 5), np.uint8)))
    assert rows is not None
    assert (rows.pixels.shape, rows.height, rows.width) == ((0, 5), 3, 5)


def test_other_images_are_left_to_a_general_reader() -> None:
    for image in (np.ones((4, 4, 3), np.uint8), np.ones((4, 4), np.uint16)):
        assert png.read_rows(cv2.imencode('.png', image)[1].tobytes()) is None


@pytest.mark.parametrize('kept', [9, 20, 45, -20, -12, -1])
def test_a_file_cut_off_anywhere_is_noticed(kept: int) -> None:
    data = encode([0] * 20, np.ones((20, 20), np.uint8))
    with pytest.raises(ValueError, match='truncated after'):
        png.read_rows(data[:kept])


def test_a_changed_byte_is_noticed() -> None:
    data = bytearray(encode([0] * 20, np.ones((20, 20), np.uint8)))
    data[50] ^= 1
    with pytest.raises(ValueError, match='wrong checksum'):
        png.read_rows(bytes(data))


def test_pixels_that_do_not_fill_the_image_are_noticed() -> None:
    short = encode([0] * 3, np.ones((3, 5), np.uint8)).replace(
        struct.pack('>II', 5, 3), struct.pack('>II', 5, 4)
    )
    header = short[12:29]
    short = short.replace(short[29:33], struct.pack('>I', zlib.crc32(header)))
    with pytest.raises(ValueError, match='18 bytes of pixels, not 24'):
        png.read_rows(short)
