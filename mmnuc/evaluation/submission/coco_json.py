"""The json list of masks that COCO-style boards take: written, and checked as a whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmnuc.coco.reader import read_items
from mmnuc.errors import UserError
from mmnuc.evaluation.submission.coco_entry import EntryRules, entry_findings, is_whole
from mmnuc.evaluation.submission.fault import SubmissionFault, ValidationReport
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImages
from mmnuc.ops.codecs.rle import rles_to_crops


def dump_entries(entries: Sequence[Mapping[str, Any]]) -> bytes:
    r"""Write entries as json, one a line, so that a person finds an entry by its line.

    Example:
        >>> dump_entries([{'image_id': 1}, {'image_id': 2}])
        b'[\n{"image_id": 1},\n{"image_id": 2}\n]\n'
        >>> dump_entries([])
        b'[]\n'
    """
    if not entries:
        return b'[]\n'
    return ('[\n' + ',\n'.join(json.dumps(entry) for entry in entries) + '\n]\n').encode()


def kept(result: ImageResult) -> list[tuple[int, list[int]]]:
    """Choose what is worth an entry: the most confident first, nothing empty, nothing twice.

    An empty mask finds nothing, and a second copy of a mask of the same class can only be counted
    as false, so neither is written.

    Args:
        result: One image's instances.

    Returns:
        The index of each instance to write, with the tight box ``[x, y, width, height]`` of its
        mask.

    Raises:
        ValueError: A mask is no run-length code of the image's size.
    """
    boxes = rles_to_crops(result.rles, result.height, result.width).boxes_xyxy.tolist()
    chosen: dict[tuple[int, str], tuple[int, list[int]]] = {}
    for i in result.by_score():
        x1, y1, x2, y2 = boxes[i]
        if x2 > x1:
            key = (int(result.labels[i]), result.rles[i]['counts'])
            chosen.setdefault(key, (i, [x1, y1, x2 - x1, y2 - y1]))
    return list(chosen.values())


def validate_entries(content: bytes, images: BoardImages, rules: EntryRules) -> ValidationReport:
    """Check a json list of masks.

    Args:
        content: The file.
        images: The images of the board.
        rules: What the board asks of an entry.

    Returns:
        Every fault by entry. Images without an entry and entries beyond the cap are warnings: the
        board takes such a file.
    """
    entries = _load(content)
    if isinstance(entries, SubmissionFault):
        return ValidationReport((entries,), {})
    by_id = {image.image_id: image for image in images.images}
    faults: list[SubmissionFault] = []
    first_seen: dict[str, int] = {}
    for i, entry in enumerate(entries):
        where, image = f'entries[{i}]', _shown_id(entry)
        faults += [
            SubmissionFault(where, image, *found) for found in entry_findings(entry, by_id, rules)
        ]
        first = first_seen.setdefault(_identity(entry, i), i)
        if first != i:
            problem = f'repeats the mask of entries[{first}]'
            faults.append(SubmissionFault(where, image, problem, 'leave one of them out'))
    counts = Counter(_shown_id(entry) for entry in entries)
    per_image = {str(image.image_id): counts[str(image.image_id)] for image in images.images}
    return ValidationReport((*faults, *_image_warnings(entries, images, rules)), per_image)


def _load(content: bytes) -> list[Any] | SubmissionFault:
    try:
        items = list(read_items(content, 'it'))
    except UserError as error:
        said = str(error).removeprefix('it is no COCO json: ').removeprefix('it is ')
        if 'UTF-' in said:
            return SubmissionFault('file', '', said.partition('; ')[0], 'write json as UTF-8')
        cut = 'ends too early' in said or said == 'empty'
        problem = f'{"is cut off" if cut else "is not json"}: {said}'
        return SubmissionFault('file', '', problem, 'write the whole file again')
    if not items or items[0].key:
        return SubmissionFault('file', '', 'holds one dict', 'write a list of entries')
    return [item.value for item in items[1:]]


def _image_warnings(
    entries: list[Any], images: BoardImages, rules: EntryRules
) -> Iterator[SubmissionFault]:
    """Images without any entry, and images with more entries than the board scores."""
    pairs = ((e.get('image_id'), e.get('category_id')) for e in entries if isinstance(e, dict))
    counts = Counter(pair for pair in pairs if is_whole(pair[0]) and is_whole(pair[1]))
    present = {image_id for image_id, _ in counts}
    for image in images.images:
        if image.image_id not in present:
            remedy = f'check that {image.file_name} was predicted'
            yield SubmissionFault('file', str(image.image_id), 'has no entry', remedy, warning=True)
    for (image_id, category_id), count in counts.items():
        if count > rules.cap:
            problem = f'has {count} entries of category {category_id}'
            remedy = f'the board scores only the {rules.cap} most confident'
            yield SubmissionFault('file', str(image_id), problem, remedy, warning=True)


def _identity(entry: Any, number: int) -> str:
    """What two entries share when one repeats the other: image, category and mask."""
    keys = ('image_id', 'category_id', 'segmentation')
    if not isinstance(entry, dict) or not set(keys) <= set(entry):
        return str(number)
    try:
        return json.dumps([entry[key] for key in keys], sort_keys=True)
    except RecursionError:
        return str(number)


def _shown_id(entry: Any) -> str:
    return str(entry['image_id']) if isinstance(entry, dict) and 'image_id' in entry else ''
