"""COCO AP against pycocotools' arrays, COCO's own example and a few lines of brute force."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmnuc.evaluation.functional.coco_ap import coco_average_precision, coco_scores
from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.evaluation.functional.coco_matching import IOU_THRESHOLDS, RECALL_POINTS, match_instances

SIDE = 64


def disc_rle(x: float, y: float, radius: float) -> dict:
    rows, columns = np.ogrid[:SIDE, :SIDE]
    disc = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
    return coco_mask.encode(np.asfortranarray(disc.astype(np.uint8)))


def truth(images, labels, rles, boxes=None, crowd=None) -> GroundTruth:
    boxes = coco_mask.toBbox(rles).reshape(-1, 4) if boxes is None and rles else boxes
    boxes = np.zeros((0, 4)) if boxes is None else np.asarray(boxes, float)
    areas = (
        np.array([coco_mask.area(r) for r in rles], float) if rles else boxes[:, 2] * boxes[:, 3]
    )
    crowd = np.zeros(len(images), bool) if crowd is None else crowd
    return GroundTruth(np.array(images, int), np.array(labels, int), rles, boxes, areas, crowd)


def guess(images, labels, rles, scores, boxes=None) -> Predictions:
    boxes = coco_mask.toBbox(rles).reshape(-1, 4) if boxes is None and rles else boxes
    boxes = np.zeros((0, 4)) if boxes is None else np.asarray(boxes, float)
    return Predictions(
        np.array(images, int), np.array(labels, int), rles, boxes, np.array(scores, float)
    )


def crowded_world(
    seed: int, images: int = 3, nuclei: int = 140, classes: int = 1
) -> tuple[GroundTruth, Predictions]:
    """Discs, most of them found with a shifted outline, some twice, and some invented."""
    rng = np.random.default_rng(seed)
    gt, pred = ([], [], []), ([], [], [], [])
    for image in rng.permutation(images) + 5:
        for _ in range(int(rng.integers(nuclei // 2, nuclei))):
            x, y, radius = (
                *rng.uniform(0, SIDE, 2),
                rng.choice([1, 3, 9, 20, 60], p=[0.3, 0.5, 0.1, 0.07, 0.03]),
            )
            label = int(rng.integers(classes))
            for column, value in zip(gt, (image, label, disc_rle(x, y, radius)), strict=True):
                column.append(value)
            for _ in range(int(rng.choice([0, 1, 1, 2]))):
                dx, dy, growth = rng.normal(0, radius / 8, 3)
                outline = disc_rle(x + dx, y + dy, max(radius + growth, 0))
                guessed = label if rng.random() < 0.9 else int(rng.integers(classes))
                # Few distinct scores, so that ties occur.
                values = (image, guessed, outline, float(rng.integers(1, 40)) / 40)
                for column, value in zip(pred, values, strict=True):
                    column.append(value)
    return truth(*gt, crowd=rng.random(len(gt[0])) < 0.02), guess(*pred)


def pycocotools_precision(gt, pred, kind, classes, caps) -> np.ndarray:
    ids = sorted({*gt.images.tolist(), *pred.images.tolist()})
    true, found = COCO(), COCO()
    for dataset, side in ((true, gt), (found, pred)):
        entries = [
            {'id': i + 1, 'image_id': int(side.images[i]), 'category_id': int(side.labels[i]),
             'segmentation': side.rles[i], 'bbox': side.boxes_xywh[i].tolist()}
            for i in range(len(side.images))
        ]  # fmt: skip
        for i, entry in enumerate(entries):
            if dataset is true:
                entry |= {'area': float(gt.areas[i]), 'iscrowd': int(gt.crowd[i])}
            else:
                area = (
                    coco_mask.area(side.rles[i]) if kind == 'segm' else np.prod(entry['bbox'][2:])
                )
                entry |= {'area': float(area), 'score': float(pred.scores[i])}
        dataset.dataset = {
            'images': [{'id': i, 'height': SIDE, 'width': SIDE} for i in ids],
            'annotations': entries,
            'categories': [{'id': i, 'name': str(i)} for i in range(classes)],
        }
    with contextlib.redirect_stdout(io.StringIO()):
        true.createIndex()
        found.createIndex()
        evaluation = COCOeval(true, found, kind)
        evaluation.params.maxDets = list(caps)
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval['precision']


@pytest.mark.parametrize('kind', ['segm', 'bbox'])
@pytest.mark.parametrize(('seed', 'classes'), [(0, 1), (1, 1), (2, 3)])
def test_equals_pycocotools_at_every_cap(kind: str, seed: int, classes: int) -> None:
    gt, pred = crowded_world(seed, nuclei=140 * classes, classes=classes)
    fullest = int(np.unique(pred.images, return_counts=True)[1].max())
    theirs = pycocotools_precision(gt, pred, kind, classes, (7, 100, fullest))
    ours = coco_average_precision(
        gt, pred, kind=kind, num_classes=classes, caps=(100, None, 7)
    ).precision
    assert fullest > 100
    np.testing.assert_allclose(ours, theirs[..., [1, 2, 0]], rtol=0, atol=1e-9)


EMPTY_MASK = coco_mask.encode(np.asfortranarray(np.zeros((SIDE, SIDE), np.uint8)))
BIG, SMALL = disc_rle(30, 30, 20), disc_rle(5, 5, 3)
SIDES = {
    'a class without predictions': ((1, 1), (0, 1), [BIG, SMALL], (1,), (0,), [BIG]),
    'a class without truth': ((1,), (0,), [BIG], (1, 1), (0, 1), [BIG, SMALL]),
    'an image with predictions alone': ((1,), (0,), [BIG], (1, 2), (0, 0), [BIG, SMALL]),
    'an image with truth alone': ((1, 2), (0, 0), [BIG, SMALL], (1,), (0,), [BIG]),
    'an empty predicted mask': ((1,), (0,), [BIG], (1, 1), (0, 0), [EMPTY_MASK, BIG]),
    'the same mask twice': ((1,), (0,), [BIG], (1, 1), (0, 0), [BIG, BIG]),
    'two classes crossed': ((1, 1), (0, 1), [BIG, SMALL], (1, 1), (1, 0), [BIG, SMALL]),
    'no prediction': ((1, 1), (0, 1), [BIG, SMALL], (), (), []),
}


@pytest.mark.parametrize('kind', ['segm', 'bbox'])
@pytest.mark.parametrize('name', SIDES)
def test_corner_cases_equal_pycocotools(name: str, kind: str) -> None:
    gt_images, gt_labels, gt_rles, images, labels, rles = SIDES[name]
    gt = truth(gt_images, gt_labels, gt_rles)
    pred = guess(images, labels, rles, np.linspace(0.9, 0.5, len(rles)))
    ours = coco_average_precision(gt, pred, kind=kind, num_classes=2, caps=(1, None)).precision
    theirs = pycocotools_precision(gt, pred, kind, 2, (1, max(2, len(rles))))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize('kind', ['segm', 'bbox'])
def test_nothing_to_find_is_absent_whatever_was_predicted(kind: str) -> None:
    nothing = truth((), (), [])
    for pred in (guess((), (), [], ()), guess((1,), (0,), [BIG], (0.5,))):
        scores = coco_average_precision(nothing, pred, kind=kind)
        assert scores.average(cap=100) == scores.average(size='small') == -1


def test_a_crowd_is_not_missed() -> None:
    crowd = truth((1,), (0,), [BIG], crowd=np.array([True]))
    assert coco_average_precision(crowd, guess((), (), [], ())).average() == -1


def brute_force_ap50(gt: GroundTruth, pred: Predictions, cap: int | None) -> float:
    """Mean of the best precision at each recall point, after greedy matching at IoU 0.5."""
    ranked = []
    for image in np.unique(np.concatenate([gt.images, pred.images])):
        true = [coco_mask.decode(gt.rles[i]) for i in np.flatnonzero(gt.images == image)]
        own = sorted(np.flatnonzero(pred.images == image), key=lambda i: (-pred.scores[i], i))
        for i in own[:cap]:
            mask = coco_mask.decode(pred.rles[i])
            ious = [(mask & t).sum() / max((mask | t).sum(), 1) for t in true]
            hit = bool(ious) and max(ious) >= 0.5
            if hit:
                true.pop(int(np.argmax(ious)))
            ranked.append((pred.scores[i], hit))
    ranked.sort(key=lambda pair: -pair[0])
    hits = np.cumsum([hit for _, hit in ranked])
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / len(gt.images)
    return float(np.mean([max(precision[recall >= r], default=0) for r in RECALL_POINTS]))


@pytest.mark.parametrize('seed', range(6))
def test_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images, rles, guesses = [], [], []
    for image in (1, 2):
        for x in range(8, SIDE, 16):
            images.append(image)
            rles.append(disc_rle(x, 20, 6))
            guesses.append(disc_rle(x + rng.integers(0, 8), 20, 6))
    gt = truth(images, [0] * len(images), rles)
    pred = guess(images, [0] * len(images), guesses, rng.permutation(len(images)) / 10)
    scores = coco_average_precision(gt, pred, caps=(3, None))
    for cap in (3, None):
        expected = brute_force_ap50(gt, pred, cap)
        assert scores.average(iou=0.5, cap=cap) == pytest.approx(expected, abs=1e-9)


def load_coco_example(folder: Path, kind: str) -> tuple[GroundTruth, Predictions, int]:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(folder / 'instances_val2014_100.json')
    entries = json.loads((folder / f'instances_val2014_fake{kind}100_results.json').read_text())
    place = {category: i for i, category in enumerate(sorted(coco.cats))}
    anns = list(coco.anns.values())
    gt = GroundTruth(
        images=np.array([a['image_id'] for a in anns]),
        labels=np.array([place[a['category_id']] for a in anns]),
        rles=[coco.annToRLE(a) for a in anns],
        boxes_xywh=np.array([a['bbox'] for a in anns]),
        areas=np.array([a['area'] for a in anns]),
        crowd=np.array([bool(a['iscrowd']) for a in anns]),
    )
    rles = [entry['segmentation'] for entry in entries] if kind == 'segm' else []
    boxes = coco_mask.toBbox(rles) if rles else np.array([entry['bbox'] for entry in entries])
    pred = Predictions(
        images=np.array([entry['image_id'] for entry in entries]),
        labels=np.array([place[entry['category_id']] for entry in entries]),
        rles=rles,
        boxes_xywh=boxes,
        scores=np.array([entry['score'] for entry in entries]),
    )
    return gt, pred, len(place)


@pytest.mark.parametrize('kind', ['segm', 'bbox'])
def test_cocos_own_example(shared: Path, kind: str) -> None:
    folder = shared / 'oracles' / 'coco_val100'
    gt, pred, classes = load_coco_example(folder, kind)
    expected = json.loads((folder / 'expected.json').read_text())[kind][:6]
    scores = coco_average_precision(gt, pred, kind=kind, num_classes=classes, caps=(100,))
    np.testing.assert_allclose(scores.summary(cap=100), expected, rtol=0, atol=1e-9)


def test_thresholds_are_cocos() -> None:
    assert np.allclose(IOU_THRESHOLDS, np.arange(0.5, 1.0, 0.05))
    assert RECALL_POINTS[26] == pytest.approx(0.26)


BAD_ARGUMENTS = {
    'kind': ({'kind': 'keypoints'}, "kind is 'keypoints'"),
    'cap': ({'caps': (0, None)}, r'caps are \(0, None\)'),
    'no cap at all': ({'caps': ()}, r'caps are \(\)'),
    'label': ({'num_classes': 0}, 'label 0 with 0 classes'),
}


@pytest.mark.parametrize('name', BAD_ARGUMENTS)
def test_bad_arguments_say_what_was_seen(name: str) -> None:
    arguments, message = BAD_ARGUMENTS[name]
    gt, pred = truth((1,), (0,), [BIG]), guess((1,), (0,), [BIG], (0.5,))
    with pytest.raises(ValueError, match=message):
        coco_average_precision(gt, pred, **arguments)


def test_columns_must_have_one_length() -> None:
    with pytest.raises(ValueError, match='columns differ in length'):
        guess((1, 2), (0,), [BIG], (0.5,))


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match='1 scores are not a number'):
        guess((1,), (0,), [BIG], (float('nan'),))


def repeated(side, ids: list[int], repeats: list[int]):
    """Take each image that often, each time under another id."""
    rows, images = [], []
    for image, times in zip(ids, repeats, strict=True):
        own = np.flatnonzero(side.images == image)
        for time in range(times):
            rows.append(own)
            images.append(np.full(len(own), 100 * time + image))
    taken = np.concatenate(rows)
    columns = {name: getattr(side, name)[taken] for name in vars(side) if name != 'rles'}
    return replace(side, **{**columns, 'images': np.concatenate(images), 'rles': []})


@pytest.mark.parametrize('cap', [5, None])
def test_weights_are_repeated_images(cap: int | None) -> None:
    gt, pred = crowded_world(4, classes=2)
    # Without ties: repeated images come in another order.
    scores = np.random.default_rng(0).permutation(len(pred.scores)) / len(pred.scores)
    pred = replace(pred, scores=scores)
    ids, repeats = [5, 6, 7], [2, 0, 3]
    matches = match_instances(gt, pred, kind='bbox', num_classes=2)
    resampled = coco_scores(matches, (cap,), np.array(repeats, float))
    written = coco_average_precision(
        repeated(gt, ids, repeats),
        repeated(pred, ids, repeats),
        kind='bbox',
        num_classes=2,
        caps=(cap,),
    )
    np.testing.assert_allclose(resampled.precision, written.precision, rtol=0, atol=1e-9)
