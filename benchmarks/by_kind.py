"""Print the scores of the Data Science Bowl 2018 by kind of image.

The set does not say what an image is; colours do: see mmnuc.images.kind.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import cv2  # noqa: E402

from mmnuc.apis.evaluate import score_predictions  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.evaluation.results import read_ground_truth  # noqa: E402
from mmnuc.evaluation.scorecard import Scorecard  # noqa: E402
from mmnuc.images.kind import KINDS, kind_of  # noqa: E402

SCORES = {
    'AP at IoU 0.5': 'nuclei/ap50',
    'DSB score': 'nuclei/dsb',
    'COCO AP50, no cap': 'coco/segm_mAP_50',
    'AJI': 'nuclei/aji',
    'PQ': 'nuclei/pq',
    'Dice': 'nuclei/dice',
}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data', type=Path, help='the converted set: a folder with images/')
    parser.add_argument('pred', type=Path, help='your own file of tools/test.py --out')
    parser.add_argument('--gt', default='val.json', help='of these images (val.json)')
    parser.add_argument('--score-thr', type=float, default=0.5)
    options = parser.parse_args(argv)
    truth = json.loads((options.data / options.gt).read_text())
    found = pickle.loads(options.pred.read_bytes())
    kinds = {
        image['id']: kind_of(cv2.imread(str(options.data / 'images' / image['file_name'])))
        for image in truth['images']
    }
    print(f'| kind | images | {" | ".join(SCORES)} |\n|---|---|{"---|" * len(SCORES)}')
    for name, wanted in {**{kind: {kind} for kind in KINDS}, 'all': set(KINDS)}.items():
        ids = {image for image, kind in kinds.items() if kind in wanted}
        if ids:
            card = _score(truth, found, ids, options.score_thr)
            cells = ' | '.join(_cell(card, score) for score in SCORES.values())
            print(f'| {name} | {len(ids)} | {cells} |')


def _score(
    truth: dict[str, Any], found: list[dict[str, Any]], ids: set[int], threshold: float
) -> Scorecard:
    part = dict(
        truth,
        images=[image for image in truth['images'] if image['id'] in ids],
        annotations=[each for each in truth['annotations'] if each['image_id'] in ids],
    )
    with tempfile.TemporaryDirectory() as folder:
        gt, pred = Path(folder, 'gt.json'), Path(folder, 'pred.pkl')
        gt.write_text(json.dumps(part))
        pred.write_bytes(pickle.dumps([sample for sample in found if sample['img_id'] in ids]))
        return score_predictions(read_ground_truth(gt), pred, score_threshold=threshold)[1]


def _cell(card: Scorecard, name: str) -> str:
    interval = card.confidence_intervals[name]
    return f'{card.scores[name]:.3f} ({interval.low:.3f}-{interval.high:.3f})'


if __name__ == '__main__':
    run(main)
