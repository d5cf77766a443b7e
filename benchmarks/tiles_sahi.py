"""What SAHI's merging of the same masks costs; runs where SAHI is installed, and needs no mmnuc."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import sahi
from sahi.postprocess.backends import resolve_backend
from sahi.postprocess.combine import GreedyNMMPostprocess
from sahi.prediction import ObjectPrediction
from sahi.utils.cv import get_bbox_from_bool_mask, get_coco_segmentation_from_bool_mask

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import process_peak


def main(path: str, budget: str) -> None:
    """Measure the two roads of a file that ``tiles.py`` writes, and print the figures as json."""
    world = dict(np.load(path))
    outlines = outlines_of(world)
    roads = {
        'outlines': lambda: merge(world, outlines),
        'masks': lambda: merge(world, outlines_of(world)),
    }
    results = {}
    for name, work in roads.items():
        cost, merged = process_peak.measure(work, float(budget), 5)
        results[name] = {'seconds': cost.seconds, 'nuclei': len(merged)}
    print(json.dumps({'version': sahi.__version__, 'backend': resolve_backend(), **results}))


def merge(world: dict[str, Any], outlines: list[list[list[int]]]) -> list[ObjectPrediction]:
    """What ``sahi.predict.get_sliced_prediction`` does with a model's outlines, by its defaults."""
    full_shape = world['full_hw'].tolist()
    shifts = world['shifts_xy'][world['tiles']].tolist()
    shifted = []
    for outline, shift, score in zip(outlines, shifts, world['scores'].tolist(), strict=True):
        if not outline:
            continue
        one = ObjectPrediction(
            segmentation=outline,
            category_id=0,
            category_name='nucleus',
            score=score,
            shift_amount=shift,
            full_shape=full_shape,
        )
        shifted.append(one.get_shifted_object_prediction())
    combine = GreedyNMMPostprocess(match_threshold=0.5, match_metric='IOS', class_agnostic=False)
    return combine(shifted)


def outlines_of(world: dict[str, Any]) -> list[list[list[int]]]:
    """Outlines of masks as large as their tile, as SAHI's model for MMDetection takes them.

    SAHI leaves out masks of less than two rows or columns of pixels: none is made for those.
    """
    outlines = []
    for (x1, y1, x2, y2), start in zip(world['boxes_xyxy'], world['offsets'], strict=False):
        mask = np.zeros(world['tile_hw'], np.uint8)
        crop = world['buffer'][start : start + (y2 - y1) * (x2 - x1)]
        mask[y1:y2, x1:x2] = crop.reshape(y2 - y1, x2 - x1)
        seen = get_bbox_from_bool_mask(mask) is not None
        outlines.append(get_coco_segmentation_from_bool_mask(mask) if seen else [])
    return outlines


if __name__ == '__main__':
    main(*sys.argv[1:])
