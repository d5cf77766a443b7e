"""What the report shows, as plain data for its page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.faults import shown_name
from mmnuc.coco.images import leads_out
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.box_crowding import neighbours
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.functional.errors import ErrorClass, Errors, classify_errors
from mmnuc.evaluation.results.truth import Truth
from mmnuc.evaluation.scorecard.label_map_part import rows_of
from mmnuc.images import read_bgr
from mmnuc.ops.codecs.rle import rles_to_crops
from mmnuc.ops.crops import Crops
from mmnuc.ops.drawing.draw import outline
from mmnuc.ops.overlap.masks import pixel_counts

LARGEST_SIDE = 2000
CLASSES = tuple(one.name.lower() for one in ErrorClass)
CROWDING = ('alone', '1 or 2 neighbours', '3 or more')


def image_contents(
    truth: Truth, pred: Predictions, score_threshold: float, folder: Path | None
) -> list[dict[str, Any]]:
    """Describe every image: its picture, the outlines of both sides, and their classes.

    Args:
        truth: The ground truth; crowds are left out.
        pred: The predictions; those below the threshold are left out.
        score_threshold: Confidence from which a prediction counts.
        folder: Where the images are; without it, or where one is missing, outlines stand alone.

    Returns:
        A dict an image, in the order of the ground truth.
    """
    ids = [image.id for image in truth.images]
    gt_rows = rows_of(truth.gt.images, ids, ~truth.gt.crowd)
    pred_rows = rows_of(pred.images, ids, pred.scores >= score_threshold)
    return [
        _one_image(image, truth.gt, pred, gt_own, pred_own, folder)
        for image, gt_own, pred_own in zip(truth.images, gt_rows, pred_rows, strict=True)
    ]


def error_counts(images: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Count the classes of all images together, and of true nuclei by size and by crowding.

    Returns:
        ``gt`` and ``pred``: a count a class; ``by_size`` and ``by_crowding``: rows of a name and a
        count a class.
    """
    classes = _joined(images, 'gt', 'classes')
    areas, crowding = _joined(images, 'gt', 'areas'), _joined(images, 'gt', 'neighbours')
    limits = np.quantile(areas, [1 / 3, 2 / 3]).round().astype(int) if len(areas) else [0, 0]
    sizes = np.digitize(areas, limits)
    names = [f'under {limits[0]} px', f'{limits[0]} to {limits[1]} px', f'from {limits[1]} px']
    crowds = np.digitize(crowding, [1, 3])
    return {
        'gt': _tally(classes),
        'pred': _tally(_joined(images, 'pred', 'classes')),
        'by_size': [[name, _tally(classes[sizes == i])] for i, name in enumerate(names)],
        'by_crowding': [[name, _tally(classes[crowds == i])] for i, name in enumerate(CROWDING)],
    }


def _joined(images: Sequence[dict[str, Any]], side: str, key: str) -> NDArray[np.int64]:
    parts = [np.asarray(image[side][key], np.int64) for image in images]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _tally(classes: NDArray[np.int64]) -> list[int]:
    counts: list[int] = np.bincount(classes, minlength=len(CLASSES)).tolist()
    return counts


def _one_image(
    image: ImageInfo,
    gt: GroundTruth,
    pred: Predictions,
    gt_rows: NDArray[Any],
    pred_rows: NDArray[Any],
    folder: Path | None,
) -> dict[str, Any]:
    size = image.height, image.width
    truth = rles_to_crops([gt.rles[i] for i in gt_rows], *size)
    found = rles_to_crops([pred.rles[i] for i in pred_rows], *size)
    errors = classify_errors(truth, found, pred.scores[pred_rows])
    return {
        'id': image.id,
        'name': image.file_name,
        'height': image.height,
        'width': image.width,
        'picture': None if folder is None else _picture(_inside(folder, image.file_name)),
        'gt': {**_side(truth, errors, 'gt'), 'neighbours': neighbours(truth.boxes_xyxy).tolist()},
        'pred': {
            **_side(found, errors, 'pred'),
            'scores': pred.scores[pred_rows].round(4).tolist(),
        },
    }


def _side(crops: Crops, errors: Errors, name: str) -> dict[str, Any]:
    return {
        'outlines': [_rings(crops, i) for i in range(len(crops))],
        'boxes': crops.boxes_xyxy.tolist(),
        'areas': pixel_counts(crops).tolist(),
        'classes': getattr(errors, name).tolist(),
        'partners': getattr(errors, f'{name}_partner').tolist(),
        'ious': getattr(errors, f'{name}_iou').round(4).tolist(),
    }


def _rings(crops: Crops, index: int) -> list[list[int]]:
    """Outlines of one mask, each flat: x, y, x, y ..."""
    x, y = crops.boxes_xyxy[index, :2].tolist()
    return [path.reshape(-1).tolist() for path in outline(crops.crop(index), (x, y))]


def _inside(folder: Path, name: str) -> Path:
    """The file of an image, which a report shows to whoever it is sent to.

    Raises:
        UserError: Its name leads out of the folder.
    """
    if leads_out(name):
        raise UserError(f'{shown_name(name)}: the name of an image leads out of {folder}')
    return folder / name


def _picture(path: Path) -> str | None:
    """The image as a JPEG in a data URI, made smaller if it is very large."""
    try:
        pixels: NDArray[Any] = read_bgr(path)
    except UserError:
        return None
    scale = LARGEST_SIDE / max(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return 'data:image/jpeg;base64,' + base64.b64encode(data.tobytes()).decode()
