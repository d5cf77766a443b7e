"""Files that only look like pictures are named, and said what to do with."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from mmnuc.errors import UserError
from mmnuc.images import open_image, read_bgr, read_image


def tiff(path: Path) -> None:
    tifffile.imwrite(path, np.zeros((9, 9, 3), np.uint8), photometric='rgb', metadata=None)


def jpeg2000(path: Path) -> None:
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(path, 'JPEG2000')


def jpeg(path: Path) -> None:
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(path, 'JPEG')


PREVIEWS = {
    'Olympus': ('a.vsi', tiff, r'is an Olympus VSI file, its pixels are in \.ets files'),
    'old Nikon': ('a.nd2', jpeg2000, 'is a Nikon ND2 file: save it as OME-TIFF'),
    'Mirax without its folder': ('a.mrxs', jpeg, r'the file x\.mrxs and the folder x beside it'),
    'parts of Olympus': (
        'a.ets',
        lambda path: path.write_bytes(b'SIS\0' + bytes(99)),
        'Olympus ETS',
    ),
}


@pytest.mark.parametrize(('name', 'write', 'words'), PREVIEWS.values(), ids=PREVIEWS)
def test_a_preview_is_not_taken_for_the_image(
    tmp_path: Path, name: str, write: object, words: str
) -> None:
    write(tmp_path / name)
    for read in (open_image, read_bgr):
        with pytest.raises(UserError, match=words):
            read(tmp_path / name)
    if not name.endswith('.mrxs'):
        with pytest.raises(UserError, match=words):
            read_image((tmp_path / name).read_bytes(), name=name)


@pytest.mark.parametrize('suffix', ['mrxs', 'vms', 'vmu', 'svslide', 'ndpi', 'svs', 'dcm', 'czi'])
@pytest.mark.parametrize(
    ('content', 'words'),
    [(b'', 'is an empty file'), (b'<!DOCTYPE html><title>404', r'is a web page \(HTML\)')],
)
def test_what_only_its_name_makes_a_slide(
    tmp_path: Path, suffix: str, content: bytes, words: str
) -> None:
    path = tmp_path / f'a.{suffix}'
    path.write_bytes(content)
    with pytest.raises(UserError, match=rf'a\.{suffix} {words}'):
        open_image(path)
