"""OME-Zarr of both formats, in folders and zip files, written here by the library of Zarr."""

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.errors import UserError
from mmnuc.images import open_image, read_image
from mmnuc.images.formats import is_one_image, is_zarr
from mmnuc.images.labels import read_label_values
from mmnuc.images.ome_zarr import ZarrImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.source import Source
from mmnuc.images.zarr_labels import read_zarr_labels

VERSIONS = {'0.4': 2, '0.5': 3}
RGB = (0, 1, 2)


def source(path: Path) -> Source:
    return Source(str(path), path)


def opened(path: Path, series: int | None = None) -> ZarrImage:
    return ZarrImage(source(path), series)


def picture(height: int = 150, width: int = 200, dtype: str = 'u1') -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(0).integers(0, top, (height, width, 3), dtype=dtype)


def real_or_made(shared: Path | None) -> np.ndarray:
    """A piece of a real slide where one is at hand."""
    path = shared / 'data' / 'slides' / 'cmu-1-small-region.svs' if shared else None
    if path and path.is_file():
        return tifffile.imread(path)[1000:1700, 800:1700]
    return picture(700, 900)


def put(group: zarr.Group, version: str, found: dict[str, Any]) -> None:
    group.attrs.update({'ome': {'version': version, **found}} if version == '0.5' else found)


def multiscales(axes: str, levels: int, unit: str = 'micrometer', um: float = 0.5) -> list[dict]:
    named = [
        {'name': a, **({'type': 'space', 'unit': unit} if a in 'zyx' else {'type': 'channel'})}
        for a in axes
    ]
    scales = [[um * 2**i if a in 'yx' else 1.0 for a in axes] for i in range(levels)]
    datasets = [
        {'path': str(i), 'coordinateTransformations': [{'type': 'scale', 'scale': scale}]}
        for i, scale in enumerate(scales)
    ]
    return [{'version': '0.4', 'name': 'scan', 'axes': named, 'datasets': datasets}]


def write_image(
    group: zarr.Group,
    pixels: np.ndarray,
    axes: str,
    version: str = '0.4',
    levels: int = 2,
    **more: Any,
) -> None:
    """An image and its pyramid, in chunks."""
    chunks = tuple(64 if a in 'yx' else 1 for a in axes)
    for level in range(levels):
        step = tuple(slice(None, None, 2**level if a in 'yx' else 1) for a in axes)
        group.create_array(str(level), data=np.ascontiguousarray(pixels[step]), chunks=chunks)
    put(group, version, {'multiscales': multiscales(axes, levels), **more})


def new_group(path: Path, version: str = '0.4') -> zarr.Group:
    return zarr.open_group(str(path), mode='w', zarr_format=VERSIONS[version])


def whole(image: ZarrImage, level: int = 0, channels: Any = RGB) -> np.ndarray:
    height, width = image.form.levels[level]
    return image.read(0, 0, width, height, channels=channels, level=level)


@pytest.fixture
def real(repository: Path) -> np.ndarray:
    folder = repository.parent / 'shared'
    return real_or_made(folder if folder.is_dir() else None)


@pytest.mark.parametrize('version', VERSIONS)
def test_a_slide(tmp_path: Path, real: np.ndarray, version: str) -> None:
    path = tmp_path / 'slide.zarr'
    write_image(new_group(path, version), real.transpose(2, 0, 1), 'cyx', version, levels=3)
    assert is_zarr(source(path))
    assert is_one_image(path)
    image = opened(path)
    height, width = real.shape[:2]
    assert (image.form.height, image.form.width, image.form.color) == (height, width, 'rgb')
    assert image.form.levels == tuple((-(-height // s), -(-width // s)) for s in (1, 2, 4))
    assert image.form.pixel_size == PixelSize(0.5, 0.5)
    assert np.array_equal(whole(image), real)
    assert np.array_equal(whole(image, 2), real[::4, ::4])
    for x1, y1, x2, y2 in ((0, 0, 1, 1), (63, 62, 130, 70), (width - 1, 5, width, 6), (5, 6, 5, 6)):
        assert np.array_equal(image.read(x1, y1, x2, y2, channels=RGB), real[y1:y2, x1:x2])
    with ThreadPoolExecutor(4) as pool:
        rows = pool.map(lambda y: image.read(0, y, width, y + 10, channels=RGB), range(0, 100, 10))
        assert np.array_equal(np.concatenate(list(rows)), real[:100])
    image.close()


def zipped(folder: Path, path: Path, above: str = '') -> Path:
    with zipfile.ZipFile(path, 'w') as archive:
        for file in sorted(folder.rglob('*')):
            if file.is_file():
                archive.write(file, f'{above}{file.relative_to(folder).as_posix()}')
    return path


@pytest.mark.parametrize('version', VERSIONS)
@pytest.mark.parametrize('above', ['', 'slide.zarr/'])
def test_zip_files(tmp_path: Path, version: str, above: str) -> None:
    rgb = picture()
    write_image(new_group(tmp_path / 'a', version), rgb.transpose(2, 0, 1), 'cyx', version)
    path = zipped(tmp_path / 'a', tmp_path / 'slide.zarr.zip', above)
    assert is_zarr(source(path))
    assert np.array_equal(whole(opened(path)), rgb)
    path = path.rename(tmp_path / 'slide.zip')
    assert is_zarr(source(path))


AXES = ['yx', 'cyx', 'zyx', 'tyx', 'czyx', 'tczyx', 'yxc', 'xy']


@pytest.mark.parametrize('axes', AXES)
def test_axes(tmp_path: Path, axes: str) -> None:
    sizes = {'t': 3 if axes == 'tyx' else 2, 'c': 2, 'z': 4, 'y': 50, 'x': 70}
    values = np.random.default_rng(0).integers(0, 4000, [sizes[a] for a in axes], dtype='u2')
    write_image(new_group(tmp_path / 'a.zarr'), values, axes)
    image = opened(tmp_path / 'a.zarr')
    form = image.form
    stack = next((a for a in 'zt' if a in axes), '')
    assert (form.height, form.width, form.plane_axis) == (50, 70, stack.upper())
    assert (len(form.channels), form.planes) == (2 if 'c' in axes else 1, sizes.get(stack, 1))
    assert form.passed_over == (('1 more of T',) if axes == 'tczyx' else ())
    full = ''.join(a for a in axes if a in 'tzyxc')
    want = np.moveaxis(values, [full.index('y'), full.index('x')], [-2, -1])
    if 't' in axes and stack != 't':
        want = want[0]
    order = [a for a in full if a not in 'yx' and not (a == 't' and stack != 't')]
    plane, channel = form.planes - 1, len(form.channels) - 1
    for axis in order:
        want = want[{'c': channel, 'z': plane, 't': plane}[axis]]
    got = image.read(3, 2, 60, 49, channels=[channel], plane=plane)[..., 0]
    assert np.array_equal(got, want[2:49, 3:60])


def omero(*channels: tuple[str, str]) -> dict[str, Any]:
    return {'omero': {'channels': [{'label': a, 'color': b} for a, b in channels]}}


COLORS = {
    'no names': ({}, 'u1', 'rgb'),
    'numbers': (
        omero(('Channel 0', 'FF0000'), ('Channel 1', '00FF00'), ('Channel 2', '0000FF')),
        'u1',
        'rgb',
    ),
    'red, green, blue': (omero(('Red', ''), ('Green', ''), ('Blue', '')), 'u1', 'rgb'),
    'stains': (omero(('DAPI', ''), ('FITC', ''), ('Cy5', '')), 'u1', 'channels'),
    'other colours': (
        omero(('0', '0000FF'), ('1', '00FF00'), ('2', 'FF0000')),
        'u1',
        'channels',
    ),
    '16 bits': ({}, 'u2', 'channels'),
}


@pytest.mark.parametrize(('more', 'dtype', 'want'), COLORS.values(), ids=COLORS)
def test_colours(tmp_path: Path, more: dict, dtype: str, want: str) -> None:
    pixels = picture(dtype=dtype).transpose(2, 0, 1)
    write_image(new_group(tmp_path / 'a.zarr'), pixels, 'cyx', **more)
    form = opened(tmp_path / 'a.zarr').form
    assert (form.color, form.dtype) == (want, np.dtype(dtype))
    labels = [one['label'] for one in more['omero']['channels']] if more else ['', '', '']
    assert list(form.channels) == labels
    got = opened(tmp_path / 'a.zarr').read(0, 0, 9, 9, channels=[2, 0])
    assert np.array_equal(got, pixels.transpose(1, 2, 0)[:9, :9, [2, 0]])


@pytest.mark.parametrize('version', VERSIONS)
@pytest.mark.parametrize('is_named', [True, False])
def test_series(tmp_path: Path, version: str, is_named: bool) -> None:
    root = new_group(tmp_path / 'a.zarr', version)
    put(root, version, {'bioformats2raw.layout': 3})
    if is_named:
        put(root.create_group('OME'), version, {'series': ['0', '1']})
    small, large = picture(40, 50), picture(80, 90)
    write_image(root.create_group('0'), small.transpose(2, 0, 1), 'cyx', version)
    write_image(root.create_group('1'), large.transpose(2, 0, 1), 'cyx', version)
    image = opened(tmp_path / 'a.zarr')
    assert (image.form.index, len(image.form.series)) == (1, 2)
    assert np.array_equal(whole(image), large)
    assert np.array_equal(whole(opened(tmp_path / 'a.zarr', 1)), small)
    assert np.array_equal(whole(opened(tmp_path / 'a.zarr' / '0')), small)
    with pytest.raises(UserError, match=r'has no series 3; it holds 1 scan \(50 x 40\), 2 scan'):
        opened(tmp_path / 'a.zarr', 3)


@pytest.mark.parametrize('version', VERSIONS)
def test_plates_and_wells(tmp_path: Path, version: str) -> None:
    path = tmp_path / 'p.zarr'
    root = new_group(path, version)
    put(root, version, {'plate': {'wells': [{'path': 'A/1'}, {'path': 'B/3'}]}})
    for well in ('A/1', 'B/3'):
        group = root.create_group(well)
        put(group, version, {'well': {'images': [{'path': '0'}, {'path': '1'}]}})
        write_image(group.create_group('0'), picture().transpose(2, 0, 1), 'cyx', version)
    words = r'p\.zarr is a plate of 2 wells \(A/1, B/3\); name a field, such as .*p\.zarr/A/1/0$'
    with pytest.raises(UserError, match=words):
        opened(path)
    words = r'A/1 is a well; name a field of it: .*p\.zarr/A/1/0, .*p\.zarr/A/1/1$'
    with pytest.raises(UserError, match=words):
        opened(path / 'A' / '1')
    assert np.array_equal(whole(opened(path / 'A' / '1' / '0')), picture())


def add_labels(root: zarr.Group, version: str, *names: str) -> np.ndarray:
    labels = np.arange(150 * 200, dtype=np.int32).reshape(150, 200) % 1000
    group = root.create_group('labels')
    put(group, version, {'labels': list(names)})
    for name in names:
        write_image(group.create_group(name), labels, 'yx', version, **{'image-label': {}})
    return labels


@pytest.mark.parametrize('version', VERSIONS)
def test_label_maps(tmp_path: Path, version: str) -> None:
    path = tmp_path / 'a.zarr'
    root = new_group(path, version)
    write_image(root, picture().transpose(2, 0, 1), 'cyx', version)
    labels = add_labels(root, version, 'nuclei')
    for one in (path, path / 'labels' / 'nuclei'):
        assert np.array_equal(read_zarr_labels(source(one)), labels)
    assert np.array_equal(read_label_values(path / 'labels' / 'nuclei'), labels)
    assert opened(path).form.passed_over == ('labels nuclei',)
    with pytest.raises(UserError, match=r'is a group of labels; name one: .*labels/nuclei'):
        opened(path / 'labels')


def test_label_maps_that_are_not_one(tmp_path: Path) -> None:
    path = tmp_path / 'a.zarr'
    root = new_group(path)
    write_image(root, picture().transpose(2, 0, 1), 'cyx')
    with pytest.raises(UserError, match=r'a\.zarr is a picture in colour; numbers are wanted'):
        read_zarr_labels(source(path))
    add_labels(root, '0.4', 'nuclei', 'cells')
    words = r'holds 2 label images; name one: .*labels/nuclei, .*labels/cells'
    with pytest.raises(UserError, match=words):
        read_zarr_labels(source(path))
    write_image(new_group(tmp_path / 'b.zarr'), np.zeros((5, 9, 9), 'u1'), 'zyx')
    with pytest.raises(UserError, match=r'b\.zarr has 5 planes \(Z\)'):
        read_zarr_labels(source(tmp_path / 'b.zarr'))
    write_image(new_group(tmp_path / 'c.zarr'), np.full((9, 9), 0.5, 'f4'), 'yx')
    with pytest.raises(UserError, match='numbers with a fractional part'):
        read_zarr_labels(source(tmp_path / 'c.zarr'))


def test_a_damaged_chunk(tmp_path: Path) -> None:
    path = tmp_path / 'a.zarr'
    write_image(new_group(path), picture().transpose(2, 0, 1), 'cyx')
    (path / '0' / '0.0.0').write_bytes(b'hello')
    image = opened(path)
    assert np.array_equal(image.read(64, 64, 128, 128, channels=RGB), picture()[64:128, 64:128])
    with pytest.raises(UserError, match=r'a\.zarr is damaged, near 0, 0'):
        image.read(0, 0, 9, 9, channels=RGB)


def spoiled(path: Path, change: dict[str, Any]) -> Path:
    write_image(new_group(path), picture().transpose(2, 0, 1), 'cyx')
    found = json.loads((path / '.zattrs').read_text())
    found['multiscales'][0].update(change)
    (path / '.zattrs').write_text(json.dumps(found))
    return path


BAD = {
    'no image': ({'datasets': []}, 'is a Zarr without an OME-Zarr image: it has no "multiscales"'),
    'no level': ({'datasets': [{'path': '7'}]}, 'lacks its level "7"'),
    'axes': ({'axes': ['c', 'y', 'z']}, 'has the axes c, y, z; x and y are wanted'),
    'fewer axes': ({'axes': ['y', 'x']}, 'has 3 axes of pixels and names 2'),
}


@pytest.mark.parametrize(('change', 'words'), BAD.values(), ids=BAD)
def test_bad_metadata(tmp_path: Path, change: dict, words: str) -> None:
    with pytest.raises(UserError, match=rf'a\.zarr {words}'):
        opened(spoiled(tmp_path / 'a.zarr', change))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just('..'),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(['path', 'axes', 'datasets', 'images', 'wells', 'name', 'series']),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
KEYS = ['multiscales', 'plate', 'well', 'labels', 'omero', 'ome', 'bioformats2raw.layout']


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), ODD, min_size=1, max_size=3))
def test_no_metadata_makes_it_fail(tmp_path_factory: Any, found: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp('odd') / 'a.zarr'
    write_image(new_group(path), picture(9, 9).transpose(2, 0, 1), 'cyx')
    known = json.loads((path / '.zattrs').read_text())
    (path / '.zattrs').write_text(json.dumps({**known, **found}))
    for read in (opened, lambda path: read_zarr_labels(source(path))):
        with suppress(UserError):
            read(path)


def test_what_is_no_zarr(tmp_path: Path) -> None:
    path = tmp_path / 'a.zarr'
    path.mkdir()
    (path / '.zgroup').write_text('{')
    with pytest.raises(UserError, match=r'a\.zarr is no Zarr group that can be read'):
        opened(path)
    path = tmp_path / 'b.zarr.zip'
    path.write_bytes(b'PK\3\4')
    with pytest.raises(UserError, match=r'b\.zarr\.zip is no Zarr group that can be read'):
        opened(path)
    with pytest.raises(UserError, match='inside of an archive; unpack it first'):
        ZarrImage(Source('a.zip/b.zarr.zip', data=b'PK'), None)
    assert not is_zarr(source(tmp_path))


@pytest.mark.parametrize('version', VERSIONS)
def test_an_image_without_a_chunk_was_not_copied_wholly(tmp_path: Path, version: str) -> None:
    group = new_group(tmp_path / 'a.zarr', version)
    write_image(group, picture(), 'yxc', version)
    for path in sorted((tmp_path / 'a.zarr').rglob('*'), reverse=True):
        if path.is_file() and path.name not in ('.zarray', '.zgroup', '.zattrs', 'zarr.json'):
            path.unlink()
    for path in sorted((tmp_path / 'a.zarr').rglob('*'), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    with pytest.raises(UserError, match='has no chunk of pixels: it was not copied wholly'):
        open_image(tmp_path / 'a.zarr')


def test_values_with_the_higher_byte_first(tmp_path: Path) -> None:
    """As bioformats2raw writes them."""
    pixels = np.random.default_rng(0).integers(0, 3000, (300, 300)).astype('>u2')
    pixels[50:90, 50:90] = 9000
    write_image(new_group(tmp_path / 'a.zarr'), pixels, 'yx')
    assert np.array_equal(read_image(tmp_path / 'a.zarr'), read_image(pixels.astype('<u2')))
