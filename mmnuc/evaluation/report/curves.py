"""Precision against recall, as a picture in SVG."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SIZE, LEFT, TOP, BOTTOM, LINE = 260, 34, 10, 44, 16


def precision_recall_svg(curves: Mapping[str, NDArray[np.float64]]) -> str:
    """Draw curves over recall 0 … 1.

    Args:
        curves: Precision at evenly spaced recalls from 0 to 1 by name, each of shape (R,).

    Returns:
        An ``<svg>`` whose lines have the classes ``curve-0``, ``curve-1`` …

    Example:
        >>> precision_recall_svg({'a < b': np.array([1.0, 0.5])}).count('<polyline')
        1
    """
    height = TOP + SIZE + BOTTOM + LINE * len(curves)
    parts = [
        f'<svg class="curves" viewBox="0 0 {SIZE + LEFT + 10} {height}" role="img" '
        'aria-label="Precision against recall">',
        *_grid(),
    ]
    for number, (name, values) in enumerate(curves.items()):
        recalls = np.linspace(0, 1, len(values))
        points = ' '.join(f'{_x(r):.1f},{_y(p):.1f}' for r, p in zip(recalls, values, strict=True))
        parts.append(f'<polyline class="curve-{number}" points="{points}"/>')
        y = TOP + SIZE + BOTTOM + LINE * number
        parts.append(_line(LEFT, LEFT + 24, y - 3, y - 3, f'curve-{number}'))
        parts.append(f'<text x="{LEFT + 30}" y="{y}">{html.escape(name)}</text>')
    return ''.join(parts) + '</svg>'


def _grid() -> list[str]:
    parts = []
    for value in (0, 0.25, 0.5, 0.75, 1):
        x, y = _x(value), _y(value)
        parts.append(_line(_x(0), _x(1), y, y, 'grid'))
        parts.append(_line(x, x, _y(0), _y(1), 'grid'))
        parts.append(f'<text x="{LEFT - 4}" y="{y + 4}" text-anchor="end">{value:g}</text>')
        parts.append(f'<text x="{x}" y="{_y(0) + 14}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<text x="{_x(1)}" y="{_y(0) + 28}" text-anchor="end">recall</text>')
    return parts


def _line(x1: float, x2: float, y1: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'


def _x(recall: float) -> float:
    return LEFT + SIZE * recall


def _y(precision: float) -> float:
    return TOP + SIZE * (1 - precision)
