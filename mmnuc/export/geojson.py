"""GeoJSON as QuPath 0.5 and 0.6 import it: a detection for each nucleus, with its measurements.

Coordinates are pixels of the full image; the first pixel is the square from (0, 0) to (1, 1), and
outlines follow the edges of the pixels.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mmnuc.export.exported import Exported, Image, chunks
from mmnuc.export.measure import measure
from mmnuc.export.outlines import Polygon, outlines
from mmnuc.ops.arrays import I64Array
from mmnuc.ops.codecs.rle import crops_to_rles

# QuPath computes these by itself, and counts positions from the corner of the first pixel.
_NO_MEASUREMENT = ('id', 'class', 'bbox_', 'centroid_')
_DECIMALS = 6
# Seen on pink and on blue tissue, and told apart by the colour-blind. After that they repeat.
_CLASS_COLORS = (
    (0, 200, 0),
    (230, 159, 0),
    (86, 180, 233),
    (240, 228, 66),
    (213, 94, 0),
    (0, 114, 178),
    (204, 121, 167),
    (0, 158, 115),
)
_NAMESPACE = uuid.UUID('b1c1b6f5-2a39-5d0c-9a55-0f1f4f6e7c11')


def write_geojson(
    path: Path, nuclei: Exported, image: Image | None = None, description: str = ''
) -> None:
    """Write a FeatureCollection, one feature a line.

    A nucleus of several parts is a MultiPolygon; one without pixels is left out. Its id is made
    from what it is, so that the same nuclei give the same file.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        image: Their image, for measurements of colour.
        description: What was read, for a member ``description`` of the collection; another,
            ``pixel_size_um``, holds width and height of a pixel where they are known.
    """
    about: dict[str, Any] = {'description': description} if description else {}
    if nuclei.pixel_size is not None:
        about['pixel_size_um'] = [nuclei.pixel_size.x, nuclei.pixel_size.y]
    with path.open('w', encoding='utf-8') as file:
        head = json.dumps({'type': 'FeatureCollection', **about}, ensure_ascii=False)
        file.write(f'{head[:-1]}, "features": [')
        separator = '\n'
        for feature in features(nuclei, image):
            file.write(separator + json.dumps(feature, allow_nan=False))
            separator = ',\n'
        # Outlines alone don't say how large their image is; GeoJSON allows members of one's own.
        size = {'height': nuclei.crops.height, 'width': nuclei.crops.width}
        file.write(f'\n], "image": {json.dumps(size)}}}\n')


def features(nuclei: Exported, image: Image | None = None) -> Iterator[dict[str, Any]]:
    """Give each nucleus as a GeoJSON feature.

    Example:
        >>> import numpy as np
        >>> from mmnuc.structures import Nuclei
        >>> one = Nuclei.from_label_map(np.ones((1, 2), int))
        >>> feature = next(features(one))
        >>> feature['geometry']
        {'type': 'Polygon', 'coordinates': [[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]}
        >>> feature['properties']['classification']
        {'name': 'nucleus', 'color': [0, 200, 0]}
        >>> feature['properties']['measurements']['area']
        2.0
    """
    for numbers, chunk in chunks(nuclei):
        yield from _features_of(numbers, chunk, image)


def _features_of(
    numbers: I64Array, nuclei: Exported, image: Image | None
) -> Iterator[dict[str, Any]]:
    columns = measure(nuclei, image, numbers)
    names = [name for name in columns if not name.startswith(_NO_MEASUREMENT)]
    rounded = (np.round(np.asarray(columns[name], np.float64), _DECIMALS) for name in names)
    rows = zip(*(column.tolist() for column in rounded), strict=True)
    rles = crops_to_rles(nuclei.crops)
    for polygons, row, label, number, rle in zip(
        outlines(nuclei.crops),
        rows,
        nuclei.labels.tolist(),
        numbers.tolist(),
        rles,
        strict=True,
    ):
        identity = f'{nuclei.crops.height} {number} {label} {row[0]} {rle["counts"]}'
        yield {
            'type': 'Feature',
            'id': str(uuid.uuid5(_NAMESPACE, identity)),
            'geometry': geometry(polygons),
            'properties': {
                'objectType': 'detection',
                'classification': {
                    'name': nuclei.class_names[label],
                    'color': list(_CLASS_COLORS[label % len(_CLASS_COLORS)]),
                },
                'measurements': dict(zip(names, row, strict=True)),
            },
        }


def geometry(polygons: list[Polygon]) -> dict[str, Any]:
    """Write the polygons of one mask as a GeoJSON geometry.

    Example:
        >>> geometry([[[[0, 0], [1, 0], [1, 1], [0, 0]]]])['type']
        'Polygon'
    """
    if len(polygons) == 1:
        return {'type': 'Polygon', 'coordinates': polygons[0]}
    return {'type': 'MultiPolygon', 'coordinates': polygons}
