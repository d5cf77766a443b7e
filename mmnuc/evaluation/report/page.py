"""The report's page, put together from its parts."""

from __future__ import annotations

import html
import json
import math
import re
from importlib import resources
from pathlib import Path
from typing import Any

from mmnuc.atomic import atomic_path
from mmnuc.evaluation.functional.coco_ap import coco_scores
from mmnuc.evaluation.functional.coco_instances import Predictions
from mmnuc.evaluation.functional.coco_matching import match_instances
from mmnuc.evaluation.report.content import CLASSES, error_counts, image_contents
from mmnuc.evaluation.report.curves import precision_recall_svg
from mmnuc.evaluation.results.truth import Truth
from mmnuc.evaluation.scorecard import Scorecard

PARTS = ('style.css', 'tables.js', 'viewer.js', 'report.js')


def write_report(
    path: Path, title: str, truth: Truth, pred: Predictions, card: Scorecard, images: Path | None
) -> None:
    """Write one HTML file that needs nothing else: no network, no other file.

    Args:
        path: The file.
        title: Its heading.
        truth: The ground truth.
        pred: The predictions.
        card: What they scored.
        images: Folder of the images, or ``None`` to show outlines alone.
    """
    threshold = float(card.settings['score_threshold'])
    shown = image_contents(truth, pred, threshold, images)
    content = {
        'title': title,
        'classes': CLASSES,
        'settings': dict(card.settings),
        'scores': _scores(card),
        'errors': error_counts(shown),
        'rows': json.loads(card.to_json())['images'],
        'images': shown,
    }
    with atomic_path(path) as temporary:
        temporary.write_text(_page(title, content, _curves(truth, pred)), encoding='utf-8')


def _scores(card: Scorecard) -> list[dict[str, Any]]:
    intervals = card.confidence_intervals
    return [
        {
            'key': key,
            'value': _number(value),
            'low': _number(intervals[key].low),
            'high': _number(intervals[key].high),
            'upper_bound': card.upper_bounds.get(key),
        }
        for key, value in card.scores.items()
    ]


def _number(value: float) -> float | None:
    return None if math.isnan(value) or value == -1 else value


def _curves(truth: Truth, pred: Predictions) -> str:
    matches = match_instances(truth.gt, pred, num_classes=len(truth.classes))
    scores = coco_scores(matches, (100, None))
    curves = {}
    for column, cap in ((1, ''), (0, ', 100 kept')):
        for row, iou in ((0, 0.5), (5, 0.75)):
            values = scores.precision[row, :, :, 0, column]
            known = values[:, values[0] > -1]
            if known.size:
                curves[f'IoU {iou:g}{cap}'] = known.mean(axis=1)
    return precision_recall_svg(curves)


def _page(title: str, content: dict[str, Any], curves: str) -> str:
    folder = resources.files('mmnuc.evaluation.report')
    page = (folder / 'template.html').read_text(encoding='utf-8')
    # "<" in a file name must not end the script that holds the data.
    data = json.dumps(content, separators=(',', ':'), allow_nan=False).replace('<', '\\u003c')
    parts = {name: (folder / name).read_text(encoding='utf-8') for name in PARTS}
    parts |= {'title': html.escape(title), 'curves': curves, 'data': data}
    # In one pass: what is put in may look like a place itself.
    return re.sub(r'\{\{ (\S+) \}\}', lambda place: parts[place[1]], page)
