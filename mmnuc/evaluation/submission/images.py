"""The images a board asks for, in its order, read from an images json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmnuc.coco.categories import CategoryList
from mmnuc.coco.faults import EntryError, shown
from mmnuc.coco.images import read_file_name, read_side
from mmnuc.coco.reader import read_items
from mmnuc.errors import UserError
from mmnuc.evaluation.submission.image_result import ImageResult


@dataclass(frozen=True)
class BoardImage:
    """One image of the board: its id, its file name and its size in pixels."""

    image_id: int
    file_name: str
    height: int
    width: int


@dataclass(frozen=True)
class BoardImages:
    """The images of the board in the order of the images json.

    Attributes:
        images: The images.
        category_ids: Ids of the json's categories in its order; empty when it has none.
        category_names: Their names.
    """

    images: tuple[BoardImage, ...]
    category_ids: tuple[int, ...] = ()
    category_names: tuple[str, ...] = ()

    def in_order(self, results: Sequence[ImageResult]) -> list[tuple[BoardImage, ImageResult]]:
        """Pair every image of the board with its result.

        Raises:
            ValueError: A result is missing, comes twice, is of another image or of another size.
        """
        by_id = {result.image_id: result for result in results}
        if len(by_id) < len(results):
            raise ValueError(f'{len(results)} results for {len(by_id)} different images')
        ids = [image.image_id for image in self.images]
        missing, foreign = sorted(set(ids) - set(by_id)), sorted(set(by_id) - set(ids))
        if missing:
            raise ValueError(
                f'{len(missing)} images without a result, the first has id {missing[0]}'
            )
        if foreign:
            raise ValueError(f'results of images that the board does not have: ids {foreign[:5]}')
        pairs = [(image, by_id[image.image_id]) for image in self.images]
        for image, result in pairs:
            seen = (result.height, result.width)
            if seen != (image.height, image.width):
                raise ValueError(
                    f'image {image.image_id} is {image.height} x {image.width} in the images json, '
                    f'its masks are {seen[0]} x {seen[1]}'
                )
        return pairs


def read_images(path: str | Path) -> BoardImages:
    """Read the board's images.

    Args:
        path: COCO json with ``images`` (and perhaps ``categories``), or a bare list of images, as
            in the homework's ``test_img_ids.json``.

    Returns:
        The images in the order of the file.

    Raises:
        UserError: No such file, no json, or an image without id, name or size.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f'no such images json: {path}')
    entries, categories = _read_lists(path)
    if not entries:
        raise UserError(
            f"{path} lists no images: it should be a COCO json with 'images', or a list"
        )
    images = tuple(_board_image(entry, i, path) for i, entry in enumerate(entries))
    if len({image.image_id for image in images}) < len(images):
        raise UserError(f'{path} gives the same id to several images')
    known = categories.categories
    return BoardImages(
        images=images,
        category_ids=tuple(category.id for category in known),
        category_names=tuple(category.name for category in known),
    )


def _read_lists(path: Path) -> tuple[list[Any], CategoryList]:
    entries: list[Any] = []
    categories = CategoryList()
    for item in read_items(path):
        if item.number is not None and item.key in ('', 'images'):
            entries.append(item.value)
        elif item.number is not None and item.key == 'categories':
            try:
                categories.add(item.value)
            except EntryError as error:
                raise UserError(f'{path}, category {item.number}: {error.detail}') from None
    return entries, categories


def _board_image(entry: Any, number: int, path: Path) -> BoardImage:
    place = f'{path}, image {number}'
    if not isinstance(entry, dict):
        seen = shown(entry)
        raise UserError(f'{place} is {seen}, not an object with id, file_name, height and width')
    for key, kind in (('id', int), ('file_name', str), ('height', int), ('width', int)):
        value = entry.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise UserError(f'{place}: {key} is {shown(value)}, not {kind.__name__}')
    try:
        name = read_file_name(entry['file_name'])
        height, width = read_side(entry, 'height'), read_side(entry, 'width')
    except EntryError as error:
        raise UserError(f'{place}: {error.detail}') from None
    return BoardImage(entry['id'], name, height, width)
