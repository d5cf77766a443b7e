"""Reading a COCO file into a table: strictly, or listing what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from mmnuc.coco.categories import CategoryList, CocoCategory
from mmnuc.coco.faults import CocoFault, EntryError, check_object, shown, shown_name
from mmnuc.coco.ids import id_text
from mmnuc.coco.images import CocoImage, ImageList
from mmnuc.coco.reader import CocoSource, Item, name_of, read_images_first
from mmnuc.coco.rows import Row, read_area, read_box, read_flag, read_score
from mmnuc.coco.segmentation import read_segmentation
from mmnuc.coco.table import CocoTable
from mmnuc.coco.table_columns import TableColumns
from mmnuc.errors import UserError
from mmnuc.ops.arrays import I32Array

# Annotations whose masks are compressed together.
_BATCH = 2048

_T = TypeVar('_T')


@dataclass(frozen=True)
class TableRules:
    """How a file is read.

    Attributes:
        collect: List annotations that can't be meant, and leave them out, instead of failing.
        masks: Whether every annotation needs a mask.
        keep_empty: Keep masks without a pixel, which score as what they are.
        one_way_of_scores: Refuse a file in which some annotations have a score and others none.
        foreign_images: Leave out annotations of images that the file does not list, as COCO's
            tools do, instead of failing.
    """

    collect: bool = False
    masks: bool = True
    keep_empty: bool = False
    one_way_of_scores: bool = False
    foreign_images: bool = True


def read_table(
    source: CocoSource,
    rules: TableRules = TableRules(),
    *,
    name: str = '',
    images: Iterable[CocoImage] = (),
    categories: Sequence[CocoCategory] = (),
    before_annotations: Callable[[ImageList], None] | None = None,
) -> CocoTable:
    """Read a COCO file, or a bare list of results.

    Args:
        source: Path, bytes or content of the file.
        rules: How.
        name: What messages call the file; by default its path.
        images: Images that the annotations refer to where the file lists none.
        categories: Categories where the file lists none.
        before_annotations: Is called with the images before the first annotation is read, and may
            say how large they are.

    Returns:
        The table.

    Raises:
        UserError: The file is no COCO json, or an entry can't be meant: in one line with the file,
            the image and the annotation.

    Example:
        >>> square = [[1, 1, 3, 1, 3, 3, 1, 3]]
        >>> table = read_table({
        ...     'images': [{'id': 'a', 'file_name': 'a.png', 'height': 4, 'width': 4}],
        ...     'categories': [{'id': 7, 'name': 'nucleus'}],
        ...     'annotations': [{'image_id': 'a', 'category_id': '7', 'segmentation': square}]})
        >>> table.boxes_xywh.tolist(), table.areas.tolist(), table.rles[0]['counts']
        ([[1.0, 1.0, 2.0, 2.0]], [4.0], '52203')
    """
    builder = _Builder(name or name_of(source), rules, images, categories)
    for item in read_images_first(source, name):
        if item.key in ('annotations', '') and item.number is None and before_annotations:
            before_annotations(builder.image_list())
        builder.add(item)
    return builder.table()


class _Builder:
    """The columns of a table while they grow."""

    def __init__(
        self,
        file: str,
        rules: TableRules,
        images: Iterable[CocoImage],
        categories: Sequence[CocoCategory],
    ) -> None:
        self.file, self.rules = file, rules
        self.lists: set[str] = set()
        self.given = ImageList(images)
        self.given_categories = CategoryList(categories)
        self.images, self.categories = ImageList(), CategoryList()
        self.keys: dict[str, int] = {}
        self.waiting: list[Row] = []
        self.columns = TableColumns(rules.keep_empty)
        self.faults: list[CocoFault] = []
        self.dropped: Counter[str] = Counter()
        self.total = 0

    def image_list(self) -> ImageList:
        """The images that annotations refer to."""
        return self.images if 'images' in self.lists else self.given

    def add(self, item: Item) -> None:
        """Add what the reader gives."""
        if item.key not in ('images', 'categories', 'annotations', ''):
            return
        if item.number is None:
            if item.value != []:
                raise UserError(f'{self.file}: {item.key} is {shown(item.value)}, not a list')
            self.lists.add(item.key or 'annotations')
        elif item.key in ('images', 'categories'):
            try:
                (self.images if item.key == 'images' else self.categories).add(item.value)
            except EntryError as error:
                where = f'{self.file}: entry {item.number} of {item.key}'
                raise UserError(f'{where}: {error.detail}') from None
        else:
            self._add_annotation(item.number, item.value)

    def _add_annotation(self, number: int, entry: Any) -> None:
        self.total += 1
        try:
            self.waiting.append(self._row(number, entry))
        except EntryError as error:
            self._report(error, number, entry)
        if len(self.waiting) >= _BATCH:
            self._flush()

    def _row(self, number: int, entry: Any) -> Row:
        check_object(entry)
        given = entry.get('id')
        if given is not None and type(given) is not int:
            id_text(given, 'id')
        image_row = self._image_row(entry)
        image = self.image_list()[image_row]
        if not (image.height and image.width):
            raise EntryError('unreadable', 'nobody says the height and width of its image')
        mask = read_segmentation(entry.get('segmentation'), image.height, image.width)
        box = self._corrected(read_box, entry, 'bbox', number)
        if mask is None and (self.rules.masks or box is None):
            seen = shown(entry.get('segmentation'))
            raise EntryError('no-segmentation', f'it has no mask: segmentation is {seen}')
        return Row(
            number,
            given,
            image_row,
            self._category_key(entry.get('category_id')),
            box,
            self._corrected(read_area, entry, 'area', number),
            read_flag(entry.get('iscrowd'), 'iscrowd'),
            read_flag(entry.get('ignore'), 'ignore'),
            read_score(entry),
            mask,
        )

    def _image_row(self, entry: dict[str, Any]) -> int:
        if entry.get('image_id') is None:
            raise EntryError('masks-without-image', f'it has no image_id: {shown(entry)}')
        row = self.image_list().row(entry['image_id'])
        if row < 0:
            known = ', '.join(shown_name(image.given) for image in self.image_list().first(5))
            raise EntryError(
                'masks-without-image',
                f'image_id {shown(entry["image_id"])}: there is no such image (ids: {known})',
                harmless=self.rules.foreign_images,
            )
        return row

    def _category_key(self, value: Any) -> int:
        """Number a category's id: which category it means is known when all of them are."""
        if value is None:
            return -1
        return self.keys.setdefault(id_text(value, 'category_id'), len(self.keys))

    def _corrected(
        self, read: Callable[[Any], _T | None], entry: dict[str, Any], key: str, number: int
    ) -> _T | None:
        """Read what can be computed from the mask too."""
        try:
            found = read(entry.get(key))
        except EntryError as error:
            if not self.rules.collect:
                raise
            self._report(error, number, entry)
            return None
        if found is None and self.rules.collect:
            kind = 'corrected-box' if key == 'bbox' else 'corrected-area'
            self._report(EntryError(kind, f'no {key}: that of the mask'), number, entry)
        return found

    def _report(self, error: EntryError, number: int, entry: Any) -> None:
        """Count, list or raise what is wrong with an annotation."""
        given = entry.get('id') if isinstance(entry, dict) else None
        try:
            label = f'entry {number}' if given is None else f'annotation {id_text(given, "id")}'
        except EntryError:
            label = f'entry {number}'
        row = -1
        if isinstance(entry, dict):
            try:
                row = self.image_list().row(entry.get('image_id'))
            except EntryError:
                row = -1
        self._fault(error, shown_name(label), row)

    def _fault(self, error: EntryError, label: str, row: int) -> None:
        image = str(self.image_list()[row]) if row >= 0 else ''
        fault = CocoFault(error.kind, label, image, error.detail, row)
        if self.rules.collect:
            self.faults.append(fault)
        elif error.harmless:
            self.dropped[error.kind] += 1
        else:
            raise UserError(f'{self.file}: {fault}')

    def _flush(self) -> None:
        """Compress the masks that wait, and add their rows to the columns."""
        rows, images = self.waiting, self.image_list()
        self.waiting = []
        for row, error in self.columns.add(rows, [images[row.image] for row in rows]):
            entry = {'id': row.given, 'image_id': images[row.image].given}
            self._report(error, row.number, entry)

    def _resolved(self) -> I32Array:
        """The place of the category of each annotation; -1 where it has none."""
        categories = self._categories()
        alone = 0 if len(categories) == 1 else -1
        places = np.array([*map(categories.row, self.keys), alone], np.int32)
        rows = places[self.columns.keys.array()]
        for row in np.flatnonzero(rows < 0).tolist():
            self._refuse_category(row)
        return rows

    def _refuse_category(self, row: int) -> None:
        key = int(self.columns.keys.array()[row])
        seen = shown_name(list(self.keys)[key]) if key >= 0 else 'missing'
        first = self._categories().categories[:5]
        known = ', '.join(f'{shown_name(c.given[0])} {shown_name(c.name)}' for c in first)
        error = EntryError(
            'unknown-category', f'category_id {seen} is none of its categories ({known})'
        )
        self._fault(error, self.columns.ids.label(row), int(self.columns.images.array()[row]))

    def _categories(self) -> CategoryList:
        return self.categories if 'categories' in self.lists else self.given_categories

    def table(self) -> CocoTable:
        """The table, once all has been added."""
        self._flush()
        columns = self.columns
        if columns.only_fractions():
            raise UserError(
                f'{self.file}: all outlines lie between 0 and 1: they are fractions of the image, '
                'and COCO has pixels; multiply them by width and height'
            )
        if self.rules.one_way_of_scores and columns.scored and columns.unscored >= 0:
            seen = 'it has no score, and others of the file have one'
            row = columns.unscored
            error = EntryError('unreadable', seen)
            self._fault(error, columns.ids.label(row), int(columns.images.array()[row]))
        categories = self._resolved()
        flags = columns.flags.array()
        return CocoTable(
            file=self.file,
            lists=frozenset(self.lists),
            images=self.image_list().images,
            categories=self._categories().categories,
            given_ids=columns.ids,
            image_rows=columns.images.array(),
            category_rows=categories,
            boxes_xywh=columns.boxes.array().reshape(-1, 4),
            areas=columns.areas.array(),
            crowds=(flags & 1).astype(bool),
            ignored=(flags & 2).astype(bool),
            scores=columns.scores.array(),
            text=np.frombuffer(columns.text, np.uint8),
            offsets=np.concatenate([[0], np.cumsum(columns.lengths.array())]),
            faults=tuple(self.faults),
            dropped=dict(self.dropped),
            total=self.total,
        )
