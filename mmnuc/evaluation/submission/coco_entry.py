"""What may be wrong with one entry of a COCO-style submission, key by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mmnuc.coco.compress import FARTHEST
from mmnuc.coco.faults import shown, shown_name
from mmnuc.evaluation.submission.images import BoardImage
from mmnuc.ops.codecs.rle import rles_to_crops


class EntryFinding(NamedTuple):
    """What was seen, what to do about it, and whether the board takes the entry all the same."""

    problem: str
    remedy: str
    warning: bool = False


@dataclass(frozen=True)
class EntryRules:
    """What one board asks of an entry.

    Attributes:
        categories: Ids that an entry may have.
        keys: Keys that every entry must have.
        cap: Detections of each category in each image that the board scores.
    """

    categories: Sequence[int]
    keys: tuple[str, ...]
    cap: int = 100


def entry_findings(
    entry: Any, by_id: Mapping[int, BoardImage], rules: EntryRules
) -> Iterator[EntryFinding]:
    """Check one entry.

    Args:
        entry: The entry as it was read.
        by_id: The images of the board.
        rules: What the board asks.

    Yields:
        Whatever is wrong with it.

    Example:
        >>> rules = EntryRules(categories=(1,), keys=('image_id', 'score'))
        >>> images = {1: BoardImage(1, 'a.png', 4, 6)}
        >>> for finding in entry_findings({'image_id': 2, 'score': 7}, images, rules):
        ...     print(finding.problem)
        image_id 2 is unknown
        score is 7
    """
    wanted = ', '.join(rules.keys)
    if not isinstance(entry, dict):
        yield EntryFinding(f'is {type(entry).__name__}', f'write an object with {wanted}')
        return
    for key in rules.keys:
        if key not in entry:
            yield EntryFinding(f'has no {key}', f'write the keys {wanted}')
    extra = sorted(set(entry) - set(_CHECKS))
    if extra:
        yield EntryFinding(
            f'has unknown keys {", ".join(map(shown_name, extra))}', 'leave them out', warning=True
        )
    image_id: Any = entry.get('image_id')
    image = by_id.get(image_id) if is_whole(image_id) else None
    for key, check in _CHECKS.items():
        if key in entry:
            yield from check(entry[key], image, by_id, rules)


def is_whole(value: Any) -> bool:
    """Whether json's value is a whole number; ``true`` is not.

    Example:
        >>> is_whole(3), is_whole(3.0), is_whole(True)
        (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def _image_findings(
    image_id: Any, _: BoardImage | None, by_id: Mapping[int, BoardImage], __: EntryRules
) -> Iterator[EntryFinding]:
    if not is_whole(image_id):
        yield EntryFinding(f'image_id is {shown(image_id)}', 'write a whole number')
    elif image_id not in by_id:
        known = f'the images json has {len(by_id)} ids from {min(by_id)} to {max(by_id)}'
        counted = ' (they do not count from 0)' if image_id == 0 else ''
        yield EntryFinding(f'image_id {image_id} is unknown', known + counted)


def _category_findings(
    category_id: Any, _: BoardImage | None, __: Mapping[int, BoardImage], rules: EntryRules
) -> Iterator[EntryFinding]:
    ids = rules.categories
    if is_whole(category_id) and category_id in ids:
        return
    allowed = str(ids[0]) if len(ids) == 1 else f'a whole number from {min(ids)} to {max(ids)}'
    counted = ' (categories do not count from 0)' if category_id == 0 else ''
    yield EntryFinding(f'category_id is {shown(category_id)}', f'write {allowed}{counted}')


def _score_findings(score: Any, *_: object) -> Iterator[EntryFinding]:
    number = isinstance(score, (int, float)) and not isinstance(score, bool)
    # NaN, which json readers take, compares false as well.
    if not number or not 0 <= score <= 1:
        yield EntryFinding(f'score is {shown(score)}', 'write a number from 0 to 1')


def _box_findings(box: Any, image: BoardImage | None, *_: object) -> Iterator[EntryFinding]:
    numbers = isinstance(box, list) and len(box) == 4 and all(map(_is_finite, box))
    if not numbers:
        yield EntryFinding(f'bbox is {shown(box)}', 'write [x, y, width, height] in pixels')
        return
    x, y, width, height = box
    if width <= 0 or height <= 0:
        yield EntryFinding(
            f'bbox {box} has no area', 'write [x, y, width, height], not two corners'
        )
    elif image and (x < 0 or y < 0 or x + width > image.width or y + height > image.height):
        remedy = f'the image is {image.width} wide and {image.height} high: cut the box'
        yield EntryFinding(f'bbox {box} leaves the image', remedy, warning=True)


def _mask_findings(rle: Any, image: BoardImage | None, *_: object) -> Iterator[EntryFinding]:
    if not isinstance(rle, dict) or set(rle) != {'size', 'counts'}:
        yield EntryFinding(
            'segmentation is no RLE', "write {'size': [height, width], 'counts': str}"
        )
        return
    if not isinstance(rle['counts'], str):
        kind = type(rle['counts']).__name__
        yield EntryFinding(f'counts is {kind}, not a string', "write COCO's compressed RLE as text")
    elif image and rle['size'] != [image.height, image.width]:
        remedy = f'the image has [{image.height}, {image.width}]'
        yield EntryFinding(f'size is {shown(rle["size"])}', remedy)
    elif image:
        yield from _counts_findings(rle, image)


def _counts_findings(rle: dict[str, Any], image: BoardImage) -> Iterator[EntryFinding]:
    try:
        crops = rles_to_crops([rle], image.height, image.width)
    except ValueError as error:
        problem = str(error).replace('run lengths 0', 'counts')
        yield EntryFinding(problem, 'encode the mask again with pycocotools')
        return
    if len(crops.buffer) == 0:
        yield EntryFinding('the mask is empty', 'leave the entry out')


def _is_finite(value: Any) -> bool:
    # Whole numbers of json may be too large for a float.
    return isinstance(value, (int, float)) and abs(value) <= FARTHEST


_CHECKS: dict[str, Callable[..., Iterator[EntryFinding]]] = {
    'image_id': _image_findings,
    'category_id': _category_findings,
    'score': _score_findings,
    'bbox': _box_findings,
    'segmentation': _mask_findings,
}
