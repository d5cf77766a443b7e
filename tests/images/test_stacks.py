"""Several images, channels, planes and files: what is read, and what is said of the rest."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from mmnuc.errors import UserError
from mmnuc.images import ReadOptions, open_image, read_image

RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def grey(path: Path, **options: object) -> np.ndarray:
    return read_image(path, ReadOptions(**options))[..., 0]


def said(path: Path, **options: object) -> str:
    return open_image(path, ReadOptions(**options)).description


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'a.tif'


def test_the_largest_image_is_read_and_the_others_are_named(path: Path) -> None:
    small, large = noise(16, 20, 3), noise(64, 80, 3)
    with tifffile.TiffWriter(path) as file:
        file.write(small, photometric='rgb', metadata=None)
        file.write(large, photometric='rgb', tile=(32, 32), metadata=None)
    assert np.array_equal(read_image(path), large)
    assert said(path) == (
        'a.tif: series 2 of 2, 80 x 64, RGB 8 bit, pixel size unknown; '
        'passed over: series 1 (20 x 16)'
    )
    assert np.array_equal(read_image(path, ReadOptions(series=1)), small)
    with pytest.raises(UserError, match=r'no series 3; it holds 1 \(20 x 16\), 2 \(80 x 64\)'):
        read_image(path, ReadOptions(series=3))


def test_pages_called_reduced_are_levels(path: Path) -> None:
    large = noise(64, 80, 3)
    with tifffile.TiffWriter(path) as file:
        file.write(large, photometric='rgb', metadata=None)
        for step in (2, 4):
            small = np.ascontiguousarray(large[::step, ::step])
            file.write(small, photometric='rgb', subfiletype=1, metadata=None)
    image = open_image(path)
    assert image.levels == ((64, 80), (32, 40), (16, 20))
    assert np.array_equal(image.read(3, 2, 11, 9, level=2), large[8:36:4, 12:44:4])
    assert 'passed over' not in image.description


def test_levels_in_subifds(tmp_path: Path) -> None:
    path = tmp_path / 'a.ome.tif'
    large = noise(2, 64, 80)
    with tifffile.TiffWriter(path) as file:
        metadata = {'axes': 'CYX', 'Channel': {'Name': ['FITC', 'DAPI']}}
        file.write(large, subifds=1, metadata=metadata, tile=(32, 32))
        file.write(large[:, ::2, ::2], subfiletype=1, tile=(32, 32))
    image = open_image(path)
    assert image.levels == ((64, 80), (32, 40))
    assert np.array_equal(image.read(0, 0, 80, 64)[..., 0], large[1])
    assert np.array_equal(image.read(0, 0, 40, 32, level=1)[..., 0], large[1, ::2, ::2])
    assert 'channel 2 of 2 (DAPI), 80 x 64' in image.description


HYPER = noise(2, 5, 3, 16, 20)  # T, Z, C


@pytest.mark.parametrize('kind', ['ImageJ', 'OME', 'tifffile', 'ImageJ in one page'])
def test_hyperstacks(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ('a.ome.tif' if kind == 'OME' else 'a.tif')
    names = {'Channel': {'Name': ['FITC', 'Hoechst 33342', 'Cy5']}} if kind == 'OME' else {}
    how = {'metadata': {'axes': 'TZCYX', **names}, 'imagej': kind.startswith('ImageJ')}
    tifffile.imwrite(path, HYPER, photometric='minisblack', ome=kind == 'OME', **how)
    if kind == 'ImageJ in one page':
        one_page(path)
    default = 1 if names else 0
    assert np.array_equal(grey(path), HYPER[0, 2, default])
    assert np.array_equal(grey(path, plane=5, channels=(3,)), HYPER[0, 4, 2])
    assert np.array_equal(grey(path, project='max', channels=('2',)), HYPER[0, :, 1].max(axis=0))
    rgb = read_image(path, ReadOptions(channels=(3, 1, 2), plane=1))
    assert np.array_equal(rgb, np.moveaxis(HYPER[0, 0, [2, 0, 1]], 0, 2))
    assert f'channel {default + 1} of 3' in said(path)
    assert 'plane 3 of 5 (Z)' in said(path)
    assert 'time point' in said(path) or 'of axis T' in said(path)
    with pytest.raises(UserError, match=r'no plane 6; it has 5 \(Z\)'):
        grey(path, plane=6)
    with pytest.raises(UserError, match=r'no channel DAPI; it has 1'):
        grey(path, channels=('DAPI',))


def one_page(path: Path) -> None:
    """Cut off all pages but the first, as ImageJ does for files beyond 4 GB."""
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].offset + 2 + 12 * len(file.pages[0].tags)
    content = bytearray(path.read_bytes())
    content[place : place + 4] = bytes(4)
    path.write_bytes(content)


def test_pages_of_unknown_meaning(path: Path) -> None:
    pages = noise(4, 16, 20)
    tifffile.imwrite(path, pages, photometric='minisblack', metadata=None)
    assert np.array_equal(grey(path), pages[0])
    assert np.array_equal(grey(path, plane=4), pages[3])
    assert said(path, plane=2).startswith('a.tif: page 2 of 4, 20 x 16')


def test_time_points(path: Path) -> None:
    times = noise(6, 16, 20)
    tifffile.imwrite(path, times, imagej=True, metadata={'axes': 'TYX'})
    assert np.array_equal(grey(path), times[0])
    assert 'plane 1 of 6 (T)' in said(path)


UUIDS = [f'urn:uuid:00000000-0000-0000-0000-00000000000{i}' for i in range(3)]


def described(me: int, images: list[str]) -> bytes:
    head = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'
    return f'{head} UUID="{UUIDS[me]}">{"".join(images)}</OME>'.encode()


def image_xml(sizes: str, planes: str, channels: str = '<Channel ID="C:0"/>') -> str:
    return (
        f'<Image ID="Image:0"><Pixels ID="P" DimensionOrder="XYZCT" Type="uint8" SizeX="20" '
        f'SizeY="16" {sizes}>{channels}{planes}</Pixels></Image>'
    )


def plane_xml(file: str, uuid: str, where: str = '') -> str:
    return (
        f'<TiffData IFD="0" PlaneCount="1" {where}><UUID FileName="{file}">{uuid}</UUID></TiffData>'
    )


def position(number: int) -> str:
    sizes = 'SizeZ="1" SizeC="1" SizeT="1"'
    return image_xml(sizes, plane_xml(f'Pos{number}.ome.tif', UUIDS[number]))


@pytest.mark.parametrize('alone', [False, True])
def test_a_file_of_a_set_is_its_own_image(tmp_path: Path, alone: bool) -> None:
    positions = noise(2, 16, 20)
    for i, pixels in enumerate(positions):
        description = described(i, [position(0), position(1)])
        tifffile.imwrite(tmp_path / f'Pos{i}.ome.tif', pixels, description=description)
    if alone:
        (tmp_path / 'Pos0.ome.tif').unlink()
    path = tmp_path / 'Pos1.ome.tif'
    assert np.array_equal(grey(path), positions[1])
    assert np.array_equal(read_image(path.read_bytes(), name='Pos1.ome.tif')[..., 0], positions[1])
    assert said(path).endswith('passed over: 1 image of the set in Pos0.ome.tif')


def channel_set(tmp_path: Path, names: list[str]) -> np.ndarray:
    """An image of three channels, one in each file."""
    pixels = noise(3, 16, 20)
    planes = ''.join(plane_xml(n, UUIDS[i], f'FirstC="{i}"') for i, n in enumerate(names))
    channels = ''.join(f'<Channel ID="C:{n}" Name="{n}"/>' for n in ('FITC', 'DAPI', 'Cy5'))
    xml = image_xml('SizeZ="1" SizeC="3" SizeT="1"', planes, channels)
    for i in range(3):
        where = tmp_path / f'c{i}.ome.tif'
        tifffile.imwrite(where, pixels[i], description=described(i, [xml]))
    return pixels


def test_channels_that_lie_beside_it_are_read(tmp_path: Path) -> None:
    pixels = channel_set(tmp_path, ['c0.ome.tif', 'c1.ome.tif', 'c2.ome.tif'])
    path = tmp_path / 'c0.ome.tif'
    assert np.array_equal(grey(path), pixels[1])
    assert np.array_equal(grey(path, channels=('Cy5',)), pixels[2])
    (tmp_path / 'c1.ome.tif').unlink()
    assert np.array_equal(grey(path), pixels[0])
    assert 'channel 1 of 2 (FITC)' in said(path)
    assert 'planes in c1.ome.tif, not beside it' in said(path)


@pytest.mark.parametrize('name', ['../c1.ome.tif', '/etc/passwd', 'C:\\c1.tif', '..', 'link.tif'])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / 'inside'
    folder.mkdir()
    pixels = channel_set(folder, ['c0.ome.tif', name, 'c2.ome.tif'])
    (folder / 'c1.ome.tif').rename(tmp_path / 'c1.ome.tif')
    (folder / 'link.tif').symlink_to(tmp_path / 'c1.ome.tif')
    assert np.array_equal(grey(folder / 'c0.ome.tif'), pixels[0])
    assert 'channel 1 of 2 (FITC)' in said(folder / 'c0.ome.tif')


def test_a_renamed_file_of_a_set(tmp_path: Path) -> None:
    pixels = noise(16, 20)
    path = tmp_path / 'copy.tif'
    tifffile.imwrite(path, pixels, description=described(1, [position(0), position(1)]))
    assert np.array_equal(grey(path), pixels)


BROKEN = {
    'half': b'<OME><Image>',
    'sizes': described(0, [image_xml('SizeZ="-1" SizeC="1" SizeT="1"', '<TiffData/>')]),
    'huge': described(0, [image_xml('SizeZ="99999999" SizeC="9999" SizeT="1"', '<TiffData/>')]),
    'words': described(0, [image_xml('SizeZ="z" SizeC="1" SizeT="1"', '<TiffData/>')]),
    'entities': b'<!DOCTYPE x [<!ENTITY a "b">]><OME>&a;</OME>',
    'no image': described(0, []),
    'pages that are not there': described(
        0, [image_xml('SizeZ="1" SizeC="1" SizeT="1"', '<TiffData IFD="77"/>')]
    ),
}


@pytest.mark.parametrize('description', BROKEN.values(), ids=BROKEN)
def test_a_description_of_no_use_leaves_the_pages(path: Path, description: bytes) -> None:
    pixels = noise(16, 20)
    tifffile.imwrite(path, pixels, description=description, metadata=None)
    assert np.array_equal(grey(path), pixels)


def test_a_slide_of_many_pages_is_read_without_its_label(path: Path) -> None:
    large, label = noise(64, 80, 3), noise(90, 90, 3)
    text = 'Aperio Image Library\n64x80 [0,0 80x64] |AppMag = 40|MPP = 0.25'
    with tifffile.TiffWriter(path) as file:
        file.write(large, photometric='rgb', tile=(32, 32), description=text, metadata=None)
        small = np.ascontiguousarray(large[::4, ::4])
        file.write(small, photometric='rgb', description=text, metadata=None)
        name = 'Aperio Image Library\nlabel 90x90'
        file.write(label, photometric='rgb', subfiletype=1, description=name, metadata=None)
    assert np.array_equal(read_image(path), large)
    assert '80 x 64, 0.25 µm (Aperio MPP), RGB 8 bit' in said(path)
    assert 'Label, 90 x 90' in said(path)


def ome(content: str, attributes: str = '') -> bytes:
    text = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
    pixels = (
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="20" '
        f'SizeY="16" SizeZ="1" SizeT="1" {attributes}>{content}</Pixels></Image></OME>'
    )
    return (text + pixels).encode()


ASIDES = ['label image', 'macro image', 'a.svs [Label]', 'Series_1 macro', 'thumbnail', 'PREVIEW']


@pytest.mark.parametrize('name', ASIDES)
def test_a_label_that_is_larger_than_the_slide_is_passed_over(tmp_path: Path, name: str) -> None:
    path, slide = tmp_path / 'a.ome.tif', noise(32, 40, 3)
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(slide, photometric='rgb', metadata={'Name': 'slide'})
        file.write(noise(64, 80, 3), photometric='rgb', metadata={'Name': name})
    assert np.array_equal(read_image(path), slide)
    assert f'passed over: series 2 ({name}, 80 x 64)' in said(path)


@pytest.mark.parametrize('name', ['labelled cells', 'macrophages', 'label 2 of the cells', 'scan'])
def test_names_that_are_none_of_labels(tmp_path: Path, name: str) -> None:
    path, large = tmp_path / 'a.ome.tif', noise(64, 80)
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(noise(32, 40), metadata={'Name': 'overview'})
        file.write(large, metadata={'Name': name})
    assert np.array_equal(grey(path), large)


def test_channels_named_by_their_stain(path: Path) -> None:
    planes = noise(3, 16, 20)
    channels = ''.join(f'<Channel ID="{name}" Fluor="{name}"/>' for name in ('FITC', 'DAPI', 'Cy5'))
    text = ome(f'{channels}<TiffData/>', 'SizeC="3"')
    tifffile.imwrite(path, planes, photometric='minisblack', description=text, metadata=None)
    assert np.array_equal(grey(path), planes[1])
    assert 'channel 2 of 3 (DAPI)' in said(path)


def write_companion(folder: Path, planes: np.ndarray) -> None:
    data = ''.join(
        f'<TiffData FirstC="{i}" IFD="0" PlaneCount="1"><UUID FileName="p{i}.ome.tif">urn:uuid:{i}'
        '</UUID></TiffData>'
        for i in range(len(planes))
    )
    channels = '<Channel ID="a" Name="FITC"/><Channel ID="b" Name="DAPI"/>'
    (folder / 'x.companion.ome').write_bytes(
        ome(channels + data, 'SizeC="2" PhysicalSizeX="0.5" PhysicalSizeY="0.5"')
    )
    text = b'<OME><BinaryOnly MetadataFile="x.companion.ome" UUID="urn:uuid:9"/></OME>'
    for i, plane in enumerate(planes):
        tifffile.imwrite(folder / f'p{i}.ome.tif', plane, description=text, metadata=None)


def test_the_companion_of_a_set_is_read(tmp_path: Path) -> None:
    planes = noise(2, 16, 20)
    write_companion(tmp_path, planes)
    path = tmp_path / 'p0.ome.tif'
    assert np.array_equal(grey(path), planes[1])
    assert np.array_equal(grey(path, channels=('FITC',)), planes[0])
    assert said(path) == (
        'p0.ome.tif: channel 2 of 2 (DAPI), 20 x 16, 0.5 µm (OME-XML), grey 8 bit'
    )
    (tmp_path / 'x.companion.ome').unlink()
    assert np.array_equal(grey(path), planes[0])
    assert said(path).endswith('passed over: what x.companion.ome says of it')


def test_a_companion_elsewhere_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / 'in').mkdir()
    write_companion(tmp_path, noise(2, 16, 20))
    text = b'<OME><BinaryOnly MetadataFile="../x.companion.ome" UUID="urn:uuid:9"/></OME>'
    path = tmp_path / 'in' / 'p0.ome.tif'
    tifffile.imwrite(path, noise(16, 20), description=text, metadata=None)
    assert '0.5' not in said(path)


LACKING = {
    'more channels than pages': ('SizeC="4"', (2, 16, 20), 'minisblack', '2 planes that the file'),
    'samples called channels': ('SizeC="3"', (16, 20, 3), 'rgb', ''),
}


@pytest.mark.parametrize(('sizes', 'shape', 'color', 'words'), LACKING.values(), ids=LACKING)
def test_pages_that_a_file_states_and_lacks(
    path: Path, sizes: str, shape: tuple, color: str, words: str
) -> None:
    channels = ''.join(f'<Channel ID="{i}"/>' for i in range(int(sizes[7])))
    text = ome(f'{channels}<TiffData/>', sizes)
    tifffile.imwrite(path, noise(*shape), photometric=color, description=text, metadata=None)
    assert ('passed over' in said(path)) == bool(words)
    assert words in said(path)


def test_a_stack_of_imagej_that_was_cut_off_is_said(path: Path) -> None:
    first = noise(16, 20)
    text = b'ImageJ=1.53t\nimages=5\nslices=5\n'
    tifffile.imwrite(path, first, description=text, metadata=None)
    assert np.array_equal(grey(path), first)
    assert '4 planes that the file states and lacks' in said(path)
