"""GeoJSON as QuPath exports it, and as this project writes it.

Coordinates are pixels of the full image; the first pixel is the square from (0, 0) to (1, 1), and
a pixel is inside if its centre is. A FeatureCollection, a list of features and a single feature are
read. Of a cell the nucleus counts (``nucleusGeometry``). What QuPath calls an annotation is a
nucleus, unless the file has detections or cells, or the annotation is a region around others.

Source: https://qupath.readthedocs.io/en/stable/docs/advanced/exporting_annotations.html#geojson
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.annotations.annotations import (
    NUCLEUS,
    AnnotationError,
    Annotations,
    counted,
    numbered_classes,
    refuse_marks,
    unused_scores,
)
from mmnuc.annotations.fill import Corners, Piece, crops_of, fill_polygon, ring_of, united
from mmnuc.annotations.json_text import read_json
from mmnuc.annotations.regions import regions_among

# QuPath's names of object types, and those of its versions up to 0.2.
_TYPES = {
    'pathannotationobject': 'annotation',
    'pathdetectionobject': 'detection',
    'pathcellobject': 'cell',
    'pathtileobject': 'tile',
    'tmacoreobject': 'tma_core',
    'pathrootobject': 'root',
}
_NUCLEI = ('detection', 'cell')
_NO_NUCLEI = ('tile', 'tma_core', 'root')
# What says that there is a nucleus, but not where it ends.
_MARKS = ('Point', 'MultiPoint', 'LineString', 'MultiLineString')
# From here on an annotation of several parts is what CellViT writes: all nuclei of a class in one.
_PARTS_OF_MANY = 10
_SCORES = ('score', 'probability', 'detection probability', 'confidence')


@dataclass(frozen=True)
class _Object:
    """One nucleus to be."""

    where: str
    kind: str
    class_name: str | None
    score: float | None
    polygons: list[list[Corners]]


def read_geojson(data: bytes, height: int, width: int) -> Annotations:
    """Read the nuclei of an image.

    Args:
        data: The file's content.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The nuclei with class and, where every one states it, score. The notes name what was passed
        over: points, lines, regions, tiles, classes that end in ``*`` (which QuPath ignores).

    Raises:
        AnnotationError: The file is no GeoJSON, or an outline can't be meant.

    Example:
        >>> ring = '[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]'
        >>> one = '{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [%s]}}'
        >>> read_geojson((one % ring).encode(), 4, 4).crops.boxes_xyxy.tolist()
        [[0, 0, 2, 1]]
    """
    passed: Counter[str] = Counter()
    found = _nuclei(data, passed, height * width)
    refuse_marks(len(found), passed, _MARKS)
    labels, classes = numbered_classes([one.class_name or NUCLEUS for one in found])
    return Annotations(
        crops_of([_fill(one, height, width) for one in found], height, width),
        labels,
        classes,
        _scores(found),
        tuple(one.where for one in found),
        (
            *(f'passed over {counted(n, "object")}: {what}' for what, n in passed.items()),
            *unused_scores([one.score for one in found]),
        ),
    )


def class_names_of_geojson(data: bytes) -> tuple[str, ...]:
    """The classes of a file's nuclei, in the order in which they occur.

    Raises:
        AnnotationError: The file is no GeoJSON, or an outline can't be meant.

    Example:
        >>> class_names_of_geojson(b'[{"geometry": null}]')
        ()
    """
    return tuple(dict.fromkeys(one.class_name or NUCLEUS for one in _nuclei(data, Counter())))


def _nuclei(data: bytes, passed: Counter[str], image_area: float | None = None) -> list[_Object]:
    """What of a file is a nucleus; the rest is counted by what it is."""
    features = _features(read_json(data))
    _refuse_planes(features)
    found = list(_objects(features, passed))
    if any(one.kind in _NUCLEI for one in found):
        is_region = [one.kind == 'annotation' for one in found]
        place = 'beside detections'
    else:
        is_region = regions_among([one.polygons for one in found], image_area)
        place = 'around others'
    for one in (one for one, is_one in zip(found, is_region, strict=True) if is_one):
        passed[f'annotation {one.class_name or "without a class"} {place}'] += 1
    return [one for one, is_one in zip(found, is_region, strict=True) if not is_one]


def _features(content: Any) -> Sequence[Any]:
    if isinstance(content, dict) and content.get('type') == 'FeatureCollection':
        content = content.get('features')
    elif isinstance(content, dict) and content.get('type') == 'Feature':
        content = [content]
    if not isinstance(content, list) or not all(_is_feature(entry) for entry in content):
        raise AnnotationError('is no GeoJSON: neither a FeatureCollection nor a list of features')
    return content


def _is_feature(entry: Any) -> bool:
    return isinstance(entry, dict) and ('geometry' in entry or entry.get('type') == 'Feature')


def _objects(features: Sequence[Any], passed: Counter[str]) -> Iterator[_Object]:
    for number, feature in enumerate(features, 1):
        where = f'feature {number}'
        properties = feature.get('properties')
        properties = properties if isinstance(properties, dict) else {}
        kind = _kind(feature, properties)
        class_name = _class_name(properties, where)
        if kind in _NO_NUCLEI:
            passed[kind] += 1
        elif class_name is not None and class_name.endswith('*'):
            passed[f'class {class_name}'] += 1
        else:
            polygons = list(_polygons(_geometry(feature, properties), where, passed))
            score = _score(properties, where)
            if kind == 'annotation' and len(polygons) > _PARTS_OF_MANY:
                passed['MultiPolygon itself: each of its parts is taken for a nucleus'] += 1
                parts = [[part] for part in polygons]
            else:
                parts = [polygons] if polygons else []
            yield from (_Object(where, kind, class_name, score, part) for part in parts)


def _plane(geometry: Any) -> tuple[int, int]:
    """Slice and time of an outline, as QuPath states them in a stack."""
    plane = geometry.get('plane') if isinstance(geometry, dict) else None
    stated = plane if isinstance(plane, dict) else {}
    z, t = (stated.get(axis) for axis in 'zt')
    return (z if isinstance(z, int) else 0, t if isinstance(t, int) else 0)


def _refuse_planes(features: Sequence[Any]) -> None:
    """Refuse outlines in several slices of a stack: an image is one.

    Raises:
        AnnotationError: They are in several.
    """
    planes = sorted({_plane(feature.get('geometry')) for feature in features})
    if len(planes) > 1:
        seen = ', '.join(f'z {z} t {t}' for z, t in planes[:5])
        raise AnnotationError(f'its objects belong to several slices of a stack: {seen}')


def _kind(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    for value in (
        properties.get('objectType'),
        properties.get('object_type'),
        feature.get('id'),
    ):
        low = value.lower() if isinstance(value, str) else ''
        if low in _TYPES or low in _TYPES.values():
            return _TYPES.get(low, low)
    return 'annotation'


def _class_name(properties: Mapping[str, Any], where: str) -> str | None:
    """The class; None for an object that has none."""
    given = properties.get('classification')
    if isinstance(given, dict):
        names = given.get('names')
        given = given.get('name') or (': '.join(map(str, names)) if names else None)
    if given is None or given == '':
        return None
    if not isinstance(given, str):
        raise AnnotationError(f'{where} has a classification whose name is no text')
    return given


def _geometry(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
    nucleus = feature.get('nucleusGeometry') or properties.get('nucleusGeometry')
    return nucleus or feature.get('geometry')


def _polygons(geometry: Any, where: str, passed: Counter[str]) -> Iterator[list[Corners]]:
    if geometry is None:
        passed['without geometry'] += 1
        return
    if not isinstance(geometry, dict) or not isinstance(geometry.get('type'), str):
        raise AnnotationError(f'{where} has a geometry without a type')
    kind = geometry['type']
    if kind == 'GeometryCollection':
        for member in _list(geometry.get('geometries'), where):
            yield from _polygons(member, where, passed)
    elif kind in ('Polygon', 'MultiPolygon'):
        parts = _list(geometry.get('coordinates'), where)
        real = [part for part in (parts if kind == 'MultiPolygon' else [parts]) if part]
        passed.update(['without geometry'] if not real else [])
        yield from ([ring_of(ring, where) for ring in _list(part, where)] for part in real)
    else:
        passed[kind] += 1


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise AnnotationError(f'{where} has no list of coordinates')
    return value


def _score(properties: Mapping[str, Any], where: str) -> float | None:
    measured = properties.get('measurements') or {}
    if isinstance(measured, list):
        pairs = [(m.get('name'), m.get('value')) for m in measured if isinstance(m, dict)]
    elif isinstance(measured, dict):
        pairs = list(measured.items())
    else:
        return None
    named = {str(name).lower(): value for name, value in pairs}
    for name in _SCORES:
        value = named.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not isfinite(value):
                raise AnnotationError(f'{where} has a {name} of {value}')
            return float(value)
    return None


def _scores(objects: Sequence[_Object]) -> NDArray[np.float64] | None:
    scores = [one.score for one in objects if one.score is not None]
    return np.array(scores) if scores and len(scores) == len(objects) else None


def _fill(one: _Object, height: int, width: int) -> Piece:
    return united([fill_polygon(rings, height, width) for rings in one.polygons])


def size_of_geojson(data: bytes) -> tuple[int, int] | None:
    """The height and width of the image that a file states, as ours do; None if it does not.

    Raises:
        AnnotationError: The file is no json.

    Example:
        >>> size_of_geojson(b'{"type": "FeatureCollection", "image": {"height": 4, "width": 5}}')
        (4, 5)
    """
    content = read_json(data)
    image = content.get('image') if isinstance(content, dict) else None
    image = image if isinstance(image, dict) else {}
    height, width = image.get('height'), image.get('width')
    if not (isinstance(height, int) and isinstance(width, int) and min(height, width) > 0):
        return None
    return height, width
