"""Aperio's XML: polygons by MoNuSeg's rule, holes, ellipses and rectangles."""

import numpy as np
import pytest

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.aperio import read_aperio
from mmnuc.ops.crops import to_bitmaps


def square(x: float, y: float, side: float) -> list:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def region(points: list, kind: object = 0, negative: object = 0) -> str:
    corners = ''.join(f'<Vertex X="{x}" Y="{y}" Z="0"/>' for x, y in points)
    return f'<Region Type="{kind}" NegativeROA="{negative}"><Vertices>{corners}</Vertices></Region>'


def aperio(*regions: str) -> bytes:
    inside = f'<Annotation Type="4"><Regions>{"".join(regions)}</Regions></Annotation>'
    return f'<Annotations MicronsPerPixel="0.25">{inside}</Annotations>'.encode()


BIG, HOLE = square(21, 21, 40), square(31, 31, 10)
SHAPES = {
    'a polygon': ([region(BIG)], [1600]),
    'a hole': ([region(BIG), region(HOLE, negative=1)], [1500]),
    'a hole before its region': ([region(HOLE, negative=1), region(BIG)], [1500]),
    'an island in a hole': (
        [region(BIG), region(HOLE, negative=1), region(square(34, 34, 4))], [1500, 16],
    ),
    'a hole beside a neighbour': (
        [region(BIG), region(square(39, 31, 30)), region(HOLE, negative='1')], [1500, 900],
    ),
    'a hole of an ellipse': ([region(BIG), region(HOLE, 2, 1)], [1600 - 81]),
    'an ellipse': ([region(BIG, 2)], [1257]),
    'an ellipse by two corners': ([region([BIG[0], BIG[2]], 2)], [1257]),
    'a rectangle': ([region(BIG, 1)], [1600]),
    'a rectangle by two corners': ([region([BIG[2], BIG[0]], 1)], [1600]),
    'words for types': ([region(BIG, 'Ellipse'), region(BIG, 'Polygon')], [1257, 1600]),
    'no type': ([region(BIG).replace('Type="0" NegativeROA="0"', '')], [1600]),
    'too few points': ([region(BIG[:2]), region([], 2), region(BIG)], [0, 0, 1600]),
    'far outside': ([region([(-9e5, -9e5), (9e5, -9e5), (9e5, 9e5), (-9e5, 9e5)])], [8000]),
}  # fmt: skip


@pytest.mark.parametrize(('regions', 'areas'), SHAPES.values(), ids=SHAPES.keys())
def test_shapes(regions: list, areas: list) -> None:
    assert read_aperio(aperio(*regions), 80, 100).crops.areas.tolist() == areas


def test_a_hole_is_where_it_belongs() -> None:
    both = region(square(20.6, 20.6, 40)), region(square(30.6, 30.6, 10), negative=1)
    (mask,) = to_bitmaps(read_aperio(aperio(*both), 80, 100).crops)
    expected = np.zeros((80, 100), np.uint8)
    expected[20:60, 20:60] = 1
    expected[30:40, 30:40] = 0
    assert np.array_equal(mask, expected)


def test_arrows_rulers_points_and_lone_holes_are_passed_over() -> None:
    found = read_aperio(
        aperio(
            region(BIG),
            *(region(BIG[:2], kind) for kind in (3, 4, 4, 5, '{x}')),
            region(square(1, 1, 4), 0, 1),
        ),
        80,
        100,
    )
    assert found.notes == (
        'passed over 1 region: an arrow',
        'passed over 2 regions: a ruler',
        'passed over 1 region: a point',
        'passed over 1 region: type {x}',
        'passed over 1 region: region 7 is negative, with nothing around it',
    )
    assert found.wheres == ('region 1',)


BAD = {
    'cut off': (aperio(region(BIG))[:-9], 'no Aperio annotation'),
    'of another kind': (b'<html><Region/></html>', 'starts with <html>'),
    'not numbers': (aperio(region([(1, 1), ('nan', 2), (3, 3)])), 'region 1 has coordinates'),
    'far': (aperio(region([(1, 1), ('2e8', 2), (3, 3)])), 'region 1 has a coordinate of 200000000'),
}


@pytest.mark.parametrize(('data', 'told'), BAD.values(), ids=BAD.keys())
def test_what_is_no_aperio_is_told(data: bytes, told: str) -> None:
    with pytest.raises(AnnotationError, match=told):
        read_aperio(data, 80, 100)


def test_points_alone_do_not_say_that_there_is_no_nucleus() -> None:
    with pytest.raises(AnnotationError, match='holds no outline, only 1 object: a point'):
        read_aperio(aperio(region([(5, 5)], 5)), 80, 100)


def test_layers_become_one_class_and_that_is_said() -> None:
    layer = '<Annotation {}><Attributes>{}</Attributes><Regions>{}</Regions></Annotation>'
    layers = [
        layer.format('Name="A"', '', region(BIG)),
        layer.format('Name=""', '<Attribute Name="B"/>', region(HOLE)),
        layer.format('Name="empty"', '', ''),
    ]
    found = read_aperio(f'<Annotations>{"".join(layers)}</Annotations>'.encode(), 80, 100)
    assert found.notes == ('its layers A, B are taken for one class',)
