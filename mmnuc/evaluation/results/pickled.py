"""What ``mmnuc test --out`` and mmdet pickle, read without running what a pickle may hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmnuc.annotations.names import stem_of
from mmnuc.coco.columns import RleColumn
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.columns import Columns, joined
from mmnuc.evaluation.results.truth import Truth
from mmnuc.ops.codecs.rle import Rle
from mmnuc.safe_pickle import TENSOR_STAND_INS, DamagedError, RefusedError
from mmnuc.safe_pickle import read_pickle as read_plain

# What values of another type raise where they are taken for masks, boxes and scores.
_COLUMNS = ('masks', 'scores', 'labels', 'bboxes')
_BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def read_pickle(path: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions.

    Args:
        path: The pickle: a list with a dict an image, ``img_id``, ``img_path`` and
            ``pred_instances`` with ``masks`` (RLE), ``scores``, ``labels`` and ``bboxes``.
        truth: The ground truth.

    Returns:
        The predictions, and the ids of the images that the file speaks of.

    Raises:
        UserError: It is damaged, holds something else, or speaks of other images.
    """
    content = _content(path)
    if not isinstance(content, list) or not all(_is_sample(sample) for sample in content):
        old = (
            ': those of mmdet 2 name no images; take the json that it writes'
            if _is_old(content)
            else ''
        )
        raise UserError(f'{path} holds no list of results with img_id and pred_instances{old}')
    images = _images(path, content, truth)
    try:
        parts = [_columns(*pair) for pair in zip(content, images, strict=True)]
        found = joined(parts).predictions()
    except _BROKEN as error:
        raise UserError(f'{path}: the predictions of an image are not whole: {error}') from None
    return found, {image.id for image in images}


def _content(path: Path) -> Any:
    try:
        with path.open('rb') as stream:
            return read_plain(stream, TENSOR_STAND_INS)
    except RefusedError as error:
        raise UserError(
            f'{path}: it wants {error}, and opening a pickle runs what it wants: results are plain '
            'Python, NumPy and tensors, as `mmnuc test --out` and mmdet write them'
        ) from None
    except DamagedError as error:
        raise UserError(f'{path} is no pickle of results: {error}') from None


def _is_sample(sample: Any) -> bool:
    return isinstance(sample, dict) and {'img_id', 'pred_instances'} <= sample.keys()


def _is_old(content: Any) -> bool:
    """Whether results are those of mmdet 2: boxes, or boxes and masks, by class for each image."""
    return isinstance(content, list) and all(isinstance(own, (list, tuple)) for own in content)


def _images(path: Path, samples: Sequence[dict[str, Any]], truth: Truth) -> list[ImageInfo]:
    """Find each sample's image: by its id, if the names agree, else by its name."""
    by_id = {image.id: image for image in truth.images}
    found = []
    for sample in samples:
        name, number = _name_and_id(path, sample)
        image = by_id.get(number)
        if name and (image is None or stem_of(image.file_name) != stem_of(name)):
            image = truth.find(name, str(path))
        if image is None:
            raise UserError(
                f'{path}: image {number} {name} is not in the ground truth; '
                f'its first is {truth.images[0].id} {truth.images[0].file_name}'
            )
        found.append(image)
    times = Counter(image.id for image in found)
    for image in found:
        if times[image.id] > 1:
            raise UserError(f'{path} holds results of {image.file_name} twice')
    return found


def _name_and_id(path: Path, sample: dict[str, Any]) -> tuple[str, int]:
    file_name = sample.get('img_path')
    try:
        number = int(sample['img_id'])
    except _BROKEN:
        raise UserError(f'{path}: the img_id of an image is no number') from None
    if not isinstance(file_name, str | None):
        raise UserError(f'{path}: the img_path of image {number} is no text')
    return (file_name or '').replace('\\', '/'), number


def _columns(sample: dict[str, Any], image: ImageInfo) -> Columns:
    pred = sample['pred_instances']
    if missing := [key for key in _COLUMNS if key not in pred]:
        raise ValueError(f'it has no {" and no ".join(missing)}')
    if len(counts := {len(pred[key]) for key in _COLUMNS}) > 1:
        raise ValueError(f'masks, scores, labels and bboxes of {sorted(counts)} nuclei')
    rles = RleColumn.of([_with_text(rle) for rle in pred['masks']])
    if any(rle['size'] != [image.height, image.width] for rle in rles):
        raise ValueError(f'masks of another size than {image.file_name}')
    rles.measure()
    boxes = np.array(pred['bboxes'], np.float64).reshape(-1, 4)
    boxes[:, 2:] -= boxes[:, :2]
    count = len(rles)
    return Columns(
        images=np.full(count, image.id, np.int64),
        labels=np.asarray(pred['labels'], np.int64).reshape(count),
        rles=rles,
        boxes_xywh=boxes,
        areas=boxes[:, 2] * boxes[:, 3],
        scores=np.asarray(pred['scores'], np.float64).reshape(count),
    )


def _with_text(code: Any) -> Rle:
    """The same RLE with its counts as text, as a json holds them."""
    if not isinstance(code, dict) or not {'size', 'counts'} <= code.keys():
        raise ValueError('masks that are no run lengths: encode them as pycocotools does')
    counts = code['counts']
    text = counts.decode('latin-1') if isinstance(counts, bytes) else counts
    if not isinstance(text, str):
        raise ValueError('masks that are no compressed run lengths')
    return {'size': [int(side) for side in code['size']], 'counts': text}
