"""Dense COCO AP: mmdet's numbers where mmdet can compute them, and more where it can't."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.evaluation import CocoMetric
from mmdet.structures import DetDataSample
from mmengine.evaluator import Evaluator
from mmengine.hooks import CheckpointHook
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.upper_bound import score_upper_bound
from mmnuc.registry import METRICS
from mmnuc.structures import CropMasks

SIDE = 96
CLASSES = ('round', 'square')


def rectangles(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, SIDE, SIDE), bool)
    for mask in masks:
        (x, y), (w, h) = rng.integers(0, SIDE - 50, 2), rng.choice([4, 9, 35, 48], 2)
        mask[y : y + h, x : x + w] = True
    return masks


def annotation(number: int, image_id: int, mask: np.ndarray, label: int) -> dict:
    crop = CropMasks.from_bitmaps(mask[None])
    x1, y1, x2, y2 = crop.boxes_xyxy[0].tolist()
    return {
        'id': number,
        'image_id': image_id,
        'category_id': label + 1,
        'bbox': [x1, y1, x2 - x1, y2 - y1],
        'area': int(crop.areas[0]),
        'iscrowd': 0,
        'segmentation': crop.to_rles()[0],
    }


def write_truth(folder: Path, masks_by_image: dict[int, np.ndarray], classes=CLASSES) -> Path:
    annotations = []
    for image_id, masks in masks_by_image.items():
        for i, mask in enumerate(masks):
            number = len(annotations) + 1
            annotations.append(annotation(number, image_id, mask, i % len(classes)))
    images = [
        {'id': i, 'file_name': f'{i}.png', 'height': SIDE, 'width': SIDE} for i in masks_by_image
    ]
    categories = [{'id': i + 1, 'name': name} for i, name in enumerate(classes)]
    path = folder / 'truth.json'
    path.write_text(
        json.dumps({'images': images, 'annotations': annotations, 'categories': categories})
    )
    return path


def predicted(image_id: int, masks: np.ndarray, scores, classes=CLASSES) -> DetDataSample:
    sample = DetDataSample(
        metainfo={'img_id': image_id, 'img_path': f'{image_id}.png', 'ori_shape': (SIDE, SIDE)}
    )
    crops = CropMasks.from_bitmaps(masks)
    sample.pred_instances = InstanceData(
        masks=crops,
        scores=torch.as_tensor(scores, dtype=torch.float32),
        labels=torch.arange(len(masks)) % len(classes),
        bboxes=torch.from_numpy(crops.boxes_xyxy.astype(np.float32)),
    )
    return sample


def shifted(masks: np.ndarray, seed: int) -> np.ndarray:
    moved = masks.copy()
    for mask, step in zip(
        moved, np.random.default_rng(seed).integers(0, 3, len(masks)), strict=True
    ):
        mask[:] = np.roll(mask, int(step), axis=1)
    return moved


def evaluate(metric: object, samples: list, classes=CLASSES) -> dict:
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = {'classes': classes}
    for sample in samples:
        evaluator.process([sample])
    return evaluator.evaluate(len(samples))


def dense(**arguments: object) -> object:
    return METRICS.build({'type': 'mmnuc.DenseCocoMetric', **arguments})


def test_equals_mmdets_own_metric(tmp_path: Path) -> None:
    truth = {4: rectangles(0, 30), 2: rectangles(1, 20)}
    ann_file = write_truth(tmp_path, truth)
    samples = [
        predicted(i, shifted(masks, i), np.random.default_rng(i).random(len(masks)))
        for i, masks in truth.items()
    ]
    ours = evaluate(dense(ann_file=ann_file, max_dets=(100, None)), samples)
    for sample in samples:
        masks = sample.pred_instances.masks
        sample.pred_instances.masks = masks.to_tensor(torch.bool, 'cpu')
    theirs = evaluate(CocoMetric(ann_file=str(ann_file), metric=['segm', 'bbox']), samples)
    assert 0.1 < ours['coco/segm_mAP'] < 0.95
    for key, value in theirs.items():
        assert ours[key] == pytest.approx(value, abs=5.1e-4), key
    assert ours['coco/segm_mAP_50_max100'] == ours['coco/segm_mAP_50']


def test_a_perfect_answer_under_a_cap_scores_the_upper_bound_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    masks = np.unique(rectangles(3, 60), axis=0)
    ann_file = write_truth(tmp_path, {1: masks, 2: masks[:4]}, ('nucleus',))
    samples = [
        predicted(i, m, np.full(len(m), 0.9), ('nucleus',)) for i, m in ((1, masks), (2, masks[:4]))
    ]
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        values = evaluate(dense(ann_file=ann_file, max_dets=(10, None)), samples, ('nucleus',))
    finally:
        logger.removeHandler(caplog.handler)
    bound = score_upper_bound([len(masks), 4], 10)
    assert values['coco/segm_mAP_50'] == values['coco/bbox_mAP'] == 1
    assert values['coco/segm_mAP_50_max10'] == pytest.approx(bound)
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warning == (
        f'a cap of 10 binds on 1 of 2 images: a perfect answer would score {bound:.3f} there, not 1'
    )


def test_every_number_comes_with_its_confidence_interval(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truth = {4: rectangles(0, 30), 2: rectangles(1, 20), 9: rectangles(2, 0)}
    ann_file = write_truth(tmp_path, truth)
    samples = [
        predicted(i, shifted(masks, i), np.linspace(1, 0.1, len(masks)))
        for i, masks in truth.items()
    ]
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        values = evaluate(dense(ann_file=ann_file, max_dets=(5, None), n_resamples=40), samples)
    finally:
        logger.removeHandler(caplog.handler)
    said = '\n'.join(record.getMessage() for record in caplog.records)
    assert evaluate(dense(ann_file=ann_file, max_dets=(5, None)), samples) == values
    (line,) = (line for line in said.splitlines() if line.startswith('coco/segm_mAP_50_max5 '))
    _, value, low, high, bound = line.split()
    assert float(low) <= float(value) == round(values['coco/segm_mAP_50_max5'], 4) <= float(high)
    assert float(bound) < 1


def test_truth_from_the_samples_scores_like_truth_from_the_file(tmp_path: Path) -> None:
    truth = {1: rectangles(5, 12), 2: rectangles(6, 0), 3: rectangles(7, 9)}
    samples = [
        predicted(i, shifted(masks, i), np.linspace(0.9, 0.1, len(masks)))
        for i, masks in truth.items()
    ]
    from_file = evaluate(dense(ann_file=write_truth(tmp_path, truth)), samples)
    for sample, masks in zip(samples, truth.values(), strict=True):
        crops = CropMasks.from_bitmaps(masks)
        sample.gt_instances = InstanceData(
            masks=crops,
            labels=torch.arange(len(masks)) % 2,
            bboxes=torch.from_numpy(crops.boxes_xyxy.astype(np.float32)),
        )
    assert evaluate(dense(), samples) == from_file


def test_keys_and_classes(tmp_path: Path) -> None:
    truth = {1: rectangles(5, 12)}
    sample = predicted(1, truth[1], np.linspace(0.9, 0.1, 12))
    ann_file = write_truth(tmp_path, truth)
    values = evaluate(
        dense(ann_file=ann_file, metric='segm', max_dets=(5, None), classwise=True), [sample]
    )
    names = ['mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l']
    names += ['mAP_max5', 'mAP_50_max5', 'mAP_75_max5']
    names += [f'{name}_{c}' for name in ('mAP', 'mAP_50') for c in CLASSES]
    assert set(values) == {f'coco/segm_{name}' for name in names}
    assert values['coco/segm_mAP_round'] == values['coco/segm_mAP_50_square'] == 1


def test_one_cap_alone_has_the_plain_keys(tmp_path: Path) -> None:
    truth = {1: rectangles(5, 12)}
    sample = predicted(1, truth[1], np.linspace(0.9, 0.1, 12))
    ann_file = write_truth(tmp_path, truth)
    alone = evaluate(
        dense(ann_file=ann_file, metric='segm', max_dets=[5], classwise=True), [sample]
    )
    beside = evaluate(dense(ann_file=ann_file, metric='segm', max_dets=(5, None)), [sample])
    for name in ('mAP', 'mAP_50', 'mAP_75'):
        assert alone[f'coco/segm_{name}'] == beside[f'coco/segm_{name}_max5']
    assert alone['coco/segm_mAP'] < beside['coco/segm_mAP']
    assert {'coco/segm_mAP_s', 'coco/segm_mAP_round', 'coco/segm_mAP_50_square'} <= set(alone)


EMPTY = {
    'nothing predicted': (7, 0, 0.0),
    'nothing to find': (0, 7, -1.0),
    'neither': (0, 0, -1.0),
}


@pytest.mark.parametrize('name', EMPTY)
def test_empty_sides(name: str, tmp_path: Path) -> None:
    true, found, expected = EMPTY[name]
    masks = rectangles(8, 7)
    ann_file = write_truth(tmp_path, {1: masks[:true]})
    values = evaluate(dense(ann_file=ann_file), [predicted(1, masks[:found], np.ones(found))])
    for key in ('segm_mAP', 'bbox_mAP', 'segm_mAP_50_max100'):
        assert values[f'coco/{key}'] == expected


def test_untested_images_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    masks = rectangles(8, 7)
    ann_file = write_truth(tmp_path, {1: masks, 2: masks})
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        values = evaluate(dense(ann_file=ann_file), [predicted(1, masks, np.linspace(1, 0.4, 7))])
    finally:
        logger.removeHandler(caplog.handler)
    assert values['coco/segm_mAP_50'] == 1
    assert any('1 of the 2 images' in record.getMessage() for record in caplog.records)


def test_save_best_knows_that_more_is_better(tmp_path: Path) -> None:
    hook = CheckpointHook(save_best='coco/segm_mAP_50', out_dir=str(tmp_path))
    assert hook.rules == ['greater']


BROKEN = {
    'no such file': (None, 'no such ground truth'),
    'no json': ('{', 'is no COCO json'),
    'no annotations': ('{"images": [], "categories": []}', 'has no annotations'),
    'a list': ('[]', 'has no images'),
}


@pytest.mark.parametrize('name', BROKEN)
def test_a_broken_file_is_named_before_anything_is_predicted(name: str, tmp_path: Path) -> None:
    content, message = BROKEN[name]
    path = tmp_path / 'truth.json'
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=message):
        dense(ann_file=path)


def test_a_class_the_file_does_not_know_is_named(tmp_path: Path) -> None:
    masks = rectangles(8, 2)
    ann_file = write_truth(tmp_path, {1: masks})
    with pytest.raises(UserError, match='but not nucleus'):
        evaluate(dense(ann_file=ann_file), [predicted(1, masks, [1, 1])], ('nucleus',))
