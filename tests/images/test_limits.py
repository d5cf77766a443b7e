"""Files that state more than they hold are refused, in little memory."""

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from mmnuc.errors import UserError
from mmnuc.images import limits, open_image, read_image, read_label_values

SMALL = np.zeros((16, 16), np.uint8)
LARGE = 100_000
# Tries all ways to read each file in a gigabyte beyond what the modules take.
READ = """
import json, resource, sys
from pathlib import Path
import cv2, imagecodecs, numpy, tifffile, zarr, PIL.Image
from mmnuc.converters.image import read_image as convert
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File
from mmnuc.errors import UserError
from mmnuc.images import open_image, read_bgr, read_image, read_label_values

def box(path):
    image = open_image(path)
    x, y = max(0, image.width - 600), max(0, image.height - 600)
    return image.read(x, y, min(x + 512, image.width), min(y + 512, image.height))

def content(path):
    return path.read_bytes() if path.is_file() else path

DOORS = {
    'box': box,
    'whole': read_image,
    'training': read_bgr,
    'labels': read_label_values,
    'content': lambda path: read_image(content(path), name=path.name),
    'convert': lambda path: convert(File(str(path.parent), path.name)),
}
taken = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 2**30, taken + 2**30))
said = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    for door, read in DOORS.items():
        try:
            read(path)
            answer = 'read'
        except (UserError, SourceError) as error:
            answer = str(error)
        except BaseException as error:  # also those of memory
            answer = f'!! {type(error).__name__}: {error}'
        said[f'{path.name}: {door}'] = answer
print(json.dumps(said))
"""


def tiff(
    tags: dict[str, tuple[str, int]], pixels: np.ndarray = SMALL, **how: object
) -> Callable[[Path], None]:
    """A small file, with other numbers in its tags."""

    def write(path: Path) -> None:
        tifffile.imwrite(path, pixels, **{'metadata': None, **how})
        with tifffile.TiffFile(path, mode='r+b') as file:
            for name, (kind, value) in tags.items():
                file.pages[0].tags[name].overwrite(value, dtype=kind)

    return write


def described(text: str) -> Callable[[Path], None]:
    return lambda path: tifffile.imwrite(path, SMALL, description=text, metadata=None)


def content(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data)


def encoded(kind: str, at: int, form: str, *sides: int) -> Callable[[Path], None]:
    """A small picture, with another size in its header."""

    def write(path: Path) -> None:
        file = io.BytesIO()
        Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(file, kind)
        data = bytearray(file.getvalue())
        struct.pack_into(form, data, at, *sides)
        path.write_bytes(data)

    return write


def png(path: Path) -> None:
    data = bytearray(imagecodecs.png_encode(SMALL))
    data[16:24] = struct.pack('>II', LARGE, LARGE)
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, 'big')
    path.write_bytes(data)


def jpeg(path: Path) -> None:
    data = bytearray(imagecodecs.jpeg_encode(SMALL))
    struct.pack_into('>HH', data, data.find(b'\xff\xc0') + 5, 65_500, 65_500)
    path.write_bytes(data)


def jpeg_2000(path: Path) -> None:
    data = bytearray(imagecodecs.jpeg2k_encode(SMALL, level=0, codecformat='j2k'))
    struct.pack_into('>II', data, data.find(b'\xff\x51') + 6, LARGE, LARGE)
    path.write_bytes(data)


def npy(path: Path) -> None:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {'descr': '|u1', 'fortran_order': False, 'shape': (LARGE, LARGE)}
    )
    path.write_bytes(file.getvalue() + bytes(50))


def store(chunk: bytes, codec: dict | None, cut: int = LARGE) -> Callable[[Path], None]:
    """A large OME-Zarr of which one chunk is there."""

    def write(path: Path) -> None:
        group = zarr.open_group(str(path), mode='w', zarr_format=2)
        axes = [{'name': name, 'type': 'space'} for name in 'yx']
        levels = [{'path': '0', 'coordinateTransformations': [{'type': 'scale', 'scale': [1, 1]}]}]
        group.attrs['multiscales'] = [{'version': '0.4', 'axes': axes, 'datasets': levels}]
        (path / '0').mkdir()
        about = {'zarr_format': 2, 'shape': [LARGE, LARGE], 'chunks': [cut, cut], 'dtype': '|u1'}
        about |= {'fill_value': 0, 'order': 'C', 'filters': None, 'compressor': codec}
        (path / '0/.zarray').write_text(json.dumps(about))
        (path / '0/0.0').write_bytes(chunk)

    return write


BOTH = {'ImageWidth': ('I', LARGE), 'ImageLength': ('I', LARGE)}
STRIP = {**BOTH, 'RowsPerStrip': ('I', LARGE)}
TILE = {'TileWidth': ('I', LARGE - LARGE % 16), 'TileLength': ('I', LARGE - LARGE % 16)}
PLANES = '<OME><Image><Pixels DimensionOrder="XYZCT" SizeX="16" SizeY="16" SizeZ="1" SizeT="1" '
MANY = PLANES.removeprefix('<OME>') + ' SizeC="900000">' + '<TiffData/>' * 99 + '</Pixels></Image>'
FOCUS = MANY.replace('SizeZ="1"', 'SizeZ="900000"').replace('C="900000"', 'C="1"')
ZSTD = b'\x28\xb5\x2f\xfd\xe0' + (10**12).to_bytes(8, 'little') + b'\x01\0\0'
BLOSC = struct.pack('<BBBBIII', 2, 1, 0x21, 1, 2**31 - 100, 2**20, 40) + bytes(24)

HOSTILE: dict[str, Callable[[Path], None]] = {
    'plain.tif': tiff(STRIP),
    'rows.tif': tiff(BOTH),
    'deflate.tif': tiff(STRIP, compression='deflate'),
    'lzw.tif': tiff(STRIP, compression='lzw'),
    'zstd.tif': tiff(STRIP, compression='zstd'),
    'packbits.tif': tiff(STRIP, compression='packbits'),
    'jpeg.tif': tiff(STRIP, compression='jpeg'),
    'webp.tif': tiff(STRIP, np.zeros((16, 16, 3), np.uint8), compression='webp'),
    'middle.tif': tiff(
        {name: (kind, 40_000) for name, (kind, _) in STRIP.items()}, compression='zstd'
    ),
    'palette.tif': tiff(STRIP, colormap=np.zeros((3, 256), np.uint16), photometric='palette'),
    'float.tif': tiff(STRIP, SMALL.astype(np.float32), compression='deflate'),
    'tiles.tif': tiff(BOTH, tile=(16, 16), compression='deflate'),
    'one_tile.tif': tiff({**BOTH, **TILE}, tile=(16, 16), compression='deflate'),
    'tile_beyond_image.tif': tiff(TILE, tile=(16, 16), compression='deflate'),
    'left_out.tif': tiff({**BOTH, **TILE, 'TileByteCounts': ('I', 0)}, tile=(16, 16)),
    'far.tif': tiff({'StripOffsets': ('I', 2**31), 'StripByteCounts': ('I', 2**31)}),
    'long.tif': tiff({'StripByteCounts': ('I', 2**32 - 1)}, compression='deflate'),
    'samples.tif': tiff({'SamplesPerPixel': ('H', 65_535)}),
    'big.tif': tiff(STRIP, bigtiff=True, compression='deflate'),
    'imagej.tif': described('ImageJ=1.11a\nimages=1000000000\nchannels=1000000000\n'),
    'slices.tif': described('ImageJ=1.11a\nimages=2000000000\nslices=2000000000\n'),
    'shaped.tif': described('{"shape": [1000000000, 16, 16], "axes": "CYX"}'),
    'channels.ome.tif': described(
        f'{PLANES} SizeC="1000000000"><TiffData/></Pixels></Image></OME>'
    ),
    'focus.ome.tif': described(f'<OME>{FOCUS * 9}</OME>'),
    'far_focus.ome.tif': described(
        f'<OME>{FOCUS * 9}</OME>'.replace(
            '<TiffData/>', '<TiffData><UUID FileName="b"/></TiffData>'
        )
    ),
    'planes.ome.tif': described(f'<OME>{MANY * 9}</OME>'),
    'set.ome.tif': described(
        f'{PLANES} SizeC="900000">'
        + '<TiffData PlaneCount="900000"><UUID FileName="b.tif">x</UUID></TiffData>' * 99
        + '</Pixels></Image></OME>'
    ),
    'a.png': png,
    'a.jpg': jpeg,
    'a.j2k': jpeg_2000,
    'a.bmp': encoded('BMP', 18, '<ii', LARGE, LARGE),
    'packed.bmp': content(
        struct.pack('<2sIHHIIiiHHII', b'BM', 90, 0, 0, 54, 40, LARGE, LARGE, 1, 8, 1, 30)
        + bytes(60)
    ),
    'a.gif': encoded('GIF', 6, '<HH', 65_000, 65_000),
    'a.ppm': content(f'P6 {LARGE} {LARGE} 255\n'.encode() + bytes(30)),
    'a.npy': npy,
    'deflate.zarr': store(zlib.compress(bytes(99)), {'id': 'zlib', 'level': 1}),
    'crumbs.zarr': store(b'x', None, 1),
    'plain.zarr': store(bytes(99), None),
    'zstd.zarr': store(ZSTD, {'id': 'zstd', 'level': 1}),
    'blosc.zarr': store(BLOSC, {'id': 'blosc', 'cname': 'lz4', 'clevel': 1, 'shuffle': 0}),
}


def test_files_that_state_more_than_they_hold(tmp_path: Path) -> None:
    for name, write in HOSTILE.items():
        write(tmp_path / name)
    done = subprocess.run(
        [sys.executable, '-c', READ, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert {name: words for name, words in said.items() if words.startswith('!!')} == {}
    assert {name: words for name, words in said.items() if '\n' in words} == {}
    read = {name.partition(': ')[0] for name, words in said.items() if words == 'read'}
    # Their first page is there, and whole.
    assert read == {
        'channels.ome.tif',
        'far_focus.ome.tif',
        'focus.ome.tif',
        'planes.ome.tif',
        'set.ome.tif',
        'imagej.tif',
        'slices.tif',
    }


def strip(path: Path, compression: str) -> None:
    empty = np.zeros((9_000, 9_000), np.uint8)
    tifffile.imwrite(path, empty, compression=compression, rowsperstrip=9_000, metadata=None)


@pytest.mark.parametrize('compression', ['deflate', 'lzw', 'zstd', 'packbits', 'none'])
def test_what_is_empty_and_large_is_read(tmp_path: Path, compression: str) -> None:
    strip(tmp_path / 'a.tif', compression)
    assert not read_label_values(tmp_path / 'a.tif').any()


@pytest.mark.parametrize('kind', ['png', 'jpg', 'j2k', 'webp'])
def test_pictures_that_are_empty_and_large_are_read(tmp_path: Path, kind: str) -> None:
    empty = np.zeros((9_000, 9_000), np.uint8)
    path = tmp_path / f'a.{kind}'
    if kind == 'j2k':
        path.write_bytes(imagecodecs.jpeg2k_encode(empty, level=0, codecformat='j2k'))
    else:
        Image.fromarray(empty).save(path, **({'lossless': True} if kind == 'webp' else {}))
    assert not read_image(path).any()


def test_tiles_that_a_scanner_left_out_are_glass(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    tiles = iter([bytes([7]) * 256 * 256 * 3, *[b''] * (120 * 120 - 1)])
    how = {'shape': (30_720, 30_720, 3), 'dtype': np.uint8, 'tile': (256, 256), 'metadata': None}
    tifffile.imwrite(path, tiles, compression=None, photometric='rgb', **how)
    image = open_image(path)
    assert (image.read(0, 0, 256, 256) == 7).all()
    assert (image.read(30_000, 30_000, 30_720, 30_720) == 255).all()


def test_rows_of_a_large_strip_are_read_where_they_lie(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    side = 17_000
    changed = {'ImageWidth': ('I', side), 'ImageLength': ('I', side), 'RowsPerStrip': ('I', side)}
    tiff({**changed, 'StripByteCounts': ('I', side * side)})(path)
    with tifffile.TiffFile(path) as file:
        start = file.pages[0].dataoffsets[0]
    with path.open('r+b') as file:
        file.truncate(start + side * side)
        file.seek(start + 9_000 * side + 8_000)
        file.write(bytes([5, 6]))
    box = open_image(path).read(7_999, 8_999, 8_003, 9_001)
    assert box[..., 0].tolist() == [[0, 0, 0, 0], [0, 5, 6, 0]]


def test_the_limits_of_what_is_read_at_once() -> None:
    limits.check_whole('a', (46_340, 46_340), 3)
    for size, each in (((46_341, 46_341), 1), ((40_000, 40_000), 8), ((10**9, 10**9), 1)):
        with pytest.raises(UserError, match=r'^a: [\d,]+ x [\d,]+ pixels are too many to read at'):
            limits.check_whole('a', size, each)
    with (
        pytest.raises(UserError, match=r'^a does not fit into memory'),
        limits.memory_in_words('a'),
    ):
        raise MemoryError
    with pytest.raises(UserError, match=r'^a is damaged: it states 70,000 channels'):
        limits.check_channels('a', 70_000)
