"""Reading a ground truth from a file or a folder."""

from __future__ import annotations

from pathlib import Path

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo
from mmnuc.evaluation.results.annotation_files import is_annotation_file, read_annotation_truth
from mmnuc.evaluation.results.coco_truth import read_coco_file
from mmnuc.evaluation.results.image_sizes import (
    first_known,
    sizes_of_images,
    sizes_of_results,
)
from mmnuc.evaluation.results.truth import Truth


def read_ground_truth(
    path: str | Path,
    *,
    annotated: bool = True,
    images: str | Path | None = None,
    results: str | Path | None = None,
) -> Truth:
    """Read a ground truth.

    Args:
        path: COCO json with annotations, as ``mmnuc convert`` writes it, or a folder of label
            maps or outlines of other tools (:mod:`mmnuc.annotations.formats`), or one such file.
        annotated: Whether a json must hold annotations; without them it only says which images
            and classes there are.
        images: Folder of the images, or the one image: they say how large the images are that
            outlines belong to. Else the file itself says it, or a label map in ``results``.
        results: What is to be scored.

    Returns:
        Images and instances.

    Raises:
        UserError: It is missing, damaged or something else.
    """
    path = Path(path)
    if not path.is_dir() and not is_annotation_file(path):
        return _from_coco(path, annotated)
    named = () if images is None else (sizes_of_images(Path(images)),)
    other = () if results is None else (sizes_of_results(Path(results)),)
    return read_annotation_truth(path, first_known(*named), first_known(*other))


def _from_coco(path: Path, annotated: bool) -> Truth:
    file = read_coco_file(path, annotated=annotated)
    table = file.table
    if len(table) and table.crowds.all():
        raise UserError(
            f'{path}: nothing to score against: all {len(table):,} annotations are crowds '
            '(iscrowd 1), as CVAT writes them; "mmnuc convert coco FILE FOLDER --crowds as-nuclei" '
            'takes them as nuclei'
        )
    images = tuple(ImageInfo(i.id, i.file_name, i.height, i.width) for i in table.images)
    classes = tuple(category.name for category in table.categories)
    return Truth(
        images,
        file.ground_truth(classes, file.image_ids),
        classes,
        category_ids=tuple(category.id for category in table.categories),
        given_images=tuple(image.given for image in table.images),
        given_categories=tuple(category.given for category in table.categories),
    )
