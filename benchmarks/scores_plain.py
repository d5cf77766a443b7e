"""The scores as the field's reference code computes them: nucleus by nucleus on full images."""

from __future__ import annotations

import contextlib
import io

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmnuc.evaluation.functional import GroundTruth, Predictions


def plain_aji_and_pq(gt: np.ndarray, pred: np.ndarray) -> tuple[float, float]:
    """AJI and PQ by the algorithm of the reference: a full-image mask for every instance."""
    return _aji(gt, pred), _pq(gt, pred)


def _tables(gt: np.ndarray, pred: np.ndarray) -> tuple[list, list, np.ndarray, np.ndarray]:
    gt_masks = [(gt == number).astype(np.uint8) for number in np.unique(gt)[1:]]
    pred_masks = [(pred == number).astype(np.uint8) for number in np.unique(pred)[1:]]
    inter = np.zeros((len(gt_masks), len(pred_masks)))
    union = np.zeros_like(inter)
    for i, mask in enumerate(gt_masks):
        for number in np.unique(pred[mask > 0]):
            if number:
                other = pred_masks[number - 1]
                inter[i, number - 1] = (mask * other).sum()
                union[i, number - 1] = mask.sum() + other.sum() - inter[i, number - 1]
    return gt_masks, pred_masks, inter, union


def _aji(gt: np.ndarray, pred: np.ndarray) -> float:
    gt_masks, pred_masks, inter, union = _tables(gt, pred)
    iou = inter / (union + 1e-6)
    best, highest = iou.argmax(axis=1), iou.max(axis=1)
    rows = np.flatnonzero(highest > 0)
    cols = best[rows]
    total = union[rows, cols].sum()
    total += sum(gt_masks[i].sum() for i in set(range(len(gt_masks))) - set(rows.tolist()))
    total += sum(pred_masks[j].sum() for j in set(range(len(pred_masks))) - set(cols.tolist()))
    return float(inter[rows, cols].sum() / total)


def _pq(gt: np.ndarray, pred: np.ndarray) -> float:
    gt_masks, pred_masks, inter, union = _tables(gt, pred)
    iou = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
    matched = iou[iou > 0.5]
    dq = len(matched) / (0.5 * (len(gt_masks) + len(pred_masks)))
    return float(dq * matched.sum() / (len(matched) + 1e-6))


def pycocotools_ap(gt: GroundTruth, pred: Predictions) -> float:
    """Mask AP of pycocotools without a cap."""
    true, found = COCO(), COCO()
    for dataset, side in ((true, gt), (found, pred)):
        entries = [
            dict(
                id=i + 1,
                image_id=int(side.images[i]),
                category_id=int(side.labels[i]),
                segmentation=side.rles[i],
                bbox=side.boxes_xywh[i].tolist(),
                area=float(np.prod(side.boxes_xywh[i][2:])),
                iscrowd=0,
            )
            for i in range(len(side.images))
        ]
        for i, entry in enumerate(entries if dataset is found else ()):
            entry['score'] = float(pred.scores[i])
        height, width = gt.rles[0]['size']
        images = [dict(id=int(i), height=height, width=width) for i in np.unique(gt.images)]
        dataset.dataset = dict(images=images, annotations=entries, categories=[dict(id=0)])
    with contextlib.redirect_stdout(io.StringIO()):
        true.createIndex()
        found.createIndex()
        evaluation = COCOeval(true, found, 'segm')
        evaluation.params.maxDets = [len(pred.images)]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval['precision'][:, :, :, 0, 0]
    return float(precision[precision > -1].mean())
