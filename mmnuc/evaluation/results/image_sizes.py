"""How large the images are that outlines belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.formats import format_of_file, may_be_annotation
from mmnuc.annotations.json_text import read_json
from mmnuc.annotations.names import ImageNames, without_side_products
from mmnuc.converters.source import open_tree
from mmnuc.errors import UserError
from mmnuc.images import open_image

SizeOf = Callable[[str], tuple[int, int] | None]


def sizes_of_images(images: Path) -> SizeOf:
    """Sizes by name, from the images themselves.

    Args:
        images: A folder of images, or one image.

    Returns:
        Name of an annotation to height and width of its image, None where there is none.

    Raises:
        UserError: There is no such folder, or it holds no images.
    """
    if images.is_dir():
        tree = open_tree(images)
        names = [file.name for file in tree.pictures(arrays=True)]
        root = images
    elif images.is_file():
        names, root = [images.name], images.parent
    else:
        raise UserError(f'no such images: {images}')
    if not names:
        raise UserError(f'{images} holds no images')
    known = ImageNames(names)

    def size_of(name: str) -> tuple[int, int] | None:
        try:
            found = names[0] if images.is_file() else known.find(name)
        except AnnotationError as error:
            raise UserError(f'{name}: {error}') from None
        if found is None:
            return None
        image = open_image(root / found)
        return image.height, image.width

    return size_of


def sizes_of_results(path: Path) -> SizeOf:
    """Sizes by name, from what is to be scored: label maps, our GeoJSON, or a COCO json's images.

    Args:
        path: The results, whatever they are. What can't be read is told when they are read.

    Returns:
        Name of an annotation to height and width of its image, None where nothing says it.
    """
    known: Mapping[str, SizeOf] = _coco_sizes(path) if path.suffix.lower() == '.json' else {}
    if path.is_dir():
        listed = (name for name in open_tree(path).names if may_be_annotation(name))
        known = {name: partial(_size_of_file, path) for name in without_side_products(listed)}
    names = ImageNames(known)

    def size_of(name: str) -> tuple[int, int] | None:
        try:
            found = names.find(name)
        except AnnotationError:
            return None
        return None if found is None else known[found](found)

    return size_of


def _size_of_file(folder: Path, name: str) -> tuple[int, int] | None:
    try:
        data = (folder / name).read_bytes()
        known = format_of_file(name, data)
        if not known.is_label_map:
            return known.size_hw(data)
        crops = known.read(data, name, 0, 0).crops
    except (AnnotationError, OSError):
        return None
    return crops.height, crops.width


def _coco_sizes(path: Path) -> dict[str, SizeOf]:
    try:
        content = read_json(path.read_bytes())
    except (AnnotationError, OSError):
        return {}
    images = content.get('images') if isinstance(content, dict) else None
    return {
        image['file_name']: partial(_constant, (image['height'], image['width']))
        for image in (images if isinstance(images, list) else [])
        if isinstance(image, dict)
        and isinstance(image.get('file_name'), str)
        and all(type(image.get(side)) is int and image[side] > 0 for side in ('height', 'width'))
    }


def _constant(size_hw: tuple[int, int], _: str) -> tuple[int, int]:
    return size_hw


def first_known(*sources: SizeOf) -> SizeOf:
    """Ask several sources in turn.

    Example:
        >>> first_known(lambda _: None, lambda _: (4, 5))('a.geojson')
        (4, 5)
    """

    def size_of(name: str) -> tuple[int, int] | None:
        return next((found for ask in sources if (found := ask(name))), None)

    return size_of
