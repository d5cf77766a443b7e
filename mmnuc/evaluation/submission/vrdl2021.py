"""``answer.json`` of the VRDL 2021 nuclei board: category 1, images in the board's order."""

from __future__ import annotations

from collections.abc import Sequence

from mmnuc.evaluation.submission.coco_entry import EntryRules
from mmnuc.evaluation.submission.coco_json import dump_entries, kept, validate_entries
from mmnuc.evaluation.submission.fault import SubmissionFault, ValidationReport
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImages

CATEGORY = 1
RULES = EntryRules(
    categories=(CATEGORY,),
    keys=('image_id', 'bbox', 'score', 'category_id', 'segmentation'),
    cap=100,
)
# The board knows its tiles by these ids, whatever an images json calls them.
BOARD_IDS = {
    'TCGA-A7-A13E-01Z-00-DX1': 1,
    'TCGA-50-5931-01Z-00-DX1': 2,
    'TCGA-G2-A2EK-01A-02-TSB': 3,
    'TCGA-AY-A8YK-01A-01-TS1': 4,
    'TCGA-G9-6336-01Z-00-DX1': 5,
    'TCGA-G9-6348-01Z-00-DX1': 6,
}


def encode(results: Sequence[ImageResult], images: BoardImages) -> bytes:
    """Write the answer: images in the board's order, the most confident nucleus first.

    The box of an entry is the tight box of its mask. Empty masks and repeated masks are left out.

    Args:
        results: One result for every image, in any order; label 0 is the nucleus.
        images: The images of the board.

    Returns:
        The file's content.

    Raises:
        ValueError: Results do not cover the images, or a label is not 0.

    Example:
        >>> import numpy as np
        >>> from mmnuc.evaluation.submission.images import BoardImage
        >>> images = BoardImages((BoardImage(1, 'tile.png', 2, 3),))
        >>> result = ImageResult(1, 'tile.png', 2, 3, [{'size': [2, 3], 'counts': '312'}],
        ...                      np.array([0.5]), np.array([0]), np.array([[1, 1, 2, 2]]))
        >>> print(encode([result], images).decode().splitlines()[1])  # doctest: +ELLIPSIS
        {"image_id": 1, "bbox": [1, 1, 1, 1], "score": 0.5, "category_id": 1, "segmentation": ...
    """
    entries = []
    for image, result in images.in_order(results):
        if result.labels.any():
            raise ValueError(
                f'image {image.image_id} has label {result.labels.max()}; the board knows only '
                f'nuclei, label 0'
            )
        for i, box in kept(result):
            entries.append(
                {
                    'image_id': image.image_id,
                    'bbox': box,
                    'score': float(result.scores[i]),
                    'category_id': CATEGORY,
                    'segmentation': result.rles[i],
                }
            )
    return dump_entries(entries)


def validate(content: bytes, images: BoardImages) -> ValidationReport:
    """Check an ``answer.json``.

    Args:
        content: The file.
        images: The images of the board; where they bear the names of the board's tiles, their ids
            are checked too.

    Returns:
        Every fault by entry, and the number of entries by image.
    """
    report = validate_entries(content, images, RULES)
    return ValidationReport((*_numbering(images), *report.faults), report.entries)


def _numbering(images: BoardImages) -> list[SubmissionFault]:
    faults = []
    for image in images.images:
        expected = BOARD_IDS.get(image.file_name.rpartition('/')[2].rpartition('.')[0])
        if expected is not None and expected != image.image_id:
            problem = f'the images json gives {image.file_name} the id {image.image_id}'
            remedy = f'the board has it as {expected}: use the ids of test_img_ids.json'
            faults.append(SubmissionFault('images json', str(image.image_id), problem, remedy))
    return faults
