"""Whatever holds an image is opened, and whatever holds none is named."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from mmnuc.errors import UserError
from mmnuc.images import (
    SUFFIXES,
    OpenImage,
    Picture,
    ReadOptions,
    RgbImage,
    open_image,
    read_bgr,
    read_image,
)
from mmnuc.images.backends import backend_of
from mmnuc.images.foreign import foreign_format
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.source import Source


def test_arrays_and_readers() -> None:
    image = open_image(np.full((3, 4), 128, np.uint8))
    assert isinstance(image, RgbImage)
    assert image.read(1, 1, 3, 2).tolist() == [[[128] * 3] * 2]
    assert open_image(image) is image
    picture = Picture(np.zeros((3, 4, 3), np.uint8))
    assert open_image(picture, ReadOptions(series=7)) is picture
    assert read_image(np.full((1, 1), 3, np.uint8)).tolist() == [[[3, 3, 3]]]


def as_open_image(image: OpenImage) -> OpenImage:
    return image


def test_what_is_returned_is_what_the_pipeline_takes() -> None:
    image = as_open_image(open_image(np.zeros((3, 4), np.uint8)))
    assert (image.height, image.width) == (3, 4)


BAD_CONTENTS = {
    'empty': (b'', 'is an empty file'),
    'text': (b'hello there', 'is no image'),
    'half a PNG': (b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'is damaged'),
    'half a TIFF': (b'II*\0\x08\0\0\0', 'is damaged: it ends before its first page'),
    'half a BigTIFF': (b'II+\0\x08\0\0\0', 'damaged, or no TIFF|holds no image'),
    'half an array': (b'\x93NUMPY', 'damaged, or no array'),
    'a JPEG that ends': (b'\xff\xd8\xff\xd9', 'is (no image|damaged)'),
    'a JPEG 2000 that ends': (b'\0\0\0\x0cjP  ', 'is (no image|damaged)'),
}


@pytest.mark.parametrize(('content', 'words'), BAD_CONTENTS.values(), ids=BAD_CONTENTS)
@pytest.mark.parametrize('read', [read_image, read_bgr])
def test_bad_files(tmp_path: Path, content: bytes, words: str, read: object) -> None:
    path = tmp_path / 'tile.png'
    path.write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        read(path)
    assert 'tile.png' in str(caught.value)


FOREIGN = {
    'Nikon': (b'\xda\xce\xbe\x0a', r'is a Nikon ND2 file: save it as OME-TIFF'),
    'Leica': (b'\x70\0\0\0', 'Leica LIF'),
    'HDF5': (b'\x89HDF\r\n\x1a\n', 'HDF5'),
    'NIfTI': (bytes(344) + b'n+1\0', 'NIfTI'),
    'SVG': (b'<?xml version="1.0"?><svg>', 'SVG drawing: export it as PNG'),
    'PDF': (b'%PDF-1.7', 'PDF'),
    'PostScript': (b'%!PS-Adobe', 'PostScript'),
    'HEIC': (b'\0\0\0\x18ftypheic', 'HEIC'),
    'a film': (b'\0\0\0\x18ftypisom', 'film'),
    'Git LFS': (b'version https://git-lfs.github.com/spec/v1\noid', 'git lfs pull'),
    'a web page': (b'\n <!DOCTYPE HTML><html>', 'web page.*download went wrong'),
    'COCO': (b'{"images": []}', 'JSON'),
    'JSON with a mark': (b'\xef\xbb\xbf[1]', 'JSON'),
    'an annotation': (b'<?xml version="1.0"?><Annotations>', 'XML file: give the image'),
    'zip': (b'PK\3\4', 'zip archive: unpack'),
    'ROI': (b'Iout', 'ImageJ ROI'),
}


@pytest.mark.parametrize(('content', 'words'), FOREIGN.values(), ids=FOREIGN)
def test_foreign_files_are_named_by_their_format(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / 'x.png'
    path.write_bytes(content)
    with pytest.raises(UserError, match=f'x.png is (a|an) .*{words}|x.png {words}') as caught:
        open_image(path)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('suffix', sorted(SUFFIXES & {'.png', '.jpg', '.bmp', '.gif', '.webp'}))
def test_no_picture_is_foreign(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    assert foreign_format(Source(str(path), path)) is None
    assert backend_of(Source(str(path), path)) is None


@pytest.mark.parametrize('name', ['a' * 5000, 'a\0b.png'], ids=['too long', 'with a zero'])
def test_names_that_no_file_has(tmp_path: Path, name: str) -> None:
    for read in (open_image, read_bgr):
        with pytest.raises(UserError, match='can not be read'):
            read(tmp_path / name)


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / 'a.png').symlink_to('a.png')
    with pytest.raises(UserError, match=r'a\.png can not be read'):
        open_image(tmp_path / 'a.png')


CHOICES = {
    'one name': ({'channels': 'DAPI'}, ReadOptions(channels=('DAPI',))),
    'one number': ({'channels': 2}, ReadOptions(channels=(2,))),
    'a list': ({'channels': [3, 'x', 1]}, ReadOptions(channels=(3, 'x', 1))),
    'a size': ({'pixel_size': 0.5}, ReadOptions(pixel_size=PixelSize(0.5, 0.5))),
    'two sides': ({'pixel_size': (0.5, 1)}, ReadOptions(pixel_size=PixelSize(0.5, 1))),
}


@pytest.mark.parametrize(('given', 'want'), CHOICES.values(), ids=CHOICES)
def test_choices_as_people_write_them(given: dict, want: ReadOptions) -> None:
    assert ReadOptions(**given) == want


def test_what_is_no_image_at_all(tmp_path: Path) -> None:
    for read in (open_image, read_bgr):
        with pytest.raises(UserError, match='no such image'):
            read(tmp_path / 'none.png')
        with pytest.raises(UserError, match='is a folder'):
            read(tmp_path)
    with pytest.raises(UserError, match='not list'):
        open_image([1, 2])


def test_content_has_the_name_that_is_given(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / 'a.tif', np.zeros((4, 5), np.uint16))
    image = open_image((tmp_path / 'a.tif').read_bytes(), name='set.zip/b.tif')
    assert image.description.startswith('b.tif: 5 x 4, grey 16 bit')
    with pytest.raises(UserError, match=r'set\.zip/b\.tif has no channel 7'):
        open_image((tmp_path / 'a.tif').read_bytes(), ReadOptions(channels=(7,)), 'set.zip/b.tif')


def test_a_picture_has_one_series() -> None:
    with pytest.raises(UserError, match=r'no series 2; it holds 1 \(4 x 4\)'):
        open_image(png(), ReadOptions(series=2), 'a.png')
    assert open_image(png(), ReadOptions(series=1), 'a.png').width == 4


def png() -> bytes:
    import io

    file = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(file, 'PNG')
    return file.getvalue()
