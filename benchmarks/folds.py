"""Print the scores of a cross-validation: all kept-out images of a set together, a row a recipe.

A plan says which weights have not seen which images:

    [{"row": "lite0, three sources", "set": "VRDL 2021", "folds": [
        {"config": "ms_rcnn/ms-rcnn_lite0_fpn-light_2k_histology", "weights": "f0/iter_2000.pth",
         "data": "data/vrdl2021", "truth": "val_0.json"}, ...]},
     {"row": "learnt on VRDL alone", "set": "CoNSeP", "folds": [{..., "truth": "train.json"}]}]

A fold may name "kinds" of images, and "config" may be a model of the project, without "weights".
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from mmnuc.apis.evaluate import evaluate, write_text  # noqa: E402
from mmnuc.apis.model_zoo.pretrained import with_weights  # noqa: E402
from mmnuc.apis.models import Model, load  # noqa: E402
from mmnuc.apis.segmentation import segment  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.errors import UserError  # noqa: E402
from mmnuc.evaluation.scorecard import Scorecard  # noqa: E402
from mmnuc.export.coco import entries  # noqa: E402

CAPPED = 'coco/segm_mAP_50_max100'
SCORES = {
    'AP50 at cap 100': CAPPED,
    'AP50, no cap': 'coco/segm_mAP_50',
    'AJI': 'nuclei/aji',
    'PQ': 'nuclei/pq',
    'Dice': 'nuclei/dice',
    'DSB score': 'nuclei/dsb',
}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('plan', type=Path, help='json, see the first lines of this file')
    parser.add_argument('--cache', type=Path, default=Path('work_dirs/folds'))
    parser.add_argument('--tta', action='store_true', help='eight views of each image')
    parser.add_argument('--fast', action='store_true', help='as mmnuc predict does by default')
    parser.add_argument('--n-resamples', type=int, default=1000)
    parser.add_argument('--json', type=Path, help='file for all numbers')
    options = parser.parse_args(argv)
    how = {'tta': options.tta, 'fast': options.fast}
    options.cache.mkdir(parents=True, exist_ok=True)
    print(f'| recipe | on | images | {" | ".join(SCORES)} |\n|---|---|---|{"---|" * len(SCORES)}')
    numbers = []
    for row in json.loads(options.plan.read_text()):
        files = gather(row['folds'], options.cache, how)
        card = evaluate(*files, n_resamples=options.n_resamples)
        images = len(json.loads(files[0].read_text())['images'])
        print(line(row, images, card), flush=True)
        numbers.append({'row': row['row'], 'set': row['set'], **card.scores})
    if options.json:
        write_text(options.json, json.dumps(numbers, indent=1))


def gather(folds: Sequence[dict[str, Any]], cache: Path, how: dict[str, bool]) -> tuple[Path, Path]:
    """Truths and predictions of all folds in two files, their images numbered anew."""
    images: list[Any] = []
    nuclei: list[Any] = []
    found: list[Any] = []
    for fold in folds:
        truth = truth_of(fold)
        ids = {image['id']: len(images) + place for place, image in enumerate(truth['images'], 1)}
        if not ids:
            raise UserError(f'{fold["data"]}/{fold["truth"]} has no such images')
        images += [{**image, 'id': ids[image['id']]} for image in truth['images']]
        for each in truth['annotations']:
            nuclei.append({**each, 'image_id': ids[each['image_id']], 'id': len(nuclei) + 1})
        for each in predictions(fold, truth, cache, how):
            found.append({**each, 'image_id': ids[each['image_id']]})
    files = cache / 'truth.json', cache / 'found.json'
    category = [{'id': 1, 'name': 'nucleus'}]
    files[0].write_text(
        json.dumps({'images': images, 'annotations': nuclei, 'categories': category})
    )
    files[1].write_text(json.dumps(found))
    return files


def truth_of(fold: dict[str, Any]) -> dict[str, Any]:
    """The truth of a fold, of the kinds of images that it names."""
    truth = json.loads(Path(fold['data'], fold['truth']).read_text())
    kinds = fold.get('kinds')
    if kinds is not None:
        truth['images'] = [image for image in truth['images'] if image.get('kind') in kinds]
    ids = {image['id'] for image in truth['images']}
    truth['annotations'] = [each for each in truth['annotations'] if each['image_id'] in ids]
    return truth


def predictions(
    fold: dict[str, Any], truth: dict[str, Any], cache: Path, how: dict[str, bool]
) -> list[dict[str, Any]]:
    """What a fold's model finds on its images, from the cache where it is known."""
    config, weights = with_weights(fold['config'], fold.get('weights'))
    known = hashlib.sha256(Path(weights).read_bytes())
    names = [image['file_name'] for image in truth['images']]
    known.update(json.dumps([Path(config).read_text(), fold['data'], names, how]).encode())
    file = cache / f'{known.hexdigest()[:16]}.json'
    if not file.is_file():
        model = load(config, weights, fast=how['fast'])
        write_text(file, json.dumps(list(find(model, fold, truth, how['tta']))))
    found: list[dict[str, Any]] = json.loads(file.read_text())
    return found


def find(
    model: Model, fold: dict[str, Any], truth: dict[str, Any], tta: bool
) -> Iterator[dict[str, Any]]:
    """COCO results of a model, image by image, each taken at the scale that the model knows."""
    for image in truth['images']:
        path = Path(fold['data'], 'images', image['file_name'])
        nuclei = segment(path, model, tta=tta, pixel_size=model.pixel_size)
        for entry in entries(nuclei):
            yield {'image_id': image['id'], **entry}


def line(row: dict[str, Any], images: int, card: Scorecard) -> str:
    """A row of the table."""
    cells = []
    for key in SCORES.values():
        interval = card.confidence_intervals[key]
        cells.append(f'{card.scores[key]:.3f} ({interval.low:.3f}-{interval.high:.3f})')
    best = card.upper_bounds.get(CAPPED)
    if best:
        cells[0] = f'{card.scores[CAPPED]:.4f}, {card.scores[CAPPED] / best:.1%} of its upper bound'
    return f'| {row["row"]} | {row["set"]} | {images} | {" | ".join(cells)} |'


if __name__ == '__main__':
    run(main)
