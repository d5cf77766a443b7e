"""What ``tools/test.py --out`` pickles, read without running what a pickle may hold.

A pickle can call any function. Here only what plain Python and NumPy data needs is let through,
and tensors are read as arrays; everything else is refused by name.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmnuc.coco.segmentation import with_text
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.columns import Columns, joined
from mmnuc.evaluation.results.torch_arrays import FUNCTIONS
from mmnuc.evaluation.results.truth import Truth, stem

_ALLOWED = {
    ('numpy', 'dtype'),
    ('numpy', 'ndarray'),
    *(
        (f'numpy.{core}.{module}', name)
        for core in ('core', '_core')
        for module, name in (
            ('multiarray', '_reconstruct'),
            ('multiarray', 'scalar'),
            ('numeric', '_frombuffer'),
        )
    ),
    ('_codecs', 'encode'),
    ('collections', 'OrderedDict'),
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in FUNCTIONS:
            return FUNCTIONS[module, name]
        if (module, name) not in _ALLOWED:
            raise UserError(
                f'it wants {module}.{name}, and opening a pickle runs what it wants: results are '
                'plain Python, NumPy and tensors, as tools/test.py --out and mmdet write them'
            )
        return super().find_class(module, name)


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
    try:
        content = _PlainUnpickler(io.BytesIO(path.read_bytes())).load()
    except UserError as error:
        raise UserError(f'{path}: {error}') from None
    except Exception as error:  # a damaged pickle raises almost anything
        raise UserError(f'{path} is no pickle of results: {error}') from None
    if not isinstance(content, list) or not all(_is_sample(sample) for sample in content):
        raise UserError(f'{path} holds no list of results with img_id and pred_instances')
    images = _images(path, content, truth)
    try:
        parts = [_columns(*pair) for pair in zip(content, images, strict=True)]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f'{path}: the predictions of an image are not whole: {error}') from None
    return joined(parts).predictions(), {image.id for image in images}


def _is_sample(sample: Any) -> bool:
    return isinstance(sample, dict) and {'img_id', 'pred_instances'} <= sample.keys()


def _images(path: Path, samples: Sequence[dict[str, Any]], truth: Truth) -> list[ImageInfo]:
    """Find each sample's image: by its id, if the names agree, else by its name."""
    by_id = {image.id: image for image in truth.images}
    found = []
    for sample in samples:
        name = stem(str(sample.get('img_path') or '').replace('\\', '/'))
        image = by_id.get(int(sample['img_id']))
        if name and (image is None or stem(image.file_name) != name):
            truth.require_names()
            image = truth.by_name.get(name)
        if image is None:
            raise UserError(
                f'{path}: image {sample["img_id"]} {name} is not in the ground truth; '
                f'its first is {truth.images[0].id} {truth.images[0].file_name}'
            )
        found.append(image)
    return found


def _columns(sample: dict[str, Any], image: ImageInfo) -> Columns:
    pred = sample['pred_instances']
    rles = [with_text(rle) for rle in pred['masks']]
    if any(rle['size'] != [image.height, image.width] for rle in rles):
        raise ValueError(f'masks of another size than {image.file_name}')
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
