"""Curves as SVG, read back as XML."""

from xml.etree import ElementTree

import numpy as np

from mmnuc.evaluation.report.curves import LEFT, SIZE, TOP, precision_recall_svg


def test_lines_run_over_the_whole_width_at_their_precision() -> None:
    svg = ElementTree.fromstring(precision_recall_svg({'all': np.array([1.0, 1, 0]), 'b': NONE}))
    first, second = (line.get('points').split() for line in svg.findall('polyline'))
    points = [tuple(float(side) for side in point.split(',')) for point in first]
    assert points == [(LEFT, TOP), (LEFT + SIZE / 2, TOP), (LEFT + SIZE, TOP + SIZE)]
    assert [point.split(',')[1] for point in second] == [f'{TOP + SIZE:.1f}'] * 2


NONE = np.zeros(2)


def test_names_are_text_and_no_code() -> None:
    svg = ElementTree.fromstring(precision_recall_svg({'<b>&"': NONE}))
    assert '<b>&"' in [text.text for text in svg.findall('text')]


def test_no_curves() -> None:
    assert ElementTree.fromstring(precision_recall_svg({})).findall('polyline') == []
