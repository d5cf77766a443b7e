"""One result out of several: models that are asked together, or files that others wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results import Truth, read_ground_truth, read_predictions
from mmnuc.ops.codecs.rle import crops_to_rles, rles_to_crops
from mmnuc.stitching.fusion import fuse, to_probabilities
from mmnuc.structures.nuclei import Nuclei


def fuse_results(
    images: str | Path,
    results: Sequence[str | Path],
    out: str | Path,
    *,
    weights: Sequence[float] | None = None,
    iou_threshold: float = 0.5,
) -> int:
    """Fuse result files, whatever tools wrote them, into COCO's results json.

    Masks that agree are averaged, so with equal weights the majority of the files owns a pixel;
    scores are averaged over all files, those that saw nothing counting as 0.

    Args:
        images: Json with the images and classes, as for a test; annotations are not needed.
        results: The files, as ``mmnuc evaluate`` takes them.
        out: The json to write.
        weights: How much each file counts; by default all count the same.
        iou_threshold: Masks with this IoU are of one nucleus.

    Returns:
        How many nuclei were written.

    Raises:
        UserError: A file is missing, damaged or does not fit, or the weights do not.
    """
    if len(results) < 2:
        raise UserError('name at least two result files to fuse')
    if weights is not None and len(weights) != len(results):
        raise UserError(f'{len(results)} result files need {len(results)} weights')
    if not Path(out).resolve().parent.is_dir():
        raise UserError(f'cannot write {out}: there is no such folder')
    truth = read_ground_truth(images, annotated=False)
    sources = [read_predictions(path, truth)[0] for path in results]
    entries: list[dict[str, Any]] = []
    for image in truth.images:
        try:
            parts = [_of_image(source, image, truth.classes) for source in sources]
            found = fuse(parts, weights, iou_threshold=iou_threshold)
        except ValueError as error:
            raise UserError(str(error)) from error
        entries += _entries(found, image, truth)
    with atomic_path(Path(out)) as path:
        path.write_text(json.dumps(entries))
    return len(entries)


def _of_image(source: Predictions, image: ImageInfo, classes: tuple[str, ...]) -> Nuclei:
    rows = np.flatnonzero(source.images == image.id)
    rles = [source.rles[row] for row in rows]
    crops = rles_to_crops(rles, image.height, image.width)
    labels = source.labels[rows].astype(np.int64)
    return to_probabilities(Nuclei(crops, source.scores[rows], labels, classes))


def _entries(found: Nuclei, image: ImageInfo, truth: Truth) -> Iterator[dict[str, Any]]:
    rles = crops_to_rles(found.crops)
    for i, box in enumerate(found.boxes_xyxy.tolist()):
        yield dict(
            image_id=image.id,
            category_id=truth.category_ids[found.labels[i]],
            bbox=[box[0], box[1], box[2] - box[0], box[3] - box[1]],
            segmentation=rles[i],
            score=float(found.scores[i]),
        )
