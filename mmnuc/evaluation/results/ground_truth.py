"""Reading a ground truth from a file or a folder."""

from __future__ import annotations

from pathlib import Path

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo
from mmnuc.evaluation.results.coco_truth import read_coco_file
from mmnuc.evaluation.results.columns import joined
from mmnuc.evaluation.results.label_map_folder import label_map_files, read_instances
from mmnuc.evaluation.results.truth import Truth


def read_ground_truth(path: str | Path, *, annotated: bool = True) -> Truth:
    """Read a ground truth.

    Args:
        path: COCO json with annotations, as ``mmnuc convert`` writes it, or a folder of label
            maps (PNG, TIFF, ``.npy``, ``.mat``).
        annotated: Whether a json must hold annotations; without them it only says which images
            and classes there are.

    Returns:
        Images and instances.

    Raises:
        UserError: It is missing, damaged or something else.
    """
    path = Path(path)
    return _from_label_maps(path) if path.is_dir() else _from_coco(path, annotated)


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


def _from_label_maps(folder: Path) -> Truth:
    images, parts = [], []
    for number, file in enumerate(label_map_files(folder), 1):
        height, width, instances = read_instances(file, number)
        images.append(ImageInfo(number, file.name, height, width))
        parts.append(instances)
    if not images:
        raise UserError(f'{folder} holds no label maps (PNG, TIFF, .npy, .mat)')
    return Truth(tuple(images), joined(parts).ground_truth())
