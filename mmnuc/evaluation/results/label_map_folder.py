"""Label maps in a folder, one an image."""

from __future__ import annotations

from pathlib import Path

from mmnuc.converters.label_maps import ENDINGS, read_label_map
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File, open_tree
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import Predictions
from mmnuc.evaluation.results.columns import Columns, from_rles, joined
from mmnuc.evaluation.results.truth import Truth
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles

SUFFIXES = ('.png', '.tif', '.tiff', '.npy', '.mat')


def label_map_files(folder: Path) -> list[File]:
    """List the label maps of a folder and its folders, in the order of their names."""
    tree = open_tree(folder)
    return [file for file in map(tree.file, tree.names) if file.suffix in SUFFIXES]


def read_instances(file: File, image: int) -> tuple[int, int, Columns]:
    """Read one label map.

    Args:
        file: The file.
        image: Id of its image.

    Returns:
        Height and width of the image, and its instances, all equally sure.

    Raises:
        UserError: The file is damaged or no label map.
    """
    try:
        crops, _ = label_map_to_crops(read_label_map(file))
    except SourceError as error:
        raise UserError(f'{file.name}: {error.fault.detail or error.fault.kind}') from None
    return crops.height, crops.width, from_rles(crops_to_rles(crops), image)


def read_label_maps(folder: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions, all equally sure; a label map's name is that of its image.

    Args:
        folder: The folder; endings such as ``_mask`` or ``_label`` do not count.
        truth: The ground truth.

    Returns:
        The predictions, and the ids of the images that have a label map.

    Raises:
        UserError: There are no label maps, one is damaged, of another size than its image, or of
            no image of the ground truth.
    """
    truth.require_names()
    parts, unknown = [], []
    for file in label_map_files(folder):
        image = truth.by_name.get(file.stem) or truth.by_name.get(ENDINGS.sub('', file.stem))
        if image is None:
            unknown.append(file.name)
            continue
        height, width, instances = read_instances(file, image.id)
        if (height, width) != (image.height, image.width):
            raise UserError(
                f'{file.name} is {height} x {width}, its image {image.height} x {image.width}'
            )
        parts.append((image.id, instances))
    if unknown or not parts:
        seen = f'{len(unknown)} of no image of the ground truth: {", ".join(unknown[:5])}'
        raise UserError(f'{folder}: {seen}' if unknown else f'{folder} holds no label maps')
    return joined([own for _, own in parts]).predictions(), {image for image, _ in parts}
