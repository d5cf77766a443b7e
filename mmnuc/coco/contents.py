"""What a COCO file holds, in the lines that a training shows before it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.faults import shown_name
from mmnuc.coco.table import CocoTable
from mmnuc.ops.arrays import BoolArray, F64Array

_MOST_NAMED = 5
_WORDS = {
    'masks-without-image': 'of images that the file does not list',
    'degenerate-outline': 'with no pixel of the image inside',
    'empty-mask': 'with an empty mask',
}


@dataclass(frozen=True)
class Contents:
    """What a file offers to learn from.

    Attributes:
        file: The file.
        images: How many images it lists.
        bare: How many of them show no nucleus.
        classes: How many nuclei there are of each class.
        crowds: How many annotations are crowds, which are not learnt.
        dropped: How many annotations are left out, by the reason in words.
        notes: What else is worth saying.
        diameters: Equivalent diameter in pixels that 5, 50 and 95 % of the nuclei do not exceed.
        micrometres: The same in micrometres, of those whose pixel size is known.
        measured: Of how many nuclei the pixel size is known.
        smallest: The smallest nuclei, each a line.
        largest: The largest ones.
    """

    file: str
    images: int
    bare: int
    classes: Mapping[str, int]
    crowds: int
    dropped: Mapping[str, int]
    notes: Sequence[str] = ()
    diameters: Sequence[float] = ()
    micrometres: Sequence[float] = ()
    measured: int = 0
    smallest: Sequence[str] = field(default=(), repr=False)
    largest: Sequence[str] = field(default=(), repr=False)

    @property
    def nuclei(self) -> int:
        """How many nuclei there are to learn from."""
        return sum(self.classes.values())

    def lines(self, pixel_size: float | None = None) -> list[str]:
        """Say it all.

        Args:
            pixel_size: Micrometres a pixel, for files that do not say.

        Example:
            >>> print(*Contents('train.json', 2, 1, {'nucleus': 1}, 1, {}, (), (9.5, 9.5, 9.5))
            ...       .lines(0.5),
            ...       sep='\\n')
            train.json: 1 nucleus on 2 images, 1 of them without one
              left out: 1 that is a crowd
              diameter: median 9.5 px (5 to 95 %: 9.5 to 9.5), 4.8 µm (4.8 to 4.8)
        """
        lines = [self._head()]
        if len(self.classes) > 1:
            lines.append('by class: ' + ', '.join(f'{n} {c:,}' for n, c in self.classes.items()))
        left_out = {('that is a crowd' if self.crowds == 1 else 'that are crowds'): self.crowds}
        said = [f'{n:,} {why}' for why, n in {**left_out, **self.dropped}.items() if n]
        if said:
            lines.append('left out: ' + ', '.join(said))
        lines += self.notes
        if self.diameters:
            lines.append(self._sizes(pixel_size))
        lines += [f'smallest: {"; ".join(self.smallest)}'] if self.smallest else []
        lines += [f'largest: {"; ".join(self.largest)}'] if self.largest else []
        return [lines[0], *(f'  {line}' for line in lines[1:])]

    def emptiness(self) -> str:
        """Why there is nothing to learn from; empty where there is something."""
        if self.nuclei:
            return ''
        seen = [f'{n:,} {why}' for why, n in self.dropped.items() if n]
        if self.crowds:
            seen = [f'{self.crowds:,} crowds (iscrowd 1)', *seen]
        what = f'its annotations are {", ".join(seen)}' if seen else 'it has no annotations'
        hint = (
            '; CVAT and others mark every nucleus as a crowd: "mmnuc convert coco FILE FOLDER '
            '--crowds as-nuclei" takes them as nuclei'
            if self.crowds
            else ''
        )
        return f'{self.file}: nothing to learn from: {what}{hint}'

    def _head(self) -> str:
        nuclei = 'nucleus' if self.nuclei == 1 else 'nuclei'
        images = 'image' if self.images == 1 else 'images'
        bare = f', {self.bare:,} of them without one' if self.bare else ''
        return f'{self.file}: {self.nuclei:,} {nuclei} on {self.images:,} {images}{bare}'

    def _sizes(self, pixel_size: float | None) -> str:
        low, middle, high = self.diameters
        text = f'diameter: median {middle:.1f} px (5 to 95 %: {low:.1f} to {high:.1f})'
        known = self.micrometres
        if not known and pixel_size:
            known = [diameter * pixel_size for diameter in self.diameters]
        if not known:
            return f'{text}, pixel size unknown'
        low, middle, high = known
        some = 0 < self.measured < self.nuclei
        part = f', of the {self.measured:,} whose pixel size is known' if some else ''
        return f'{text}, {middle:.1f} µm ({low:.1f} to {high:.1f}{part})'


def contents_of(
    table: CocoTable,
    classes: Sequence[str],
    labels: NDArray[np.integer],
    kept: BoolArray,
    dropped: Mapping[str, int],
    notes: Sequence[str] = (),
    images: int | None = None,
) -> Contents:
    """Sum up what a training will learn from.

    Args:
        table: The file.
        classes: Names of the labels.
        labels: Label of each annotation, of shape (N,).
        kept: Which annotations are taken, crowds among them; of shape (N,).
        dropped: How many of the others are left out, by the reason in words.
        notes: What else is worth saying.
        images: How many of the images are taken; by default all.

    Returns:
        The sum.
    """
    rows = np.flatnonzero(kept & ~table.crowds)
    taken = len(table.images) if images is None else images
    diameters = 2 * np.sqrt(table.mask_areas()[rows] / np.pi)
    order = np.argsort(diameters, kind='stable')
    micrometres = _pixel_sizes(table)[table.image_rows[rows]] * diameters
    micrometres = micrometres[~np.isnan(micrometres)]
    counts = np.bincount(labels[rows], minlength=len(classes))
    lost = {_WORDS.get(kind, kind): count for kind, count in table.dropped.items()}
    return Contents(
        file=table.file,
        images=taken,
        bare=taken - len(np.unique(table.image_rows[rows])),
        classes=dict(zip(map(shown_name, classes), counts.tolist(), strict=True)),
        crowds=int((kept & table.crowds).sum()),
        dropped={**dropped, **lost},
        notes=(*notes, *_strayed(table, rows)),
        diameters=_spread(diameters),
        micrometres=_spread(micrometres),
        measured=len(micrometres),
        smallest=_named(table, rows[order[:_MOST_NAMED]]),
        largest=_named(table, rows[order[::-1][:_MOST_NAMED]]),
    )


def _strayed(table: CocoTable, rows: NDArray[np.integer]) -> list[str]:
    count = int(table.strayed_boxes()[rows].sum())
    if not count:
        return []
    boxes = '1 box is' if count == 1 else f'{count:,} boxes are'
    return [
        f'{boxes} not around the mask, bbox is [x, y, width, height]; convert computes them anew'
    ]


def _spread(values: F64Array) -> tuple[float, ...]:
    return tuple(np.percentile(values, [5, 50, 95]).tolist()) if len(values) else ()


def _pixel_sizes(table: CocoTable) -> F64Array:
    """Micrometres a pixel of each image, the geometric mean of both axes; NaN where unknown."""
    sizes = [image.pixel_size or (np.nan, np.nan) for image in table.images]
    return np.sqrt(np.prod(np.array(sizes, np.float64).reshape(-1, 2), axis=1))


def _named(table: CocoTable, rows: NDArray[np.integer]) -> tuple[str, ...]:
    areas = table.mask_areas()
    names = [shown_name(table.images[table.image_rows[row]].file_name) for row in rows]
    return tuple(
        f'{2 * np.sqrt(areas[row] / np.pi):.1f} px ({name}, {table.given_ids.label(row)})'
        for row, name in zip(rows.tolist(), names, strict=True)
    )
