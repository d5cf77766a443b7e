"""The json list of the Tiny PASCAL VOC board: twenty classes, no boxes."""

from __future__ import annotations

from collections.abc import Sequence

from mmnuc.evaluation.submission.coco_entry import EntryRules
from mmnuc.evaluation.submission.coco_json import dump_entries, kept, validate_entries
from mmnuc.evaluation.submission.fault import ValidationReport
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImages

CATEGORIES = tuple(range(1, 21))
RULES = EntryRules(
    categories=CATEGORIES, keys=('image_id', 'category_id', 'segmentation', 'score'), cap=100
)


def encode(results: Sequence[ImageResult], images: BoardImages) -> bytes:
    """Write the answer: images in the json's order, the most confident object first.

    Empty masks and repeated masks of one class are left out.

    Args:
        results: One result for every image, in any order.
        images: The images of the board. Label i is their i-th category, or category i + 1 where
            the json lists no categories.

    Returns:
        The file's content.

    Raises:
        ValueError: Results do not cover the images, or a label has no category.

    Example:
        >>> import numpy as np
        >>> from mmnuc.evaluation.submission.images import BoardImage
        >>> images = BoardImages((BoardImage(914, 'a.jpg', 2, 3),))
        >>> result = ImageResult(914, 'a.jpg', 2, 3, [{'size': [2, 3], 'counts': '312'}],
        ...                      np.array([0.5]), np.array([2]), np.array([[1, 1, 2, 2]]))
        >>> print(encode([result], images).decode().splitlines()[1])  # doctest: +ELLIPSIS
        {"image_id": 914, "category_id": 3, "segmentation": {"size": [2, 3], ...}, "score": 0.5}
    """
    categories = images.category_ids or CATEGORIES
    entries = []
    for image, result in images.in_order(results):
        if len(result) and not 0 <= result.labels.min() <= result.labels.max() < len(categories):
            raise ValueError(
                f'image {image.image_id} has labels {result.labels.min()} to '
                f'{result.labels.max()} with {len(categories)} categories'
            )
        for i, _ in kept(result):
            entries.append(
                {
                    'image_id': image.image_id,
                    'category_id': categories[int(result.labels[i])],
                    'segmentation': result.rles[i],
                    'score': float(result.scores[i]),
                }
            )
    return dump_entries(entries)


def validate(content: bytes, images: BoardImages) -> ValidationReport:
    """Check an answer.

    Args:
        content: The file.
        images: The images of the board.

    Returns:
        Every fault by entry, and the number of entries by image.
    """
    return validate_entries(content, images, RULES)
