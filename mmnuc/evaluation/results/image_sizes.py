"""How large the images are that outlines belong to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.formats import format_of_file, may_be_annotation
from mmnuc.annotations.names import ImageNames, without_side_products
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import open_tree
from mmnuc.errors import UserError
from mmnuc.images import SUFFIXES, open_image

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
        names = [name for name in tree.names if Path(name).suffix.lower() in SUFFIXES]
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


def sizes_of_label_maps(folder: Path) -> SizeOf:
    """Sizes by name, from the label maps of a folder; None for all others.

    Args:
        folder: A folder, such as that of the predictions, or anything else.
    """
    names = []
    if folder.is_dir():
        listed = (name for name in open_tree(folder).names if may_be_annotation(name))
        names = without_side_products(listed)
    known = ImageNames(names)

    def size_of(name: str) -> tuple[int, int] | None:
        try:
            found = known.find(name)
            data = None if found is None else (folder / found).read_bytes()
            if found is None or data is None:
                return None
            form = format_of_file(found, data)
            crops = form.read(data, found, 0, 0).crops if form.is_label_map else None
        except (AnnotationError, SourceError, OSError):
            return None  # told when the predictions are read
        return None if crops is None else (crops.height, crops.width)

    return size_of


def first_known(*sources: SizeOf) -> SizeOf:
    """Ask several sources in turn.

    Example:
        >>> first_known(lambda _: None, lambda _: (4, 5))('a.geojson')
        (4, 5)
    """

    def size_of(name: str) -> tuple[int, int] | None:
        return next((found for ask in sources if (found := ask(name))), None)

    return size_of
