"""Every format read back by a library that is not ours, equal to the masks that were written."""

import json
import tracemalloc
import uuid
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas
import PIL.Image
import pytest
import shapely
import tifffile
from pyarrow import parquet
from pycocotools.coco import COCO
from shapely.geometry import shape

from mmnuc.evaluation.submission import FORMATS as BOARDS
from mmnuc.evaluation.submission import BoardImage, BoardImages, ImageResult
from mmnuc.evaluation.submission.dsb2018 import encode
from mmnuc.export import FORMATS, coco_file, format_of, save, to_dataframe
from mmnuc.export.label_image import label_bands
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.crops import from_bitmaps
from mmnuc.structures import Nuclei

Make = Callable[..., tuple[Nuclei, np.ndarray]]


def test_coco(tmp_path: Path, make: Make) -> None:
    nuclei, masks = make(pixel_size=0.5)
    with coco_file(tmp_path / 'found.json') as file:
        file.add('a.png', nuclei)
        file.add('empty.png', Nuclei.empty(9, 9, class_names=nuclei.class_names))
        file.add('b.png', nuclei)
    coco = COCO(str(tmp_path / 'found.json'))
    assert [coco.imgs[i]['file_name'] for i in (1, 2, 3)] == ['a.png', 'empty.png', 'b.png']
    assert [category['name'] for category in coco.cats.values()] == list(nuclei.class_names)
    for image_id, count in ((1, 11), (2, 0), (3, 11)):
        assert len(coco.getAnnIds(image_id)) == count
    for entry, mask, score, label in zip(
        coco.loadAnns(coco.getAnnIds(3)),
        masks[1:],
        nuclei.scores[1:],
        nuclei.labels[1:],
        strict=True,
    ):
        assert np.array_equal(coco.annToMask(entry), mask)
        assert np.float32(entry['score']) == score
        assert (entry['category_id'], entry['area']) == (label + 1, mask.sum())
        x, y, w, h = entry['bbox']
        assert mask[y : y + h, x : x + w].sum() == mask.sum()
    assert len(set(coco.anns)) == 22


def test_coco_refuses_classes_that_change(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make()
    others = Nuclei(nuclei.crops, nuclei.scores, nuclei.labels, ('other', 'names'))
    with coco_file(tmp_path / 'x.json') as file:
        file.add('a.png', nuclei)
        with pytest.raises(ValueError, match=r'b\.png has classes'):
            file.add('b.png', others)


def test_geojson(tmp_path: Path, make: Make, image: np.ndarray) -> None:
    nuclei, masks = make(pixel_size=0.5)
    save(tmp_path / 'a.geojson', nuclei, image)
    collection = json.loads((tmp_path / 'a.geojson').read_text())
    assert collection['type'] == 'FeatureCollection'
    features = collection['features']
    assert len({uuid.UUID(feature['id']) for feature in features}) == len(masks) - 1
    y, x = np.mgrid[:40, :60] + 0.5
    kinds = set()
    for feature, mask, label in zip(features, masks[1:], nuclei.labels[1:], strict=True):
        geometry = shape(feature['geometry'])
        kinds.add(geometry.geom_type)
        assert geometry.is_valid
        assert np.array_equal(shapely.contains_xy(geometry, x, y), mask > 0)
        properties = feature['properties']
        assert properties['objectType'] == 'detection'
        assert properties['classification']['name'] == nuclei.class_names[label]
        assert len(properties['classification']['color']) == 3
        measured = properties['measurements']
        assert all(isinstance(value, (int, float)) for value in measured.values())
        assert measured['area'] == mask.sum()
        assert measured['area_um2'] == mask.sum() / 4
        assert measured['mean_red'] == pytest.approx(image[mask > 0, 0].mean())
    assert kinds == {'Polygon', 'MultiPolygon'}


def test_geojson_ids_tell_copies_apart_and_stay(tmp_path: Path) -> None:
    twins = Nuclei.of_crops(from_bitmaps(np.ones((2, 3, 3), np.uint8)))
    first, second = (
        save(tmp_path / name, twins).read_text() for name in ('a.geojson', 'b.geojson')
    )
    assert first == second
    assert len({feature['id'] for feature in json.loads(first)['features']}) == 2


@pytest.mark.parametrize('size_hw', [(1, 1), (40, 60), (513, 1100)])
def test_label_images(tmp_path: Path, make: Make, size_hw: tuple[int, int]) -> None:
    nuclei, _ = make(size_hw=size_hw)
    want = nuclei.to_label_map()
    save(tmp_path / 'a.tif', nuclei)
    with tifffile.TiffFile(tmp_path / 'a.tif') as file:
        page = file.pages[0]
        assert (page.is_tiled, page.dtype, page.compression.name) == (
            True,
            np.uint16,
            'ADOBE_DEFLATE',
        )
        assert np.array_equal(page.asarray(), want)
    assert np.array_equal(cv2.imread(str(tmp_path / 'a.tif'), cv2.IMREAD_UNCHANGED), want)
    save(tmp_path / 'a.png', nuclei)
    read = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert read.dtype == np.uint16
    assert np.array_equal(read, want)


def test_label_bands_of_any_height_are_the_label_map(make: Make) -> None:
    nuclei, _ = make()
    want = nuclei.to_label_map()
    for rows in (1, 7, 40, 99):
        assert np.array_equal(np.concatenate(list(label_bands(nuclei, rows))), want)


def test_label_images_of_very_many_nuclei(tmp_path: Path) -> None:
    many = Nuclei.from_label_map(np.arange(1, 300 * 300 + 1).reshape(300, 300))
    save(tmp_path / 'a.tif', many)
    read = tifffile.imread(tmp_path / 'a.tif')
    assert read.dtype == np.uint32
    assert np.array_equal(read, np.arange(1, 90001).reshape(300, 300))
    with pytest.raises(ValueError, match='65,535 nuclei, not 90,000: write a TIFF'):
        save(tmp_path / 'a.png', many)
    assert [file.name for file in tmp_path.iterdir()] == ['a.tif']


def test_tiff_states_the_size_of_a_pixel(tmp_path: Path, make: Make) -> None:
    save(tmp_path / 'a.tif', make(pixel_size=0.25)[0])
    with tifffile.TiffFile(tmp_path / 'a.tif') as file:
        tags = file.pages[0].tags
        assert tags['ResolutionUnit'].value.name == 'CENTIMETER'
        numerator, denominator = tags['XResolution'].value
        assert 1e4 / (numerator / denominator) == pytest.approx(0.25)


NOTE = 'a.tif: channel 1 of 4 (DAPI), 16 bit, 92…4,131 → 0…255, 0.5 x 0.25 µm'


class Noted:
    """An image that says what was read."""

    height, width, description = 40, 60, NOTE

    def read(self, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
        return np.zeros((y2 - y1, x2 - x1, 3), np.uint8)


def test_what_was_read_is_noted(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make(pixel_size=(0.5, 0.25))
    for name, known in FORMATS.items():
        save(tmp_path / f'a{known.suffixes[0]}', nuclei, Noted(), name)
    collection = json.loads((tmp_path / 'a.geojson').read_text())
    assert (collection['description'], collection['pixel_size_um']) == (NOTE, [0.5, 0.25])
    coco = json.loads((tmp_path / 'a.coco.json').read_text())
    assert coco['info'] == {'description': NOTE}
    assert (coco['images'][0]['pixel_size_um'], coco['images'][0]['description']) == (
        [0.5, 0.25],
        NOTE,
    )
    about = parquet.read_schema(tmp_path / 'a.parquet').metadata
    assert about[b'description'].decode() == NOTE
    assert about[b'pixel_size_um'] == b'0.5,0.25'
    for name in ('a.labels.png', 'a.overlay.png'):
        with PIL.Image.open(tmp_path / name) as picture:
            assert picture.text['Description'] == NOTE
            assert picture.info['dpi'] == pytest.approx((50_800, 101_600))
    assert NOTE not in (tmp_path / 'a.csv').read_text()
    with tifffile.TiffFile(tmp_path / 'a.labels.tif') as file:
        assert file.is_ome
        image = tifffile.xml2dict(file.ome_metadata)['OME']['Image']
    assert image['Description'] == NOTE
    pixels = image['Pixels']
    assert (pixels['PhysicalSizeX'], pixels['PhysicalSizeXUnit']) == (0.5, 'µm')
    assert (pixels['PhysicalSizeY'], pixels['PhysicalSizeYUnit']) == (0.25, 'µm')


def test_a_note_may_be_given(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make()
    path = save(tmp_path / 'a.geojson', nuclei, Noted(), description='enlarged')
    assert json.loads(path.read_text())['description'] == 'enlarged'
    again = save(tmp_path / 'b.tif', nuclei, Noted()).read_bytes()
    assert again == save(tmp_path / 'b.tif', nuclei, Noted()).read_bytes()


def test_nothing_is_noted_of_what_is_not_known(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make()
    assert (
        save(tmp_path / 'a.geojson', nuclei)
        .read_text()
        .startswith('{"type": "FeatureCollection", "features": [')
    )
    assert 'info' not in json.loads(save(tmp_path / 'a.json', nuclei).read_text())
    with tifffile.TiffFile(save(tmp_path / 'a.tif', nuclei)) as file:
        assert 'ImageDescription' not in file.pages[0].tags


def test_coco_notes_every_image(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make(pixel_size=0.5)
    parts = [tmp_path / name for name in ('a.coco.json', 'b.coco.json')]
    for part in parts:
        save(part, nuclei, description=part.name)
    FORMATS['coco'].join(tmp_path / 'all.json', parts)
    coco = json.loads((tmp_path / 'all.json').read_text())
    assert coco['info'] == {'description': 'a.coco.json\nb.coco.json'}
    assert [image['description'] for image in coco['images']] == ['a.coco.json', 'b.coco.json']
    assert coco['images'][0]['pixel_size_um'] == 0.5


def test_tables(tmp_path: Path, make: Make, image: np.ndarray) -> None:
    nuclei, masks = make(pixel_size=0.5)
    frame = to_dataframe(nuclei, image)
    assert frame['id'].tolist() == list(range(2, 13))
    assert frame['area'].tolist() == masks[1:].sum((1, 2)).tolist()
    assert frame['class'].tolist()[:2] == ['not, quite', 'nucleus']
    exact = parquet.read_table(save(tmp_path / 'a.parquet', nuclei, image)).to_pandas()
    pandas.testing.assert_frame_equal(exact, frame, check_dtype=False)
    read = pandas.read_csv(save(tmp_path / 'a.csv', nuclei, image))
    pandas.testing.assert_frame_equal(read, frame, check_dtype=False, rtol=1e-9)


def test_tables_have_what_was_asked(make: Make, image: np.ndarray) -> None:
    plain, measured = make()[0], make(pixel_size=0.5)[0]
    assert not [name for name in to_dataframe(plain) if '_um' in name or 'mean' in name]
    assert [name for name in to_dataframe(measured, image) if '_um' in name or 'mean' in name]


def test_dsb_equals_the_submission(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make()
    content = save(tmp_path / 'tile.dsb.csv', nuclei).read_bytes()
    images = BoardImages((BoardImage(1, 'tile.png', 40, 60),))
    rles, boxes = crops_to_rles(nuclei.crops), np.zeros((len(nuclei.crops), 4))
    result = ImageResult(1, 'tile.png', 40, 60, rles, nuclei.scores, nuclei.labels, boxes)
    assert content == encode([result], images)
    assert BOARDS['dsb2018'].validate(content, images).valid


def test_overlay(tmp_path: Path, make: Make, image: np.ndarray) -> None:
    nuclei, masks = make()
    drawn = cv2.imread(str(save(tmp_path / 'a.overlay.png', nuclei, image)))[..., ::-1]
    assert np.array_equal(drawn, nuclei.draw(image))
    outside = ~masks.any(0)
    assert np.array_equal(drawn[outside], image[outside])
    assert not np.array_equal(drawn, image)


@pytest.mark.parametrize('name', ['coco', 'geojson', 'csv', 'parquet', 'tiff'])
def test_memory_does_not_grow_with_the_nuclei(tmp_path: Path, name: str) -> None:
    peaks = []
    for side in (60, 120):
        label_map = np.zeros((600, 600), np.int32)
        label_map[: 4 * side, : 4 * side] = 1 + np.arange(side**2).reshape(side, side).repeat(
            4, axis=0
        ).repeat(4, axis=1)
        nuclei = Nuclei.from_label_map(label_map)
        save(tmp_path / 'warm', nuclei[:1], format=name)
        tracemalloc.start()
        save(tmp_path / 'all', nuclei, format=name)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    few, many = peaks
    # Four times as many nuclei, less than two hundred bytes for each that was added.
    assert many - few < 200 * (120**2 - 60**2)


@pytest.mark.parametrize('name', FORMATS)
def test_no_nuclei_at_all(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / 'none', Nuclei.empty(4, 5), np.zeros((4, 5, 3), np.uint8), name)
    assert path.stat().st_size > 0


def test_no_nuclei_read_back(tmp_path: Path) -> None:
    none = Nuclei.empty(4, 5)
    assert not tifffile.imread(none.save(tmp_path / 'a.tif')).any()
    assert json.loads(none.save(tmp_path / 'a.geojson').read_text())['features'] == []
    assert len(pandas.read_csv(none.save(tmp_path / 'a.csv'))) == 0
    assert parquet.read_table(none.save(tmp_path / 'a.parquet')).num_rows == 0
    assert len(COCO(str(none.save(tmp_path / 'a.json'))).anns) == 0
    assert none.save(tmp_path / 'a.dsb.csv').read_text().endswith('\na,\n')


SUFFIXES = {
    'a.json': 'coco',
    'a.coco.json': 'coco',
    'a.GeoJSON': 'geojson',
    'a.tif': 'tiff',
    'a.labels.tif': 'tiff',
    'a.tiff': 'tiff',
    'a.png': 'png',
    'a.labels.png': 'png',
    'a.overlay.png': 'overlay',
    'a.csv': 'csv',
    'a.dsb.csv': 'dsb',
    'a.parquet': 'parquet',
}


@pytest.mark.parametrize(('name', 'want'), SUFFIXES.items())
def test_suffix_chooses(name: str, want: str) -> None:
    assert format_of(name).name == want


def test_unknown_formats_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'no format for a\.xml; a file ends in .*\.geojson'):
        save(tmp_path / 'a.xml', Nuclei.empty(1, 1))
    with pytest.raises(ValueError, match="no format 'qupath'; there are coco, geojson"):
        save(tmp_path / 'a.json', Nuclei.empty(1, 1), format='qupath')
    assert list(tmp_path.iterdir()) == []


WRONG_IMAGES = {
    'grey': (np.zeros((4, 5), np.uint8), r'not uint8 \(4, 5\)'),
    'float': (np.zeros((4, 5, 3)), 'not float64'),
    'another size': (np.zeros((5, 4, 3), np.uint8), '4 x 5 pixels, not 5 x 4'),
}


@pytest.mark.parametrize(('image', 'words'), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_wrong_images_are_refused(tmp_path: Path, image: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        save(tmp_path / 'a.csv', Nuclei.empty(4, 5), image)


def test_a_writer_that_fails_leaves_the_old_file(tmp_path: Path, make: Make) -> None:
    path = tmp_path / 'a.geojson'
    path.write_text('old')
    broken = Nuclei.of_crops(make()[0].crops, np.full(12, np.inf))
    with pytest.raises(ValueError, match='JSON'):
        save(path, broken)
    assert path.read_text() == 'old'
    assert len(list(tmp_path.iterdir())) == 1
