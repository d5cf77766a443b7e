"""HoVer-Net's and CellViT's json: masks, findContours, json, masks."""

import json
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.hovernet import class_names_of_hovernet, read_hovernet
from mmnuc.ops.crops import to_bitmaps

BOX = [[1, 1], [1, 3], [4, 3], [4, 1]]


def contour(mask: np.ndarray, how: int) -> list:
    contours, _ = cv2.findContours(mask, cv2.RETR_TREE, how)
    return max(contours, key=len)[:, 0].tolist()


@pytest.mark.parametrize('how', [cv2.CHAIN_APPROX_SIMPLE, cv2.CHAIN_APPROX_NONE])
def test_masks_come_back(make_solid: Callable, how: int) -> None:
    masks = make_solid(30)
    nuclei = {
        str(i): {'bbox': [], 'contour': contour(mask, how), 'type_prob': 0.4, 'type': i % 3}
        for i, mask in enumerate(masks)
    }
    for content in ({'mag': 40, 'nuc': nuclei}, {'cells': list(nuclei.values())}, nuclei):
        found = read_hovernet(json.dumps(content).encode(), 60, 60)
        assert np.array_equal(to_bitmaps(found.crops), masks)
        assert [found.class_names[i] for i in found.labels[:4]] == [
            'type 0',
            'type 1',
            'type 2',
            'type 0',
        ]
        # The class's probability is none of the nucleus.
        assert found.scores is None


TYPES = {
    'CellViT': ({'type_map': {'1': 'Neoplastic', '2': 'Dead'}}, ['Neoplastic', 'Dead', 'type 3']),
    'HoVer-Net': ({'type_info': {'1': ['neopla', [255, 0, 0]]}}, ['neopla', 'type 2', 'type 3']),
    'none': ({}, ['type 1', 'type 2', 'type 3']),
    'broken': ({'type_map': [1, 2]}, ['type 1', 'type 2', 'type 3']),
}


@pytest.mark.parametrize(('types', 'names'), TYPES.values(), ids=TYPES.keys())
def test_types_have_the_names_of_the_file(types: dict, names: list) -> None:
    data = json.dumps(
        types | {'cells': [{'contour': BOX, 'type': n} for n in (1, 2.0, 3)]}
    ).encode()
    assert read_hovernet(data, 9, 9).class_names == tuple(names)
    assert class_names_of_hovernet(data) == tuple(names)


def test_without_types_they_are_nuclei() -> None:
    found = read_hovernet(json.dumps({'nuc': {'1': {'contour': BOX, 'type': None}}}).encode(), 9, 9)
    assert (found.class_names, found.crops.areas.tolist()) == (('nucleus',), [12])
    assert len(read_hovernet(b'{"nuc": {}}', 9, 9)) == 0


BAD = {
    'no json': (b'x', 'is no json'),
    'another': (b'{"images": []}', 'is no json of HoVer-Net'),
    'a list': (b'[]', 'is no json of HoVer-Net'),
    'nothing': (b'{}', 'is no json of HoVer-Net'),
    'centroids alone': (b'{"cells": [{"centroid": [1, 2]}]}', 'nucleus 1 has no contour'),
    'a number': (b'{"cells": [3]}', 'nucleus 1 has no contour'),
    'NaN': (
        b'{"nuc": {"4": {"contour": [[1, 1], [NaN, 2], [3, 3]]}}}',
        'nucleus 4 has coordinates',
    ),
    'far': (b'{"nuc": {"4": {"contour": [[1, 1], [1e9, 2], [3, 3]]}}}', 'coordinate of 1000000000'),
    'empty': (b'{"nuc": {"4": {"contour": []}}}', 'nucleus 4 is no outline'),
}


@pytest.mark.parametrize(('data', 'told'), BAD.values(), ids=BAD.keys())
def test_what_is_no_hovernet_is_told(data: bytes, told: str) -> None:
    with pytest.raises(AnnotationError, match=told):
        read_hovernet(data, 9, 9)


def test_contours_as_opencv_gives_them() -> None:
    contour_of_opencv = [[corner] for corner in BOX]
    data = json.dumps({'nuc': {'1': {'contour': contour_of_opencv}}}).encode()
    assert read_hovernet(data, 9, 9).crops.boxes_xyxy.tolist() == [[1, 1, 5, 4]]


def test_types_may_be_names() -> None:
    nuclei = [{'contour': BOX, 'type': kind} for kind in ('Dead', '1', ' ', None)]
    data = json.dumps({'cells': nuclei, 'type_map': {'1': 'Neoplastic'}}).encode()
    found = read_hovernet(data, 9, 9)
    assert [found.class_names[i] for i in found.labels] == [
        'Dead',
        'Neoplastic',
        'nucleus',
        'nucleus',
    ]
