"""QuPath's GeoJSON: our own export and shapes of QuPath's, and what is no nucleus."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.geojson import class_names_of_geojson, read_geojson
from mmnuc.export.geojson import write_geojson
from mmnuc.export.outlines import outlines
from mmnuc.ops.crops import from_bitmaps, to_bitmaps
from mmnuc.structures import Nuclei


def square(x: float, y: float, side: float = 4) -> list:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def feature(*rings: list, kind: str | None = 'detection', name: str | None = None, **more) -> dict:
    properties = {'objectType': kind} if kind else {}
    if name:
        properties['classification'] = {'name': name, 'color': [1, 2, 3]}
    geometry = {'type': 'Polygon', 'coordinates': list(rings)}
    return {'type': 'Feature', 'geometry': geometry, 'properties': properties} | more


def read(*features: object, height: int = 40, width: int = 40):
    return read_geojson(json.dumps(features).encode(), height, width)


def test_our_own_export_comes_back(tmp_path: Path, make_any: Callable) -> None:
    masks = make_any(20)
    names, labels = ('epithelial', 'other'), np.arange(20) % 2
    scores = np.linspace(0.3, 0.99, 20).astype(np.float32)
    write_geojson(tmp_path / 'a.geojson', Nuclei(from_bitmaps(masks), scores, labels, names))
    found = read_geojson((tmp_path / 'a.geojson').read_bytes(), 60, 60)
    assert np.array_equal(to_bitmaps(found.crops), masks)
    assert [found.class_names[i] for i in found.labels] == [names[i] for i in labels]
    assert np.allclose(found.scores, scores, atol=1e-6)
    assert found.notes == ()


@given(arrays(np.uint8, (2, 9, 8), elements=st.integers(0, 1)))
def test_outlines_along_the_edges_of_pixels_come_back(masks: np.ndarray) -> None:
    features = [
        {
            'geometry': {'type': 'MultiPolygon', 'coordinates': polygons},
            'properties': {'objectType': 'detection'},
        }
        for polygons in outlines(from_bitmaps(masks))
    ]
    found = read(*features, height=9, width=8)
    assert np.array_equal(to_bitmaps(found.crops), masks[masks.any(axis=(1, 2))])


WRAPPED = {
    'a collection': lambda f: {'type': 'FeatureCollection', 'features': [f]},
    'a list': lambda f: [f],
    'a feature': lambda f: f,
}


@pytest.mark.parametrize('wrap', WRAPPED.values(), ids=WRAPPED.keys())
def test_every_wrapping_is_read(wrap: Callable) -> None:
    text = json.dumps(wrap(feature(square(1, 2))))
    for data in (text.encode(), text.encode('utf-8-sig')):
        assert read_geojson(data, 9, 9).crops.boxes_xyxy.tolist() == [[1, 2, 5, 6]]


SHAPES = {
    'a hole': ({'type': 'Polygon', 'coordinates': [square(0, 0, 10), square(2, 2, 3)]}, 91),
    'parts': ({'type': 'MultiPolygon', 'coordinates': [[square(0, 0)], [square(9, 9)]]}, 32),
    'parts that overlap': (
        {'type': 'MultiPolygon', 'coordinates': [[square(0, 0)], [square(2, 0)]]}, 24,
    ),
    'a collection': (
        {'type': 'GeometryCollection', 'geometries': [
            {'type': 'Polygon', 'coordinates': [square(0, 0)]},
            {'type': 'Point', 'coordinates': [1, 1]},
        ]},
        16,
    ),
    'with heights': ({'type': 'Polygon', 'coordinates': [[[*p, 7] for p in square(0, 0)]]}, 16),
    'open': ({'type': 'Polygon', 'coordinates': [square(0, 0)[:-1]]}, 16),
    'leaving the image': ({'type': 'Polygon', 'coordinates': [square(-2, -2)]}, 4),
}  # fmt: skip


@pytest.mark.parametrize(('geometry', 'area'), SHAPES.values(), ids=SHAPES.keys())
def test_shapes(geometry: dict, area: int) -> None:
    found = read({'geometry': geometry, 'properties': {'objectType': 'detection'}})
    assert found.crops.areas.tolist() == [area]


def test_the_nucleus_of_a_cell_counts() -> None:
    nucleus = {'type': 'Polygon', 'coordinates': [square(3, 3, 2)]}
    inside = feature(square(0, 0, 9), kind='cell')
    inside['properties']['nucleusGeometry'] = nucleus
    found = read(feature(square(0, 0, 9), kind='cell', nucleusGeometry=nucleus), inside)
    assert found.crops.areas.tolist() == [4, 4]


CLASSES = {
    'a name': ({'name': 'Tumor', 'color': [1, 2, 3]}, 'Tumor'),
    'an old colour': ({'name': 'Tumor', 'colorRGB': -3670016}, 'Tumor'),
    'derived': ({'names': ['Tumor', 'Positive']}, 'Tumor: Positive'),
    'text': ('Tumor', 'Tumor'),
    'none': (None, 'nucleus'),
    'empty': ({}, 'nucleus'),
}


@pytest.mark.parametrize(('given_name', 'expected'), CLASSES.values(), ids=CLASSES.keys())
def test_classes(given_name: object, expected: str) -> None:
    one = feature(square(0, 0))
    one['properties']['classification'] = given_name
    assert read(one).class_names == (expected,)
    assert class_names_of_geojson(json.dumps([one]).encode()) == (expected,)


SCORES = {
    'ours': {'score': 0.5},
    'StarDist in QuPath': {'Detection probability': 0.5},
    'a list': [{'name': 'Probability', 'value': 0.5}],
}


@pytest.mark.parametrize('measurements', SCORES.values(), ids=SCORES.keys())
def test_scores(measurements: object) -> None:
    one = feature(square(0, 0))
    one['properties']['measurements'] = measurements
    assert read(one).scores.tolist() == [0.5]
    assert read(one, feature(square(9, 9))).scores is None


def test_what_is_no_nucleus_is_passed_over_by_name() -> None:
    point = {'geometry': {'type': 'Point', 'coordinates': [1, 1]}, 'properties': None}
    found = read(
        feature(square(0, 0)),
        feature(square(0, 0, 30), kind='annotation', name='Tumor'),
        feature(square(0, 0), kind='tile'),
        feature(square(0, 0), kind='tma_core'),
        feature(square(0, 0), name='Ignore*'),
        feature(square(0, 0), id='PathTileObject', kind=None),
        point,
        {'type': 'Feature', 'geometry': None, 'properties': {}},
    )
    assert len(found) == 1
    assert found.notes == (
        'passed over 2 objects: tile',
        'passed over 1 object: tma_core',
        'passed over 1 object: class Ignore*',
        'passed over 1 object: Point',
        'passed over 1 object: without geometry',
        'passed over 1 object: annotation Tumor beside detections',
    )


def test_annotations_are_nuclei_but_for_regions_around_them() -> None:
    nuclei = [feature(square(x, 2), kind='annotation', name='a') for x in (2, 8, 14)]
    region = feature(square(0, 0, 20), kind='annotation', name='Stroma')
    found = read(*nuclei, region)
    assert found.crops.areas.tolist() == [16, 16, 16]
    assert found.notes == ('passed over 1 object: annotation Stroma around others',)
    assert class_names_of_geojson(json.dumps([*nuclei, region]).encode()) == ('a',)
    assert len(read(*nuclei)) == 3
    # A large nucleus beside others, or one that overlaps another a little, stays.
    assert len(read(*nuclei, feature(square(2, 10, 16), kind='annotation'))) == 4
    assert len(read(feature(square(0, 0, 38), kind='annotation'))) == 0


def test_all_nuclei_of_a_class_in_one_are_taken_apart() -> None:
    parts = [[square(x, y)] for x in range(0, 30, 6) for y in (0, 6, 12)]
    one = feature(kind='annotation', name='Neoplastic')
    one['geometry'] = {'type': 'MultiPolygon', 'coordinates': parts}
    found = read(one)
    assert (len(found), found.class_names) == (15, ('Neoplastic',))
    assert 'each of its parts is taken for a nucleus' in found.notes[0]


def test_no_features_are_no_nuclei() -> None:
    found = read_geojson(b'{"type": "FeatureCollection", "features": []}', 9, 9)
    assert (len(found), found.class_names, found.scores) == (0, ('nucleus',), None)


def polygon(*points: list) -> bytes:
    return json.dumps([feature(list(points))]).encode()


BAD = {
    'no json': (b'{', 'is no json'),
    'not in UTF-8': (b'\xff\xfe', 'is no json'),
    'empty': (b'', 'is no json'),
    'another json': (b'{"a": 1}', 'is no GeoJSON'),
    'a list of numbers': (b'[1]', 'is no GeoJSON'),
    'NaN': (polygon([0, 0], [1, 0], [float('nan'), 1]), 'feature 1 has coordinates that are no'),
    'infinity': (polygon([0, 0], [1, 0], [float('inf'), 1]), 'are no numbers'),
    'far': (polygon([0, 0], [2e8, 0], [1, 1]), 'feature 1 has a coordinate of 200000000 pixels'),
    'two points': (polygon([0, 0], [1, 0]), 'no outline of at least 3 points'),
    'words': (polygon('ab', 'cd', 'ef'), 'no pairs of numbers'),
    'flat': (polygon(0, 0, 1, 1, 2, 2), 'no outline of at least 3 points'),
    'coordinates of text': (
        b'[{"geometry": {"type": "Polygon", "coordinates": "x"}}]', 'no list of coordinates',
    ),
    'no type': (b'[{"geometry": {"coordinates": []}}]', 'a geometry without a type'),
    'deep': (b'[' * 100_000, 'nested too deep'),
    'a class of numbers': (b'[{"geometry": null, "properties": {"classification": 3}}]', 'no text'),
    'a long number': (b'[{"geometry": ' + b'1' * 5000 + b'}]', 'is no json'),
}  # fmt: skip


@pytest.mark.parametrize(('data', 'told'), BAD.values(), ids=BAD.keys())
def test_what_is_no_geojson_is_told(data: bytes, told: str) -> None:
    with pytest.raises(AnnotationError, match=told):
        read_geojson(data, 40, 40)


MARKS = {
    'points': {'type': 'Point', 'coordinates': [1, 2]},
    'many points': {'type': 'MultiPoint', 'coordinates': [[1, 2]]},
    'lines': {'type': 'LineString', 'coordinates': [[1, 2], [3, 4]]},
}


@pytest.mark.parametrize('geometry', MARKS.values(), ids=MARKS.keys())
def test_marks_without_outlines_do_not_say_that_there_is_no_nucleus(geometry: dict) -> None:
    mark = {'type': 'Feature', 'geometry': geometry, 'properties': {}}
    with pytest.raises(
        AnnotationError, match=f'holds no outline, only 1 object: {geometry["type"]}'
    ):
        read(mark)
    assert len(read(mark, feature(square(1, 1)))) == 1
    assert len(read(feature(square(1, 1), kind='tile'))) == 0


def test_scores_of_some_nuclei_are_not_read_and_that_is_said() -> None:
    scored = feature(square(1, 1))
    scored['properties']['measurements'] = {'score': 0.5}
    found = read(scored, feature(square(9, 9)))
    assert found.scores is None
    assert found.notes == ('only 1 of 2 nuclei have a score: none is read',)


def test_outlines_in_several_slices_are_refused() -> None:
    planes = [{'c': -1, 'z': z, 't': 0} for z in (0, 0, 3)]
    features = [feature(square(1 + 9 * i, 1)) for i in range(3)]
    for one, plane in zip(features, planes, strict=True):
        one['geometry']['plane'] = plane
    assert len(read(*features[:2])) == 2
    with pytest.raises(AnnotationError, match='several slices of a stack: z 0 t 0, z 3 t 0'):
        read(*features)
