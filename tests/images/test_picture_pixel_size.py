"""The resolution in the headers of pictures: PNG, JPEG, BMP, JPEG 2000."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from mmnuc.converters.image import read_image as convert_image
from mmnuc.converters.source import File
from mmnuc.export.png import write_png
from mmnuc.images import PixelSize, ReadOptions, open_image
from mmnuc.images.decode import pixel_size_of_picture

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
FINE, COARSE = 101_600, 50_800  # dots an inch: 0.25 and 0.5 µm
FILM = 2_540  # 10 µm
TURNED = Image.Exif()
TURNED[ExifTags.Base.Orientation] = 6
EXIF = Image.Exif()
EXIF[ExifTags.Base.XResolution] = 10_160.0
EXIF[ExifTags.Base.YResolution] = 5_080.0
EXIF[ExifTags.Base.ResolutionUnit] = 2

STATED: dict[str, tuple[str, dict[str, Any], tuple[float, float] | None]] = {
    'PNG': ('png', {'dpi': (FINE, COARSE)}, (0.25, 0.5)),
    'PNG, palette': ('P.png', {'dpi': (FINE, COARSE)}, (0.25, 0.5)),
    'PNG, 1 bit': ('1.png', {'dpi': (FINE, COARSE)}, (0.25, 0.5)),
    'PNG, alpha': ('RGBA.png', {'dpi': (FINE, COARSE)}, (0.25, 0.5)),
    'PNG of a screen': ('png', {'dpi': (96, 96)}, None),
    'PNG of a figure': ('png', {'dpi': (300, 300)}, None),
    'PNG without': ('png', {}, None),
    'JPEG': ('jpg', {'dpi': (FILM, FILM * 2)}, (10, 5)),
    'JPEG, grey': ('L.jpg', {'dpi': (FILM, FILM)}, (10, 10)),
    'JPEG, CMYK': ('CMYK.jpg', {'dpi': (FILM, FILM)}, (10, 10)),
    'JPEG, turned': ('jpg', {'dpi': (FILM, FILM * 2), 'exif': TURNED}, (5, 10)),
    'JPEG by EXIF': ('jpg', {'exif': EXIF}, (2.5, 5)),
    'JPEG of a screen': ('jpg', {'dpi': (72, 72)}, None),
    'JPEG without a unit': ('jpg', {}, None),
    'BMP': ('bmp', {'dpi': (FINE, COARSE)}, (0.25, 0.5)),
    'BMP of a screen': ('bmp', {'dpi': (96, 96)}, None),
    'WebP': ('webp', {}, None),
}


@pytest.mark.parametrize(('kind', 'how', 'want'), STATED.values(), ids=STATED)
def test_headers(
    tmp_path: Path, kind: str, how: dict[str, Any], want: tuple[float, float] | None
) -> None:
    mode, _, suffix = kind.rpartition('.')
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(RGB).convert(mode or 'RGB').save(path, **how)
    size = open_image(path).pixel_size
    if want is None:
        assert size is None
    else:
        assert (size.x, size.y) == pytest.approx(want, rel=1e-3)
        assert open_image(path).description.count('µm (dots an inch)') == 1
    assert convert_image(File(str(tmp_path), path.name)).pixel_size == size
    chosen = ReadOptions(pixel_size=PixelSize(3, 3))
    assert open_image(path, chosen).pixel_size == PixelSize(3, 3)


@pytest.mark.parametrize('bits', [np.uint8, np.uint16])
def test_our_own_label_maps_state_theirs(tmp_path: Path, bits: type) -> None:
    write_png(tmp_path / 'a.png', RGB[..., 0].astype(bits), 'x', PixelSize(0.2521, 0.5))
    size = open_image(tmp_path / 'a.png').pixel_size
    assert (size.x, size.y) == pytest.approx((0.2521, 0.5), rel=1e-5)


def test_damaged_headers_state_nothing(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / 'a.png', dpi=(FINE, COARSE))
    content = (tmp_path / 'a.png').read_bytes()
    for cut in range(0, 90):
        assert pixel_size_of_picture(content[:cut]) in (None, PixelSize(0.25, 0.5))
    assert pixel_size_of_picture(b'') is None
