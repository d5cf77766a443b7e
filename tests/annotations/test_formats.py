"""Formats are told by name and content."""

import io

import numpy as np
import pytest

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.formats import FORMATS, format_of_file, may_be_annotation
from mmnuc.annotations.geojson import size_of_geojson


def npy(content: object) -> bytes:
    file = io.BytesIO()
    np.save(file, content, allow_pickle=True)
    return file.getvalue()


FILES = {
    'a.geojson': (b'', 'geojson'),
    'b.json': (b'[]', 'geojson'),
    'c.json': (b'{"nuc": {}}', 'hovernet'),
    'd.json': (b'{"cells": [], "wsi_metadata": {}}', 'hovernet'),
    'e.json': (b'{"1": {"contour": []}}', 'hovernet'),
    'f.npy': (npy(np.zeros((2, 2))), 'label-map'),
    'g_seg.npy': (npy({'masks': 1}), 'cellpose'),
    'h.TIF': (b'', 'label-map'),
    'i.mat': (b'', 'label-map'),
    'j_rois.zip': (b'', 'imagej-roi'),
    'k.roi': (b'', 'imagej-roi'),
    'l.xml': (b'', 'aperio'),
    'm_cp_outlines.txt': (b'', 'cp-outlines'),
}


@pytest.mark.parametrize('name', FILES)
def test_a_file_has_its_format(name: str) -> None:
    data, expected = FILES[name]
    assert format_of_file(name, data) is FORMATS[expected]
    assert may_be_annotation(name)


@pytest.mark.parametrize('name', ['a.csv', 'a.jpg', 'a.txt', 'nuclei.coco.json', 'predict.json'])
def test_other_files_are_none(name: str) -> None:
    assert not may_be_annotation(name)


def test_unknown_suffixes_are_told() -> None:
    with pytest.raises(AnnotationError, match=r'is no annotation: known are \.geojson, \.json'):
        format_of_file('a.docx', b'')


@pytest.mark.parametrize(
    'image', ['null', '3', '{}', '{"height": 0, "width": 5}', '{"height": "4", "width": 5}']
)
def test_a_size_that_is_none_is_not_taken(image: str) -> None:
    assert size_of_geojson(f'{{"image": {image}}}'.encode()) is None
