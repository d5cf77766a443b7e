"""What was found in the source, told in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mmnuc.converters.loss import Loss
from mmnuc.converters.record import SourceFault

BAD, WARNING, NOTE = 'bad', 'warning', 'note'
# Lines of faults in a message; the report has them all.
_MOST_LISTED = 100
_SHOWN_BY_ONE = ('converted-image',)

# How serious each kind of fault is, and what it means. Bad: the file says nothing, or the
# opposite of what it should, and training on it would teach the wrong thing; the conversion fails
# unless bad files may be left out. Warning: unusual, but usable as it is. Note: good to know.
KINDS: dict[str, tuple[str, str]] = {
    'unreadable': (BAD, 'truncated, damaged or not of the kind its name says'),
    'wrong-size': (BAD, 'not the size of its image'),
    'non-binary': (BAD, 'a mask with other values than 0 and one of 1, 255, 65535'),
    'empty-mask': (BAD, 'a mask without a pixel'),
    'duplicate-mask': (BAD, 'the same pixels as another mask of the image'),
    'image-without-masks': (BAD, 'an image that nobody annotated, among annotated ones'),
    'masks-without-image': (BAD, 'an annotation without its image'),
    'missing-image': (BAD, 'an image that is named but not there'),
    'ambiguous': (BAD, 'several files where one is expected'),
    'no-segmentation': (BAD, 'an object without outline or run lengths'),
    'unknown-category': (BAD, 'an object of a class that is not in the list of classes'),
    'all-crowds': (
        WARNING,
        'every annotation is a crowd: training would learn nothing; take them as nuclei with '
        '--crowds as-nuclei',
    ),
    'overlapping-masks': (WARNING, 'masks that share pixels; both are kept whole'),
    'degenerate-outline': (
        WARNING,
        'an outline around no pixel or of less than 3 points; left out',
    ),
    'marked-ignore': (WARNING, 'marked to be left out (ignore 1), and kept so'),
    'binary-label-map': (WARNING, 'a label map whose numbers are each in several parts'),
    'duplicate-image': (
        WARNING,
        'an image with the pixels of another; kept on one side of the split',
    ),
    'all-lost': (WARNING, 'an image none of whose annotations can be used; left out'),
    'large-mask': (WARNING, 'a mask over more than half of its image: a region, or turned over?'),
    'ignored-file': (WARNING, 'a file among the masks that is no picture'),
    'passed-over': (
        WARNING,
        'not read: regions, points, other files of an image, images of a file',
    ),
    'no-test-ids': (WARNING, 'test images that are not in the table of ids'),
    'no-nuclei': (NOTE, 'an image annotated as holding no nuclei'),
    'several-parts': (NOTE, 'a mask in several parts'),
    'corrected-box': (NOTE, 'a box that did not enclose its mask; computed anew'),
    'corrected-area': (NOTE, 'an area that was not that of the mask; computed anew'),
    'converted-image': (NOTE, 'an image written in another way than it was found'),
}


@dataclass(frozen=True)
class IntegrityReport:
    """The result of a conversion.

    Args:
        format: The format it was converted from.
        images: How many images each file lists, by the file's stem.
        nuclei: How many annotations each file lists.
        groups: How many groups each file's images form.
        excluded: How many images and masks were left out as bad.
        faults: All faults.
        loss: How many annotations were left out, of how many.
        classes: How many annotations of each class there are, where there are several.
        pixel_sizes: How many images have pixels of a size, by the size in words.
    """

    format: str
    images: dict[str, int]
    nuclei: dict[str, int]
    groups: dict[str, int]
    excluded: dict[str, int]
    faults: tuple[SourceFault, ...]
    loss: Loss = field(default_factory=lambda: Loss(0, 0))
    classes: dict[str, int] = field(default_factory=dict)
    pixel_sizes: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values, the faults by kind."""
        by_kind = {
            kind: {
                'level': level,
                'meaning': meaning,
                'occurrences': [
                    {'file': fault.file, 'detail': fault.detail}
                    for fault in self.faults
                    if fault.kind == kind
                ],
            }
            for kind, (level, meaning) in KINDS.items()
        }
        return {
            'format': self.format,
            'images': self.images,
            'nuclei': self.nuclei,
            'groups': self.groups,
            'classes': self.classes,
            'pixel_sizes': self.pixel_sizes,
            'excluded': self.excluded,
            'annotations': {'lost': self.loss.lost, 'of': self.loss.total},
            'faults': {kind: entry for kind, entry in by_kind.items() if entry['occurrences']},
        }

    def summary(self) -> str:
        """Return the report on one screen."""
        lines = [f'{"":8}{"images":>8}{"nuclei":>9}{"groups":>8}']
        for name, count in self.images.items():
            lines.append(f'{name:8}{count:8}{self.nuclei[name]:9}{self.groups[name]:8}')
        if len(self.classes) > 1:
            counts = (f'{name} {count:,}' for name, count in self.classes.items())
            lines.append(f'classes: {", ".join(counts)}')
        if self.pixel_sizes:
            counts = (f'{size} ({count:,})' for size, count in self.pixel_sizes.items())
            lines.append(f'pixel size: {", ".join(counts)}')
        if any(self.excluded.values()):
            lines.append(
                'left out: ' + ', '.join(f'{n} {what}' for what, n in self.excluded.items())
            )
        if self.loss.lost:
            lines.append(f'lost: {self.loss}')
        return '\n'.join([*lines, *_kinds_found(self.faults)])


def bad_faults(faults: Sequence[SourceFault]) -> list[SourceFault]:
    """Return the faults that fail a conversion."""
    return [fault for fault in faults if KINDS[fault.kind][0] == BAD]


def list_faults(faults: Sequence[SourceFault]) -> str:
    """List faults, one a line, in the order of their kinds.

    Example:
        >>> cut = SourceFault('unreadable', 'b.png', 'truncated')
        >>> list_faults([SourceFault('empty-mask', 'a.png'), cut])
        '  unreadable          b.png: truncated\\n  empty-mask          a.png'
    """
    order = list(KINDS)
    ordered = sorted(faults, key=lambda fault: (order.index(fault.kind), fault.file))
    more = f'\n  and {len(faults) - _MOST_LISTED:,} more' if len(faults) > _MOST_LISTED else ''
    return (
        '\n'.join(
            f'  {fault.kind:20}{fault.file}' + (f': {fault.detail}' if fault.detail else '')
            for fault in ordered[:_MOST_LISTED]
        )
        + more
    )


def _kinds_found(faults: Sequence[SourceFault]) -> list[str]:
    counts = Counter(fault.kind for fault in faults)
    # Of what was read of images one is shown, as it is often the same for all.
    first = {fault.kind: f', such as {fault.file}: {fault.detail}' for fault in reversed(faults)}
    return [
        f'{level}: {counts[kind]} x {kind} ({meaning})'
        + (first[kind] if kind in _SHOWN_BY_ONE else '')
        for kind, (level, meaning) in KINDS.items()
        if counts[kind]
    ] or ['no faults']
