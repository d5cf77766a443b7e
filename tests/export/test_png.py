"""PNG files with a note, read back by Pillow and OpenCV."""

import doctest
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mmnuc.export import png
from mmnuc.export.png import write_png
from mmnuc.images.pixel_size import PixelSize


def test_examples() -> None:
    assert doctest.testmod(png).failed == 0


@pytest.mark.parametrize('shape', [(3, 4), (3, 4, 3)])
@pytest.mark.parametrize('kind', [np.uint8, np.uint16])
def test_pixels_come_back(tmp_path: Path, shape: tuple[int, ...], kind: type) -> None:
    if len(shape) == 3 and kind == np.uint16:
        pytest.skip('colours have 8 bits here')
    pixels = np.arange(np.prod(shape)).reshape(shape).astype(kind) * (np.iinfo(kind).max // 40)
    write_png(tmp_path / 'a.png', pixels, 'µm', PixelSize(0.25, 0.25))
    read = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert read.dtype == kind
    assert np.array_equal(read[..., ::-1] if read.ndim == 3 else read, pixels)


def test_nothing_is_said_of_what_is_not_known(tmp_path: Path) -> None:
    write_png(tmp_path / 'a.png', np.zeros((2, 2), np.uint8))
    with Image.open(tmp_path / 'a.png') as picture:
        assert (picture.text, picture.info) == ({}, {})
