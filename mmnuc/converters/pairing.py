"""Images and the files that annotate them, found by their names."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from mmnuc.annotations.formats import may_be_annotation
from mmnuc.annotations.names import (
    AmbiguousNameError,
    ImageNames,
    base_of,
    distinct_names,
    is_label_name,
    without_side_products,
)
from mmnuc.converters.record import Annotation, Listing, Record, SourceFault
from mmnuc.converters.source import File, Tree
from mmnuc.errors import UserError

IMAGES = 'images|image|imgs|img|tissue images|tiles'
LABELS = 'labels|label|label_maps|masks|mask|instances|inst_maps|ground_truth|gt|annotations'

# Files by their path without the folder that says what is in it.
Keyed = Mapping[str, File]


def key_of(name: str, where: str) -> str | None:
    """Return the path that an image and its annotation have in common, but for their endings.

    Args:
        name: Path of the file inside the source.
        where: Names of folders, in any case, with ``|`` between them, or a pattern with ``*``.

    Returns:
        The path without the folder; None if the file is elsewhere.

    Example:
        >>> key_of('Train/Images/a_1.png', 'images|img'), key_of('Train/Labels/a_1.mat', 'labels')
        ('Train/a_1.png', 'Train/a_1.mat')
        >>> key_of('all/a_mask.png', 'all/*_mask.png'), key_of('other/a.png', 'labels')
        ('all/a_mask.png', None)
    """
    if '*' in where:
        return name if fnmatch.fnmatchcase(name, where) else None
    for folder in where.split('|'):
        found = re.search(rf'(^|/){re.escape(folder.strip("/"))}/', name, re.IGNORECASE)
        if found:
            return (name[: found.start(0)] + '/' + name[found.end(0) :]).lstrip('/')
    return None


def files_in(tree: Tree, where: str, suffixes: Collection[str]) -> dict[str, File]:
    """Find the files of some folders or of a pattern, by what :func:`key_of` gives."""
    files = map(tree.file, tree.names)
    return _keyed((file for file in files if file.name.lower().endswith(tuple(suffixes))), where)


def _keyed(files: Iterable[File], where: str) -> dict[str, File]:
    found: dict[str, File] = {}
    for file in files:
        key = key_of(file.name, where)
        if key is not None:
            found[file.name if key in found else key] = file
    return found


def annotations_in(tree: Tree, where: str, suffixes: Collection[str]) -> dict[str, File]:
    """Find files that may be annotations, without what tools write beside them."""
    found = files_in(tree, where, suffixes)
    kept = without_side_products(key for key in found if may_be_annotation(key))
    return {key: found[key] for key in kept}


def pictures_of(tree: Tree, where: str | None, taken: Collection[File] = ()) -> dict[str, File]:
    """Find the images of a source.

    Args:
        tree: The zip or folder.
        where: Folders or a pattern; None for the usual folders, and where there are none for all
            pictures that are by their names neither label maps nor results.
        taken: Files that are annotations.
    """
    # Arrays are images in a folder of images; elsewhere they may be anything.
    arrays = [file for file in tree.pictures(arrays=True) if file not in taken]
    found = _keyed(arrays, where or IMAGES)
    if found or where is not None:
        return found
    pictures = [file for file in tree.pictures() if file not in taken]
    kept = set(without_side_products(file.name for file in (*pictures, *taken)))
    pictures = [file for file in pictures if file.name in kept]
    plain = {base_of(file.name) for file in pictures if not is_label_name(file.name)}
    return {
        file.name: file
        for file in pictures
        if not is_label_name(file.name) or base_of(file.name) not in plain
    }


def pair(
    images: Keyed,
    annotations: Keyed,
    make: Callable[[File], Annotation],
    prefer: Callable[[Sequence[File]], File | None] = lambda _: None,
) -> Listing:
    """Make a record of each image and its annotation.

    Args:
        images: The images.
        annotations: The files that annotate them.
        make: Makes the annotation of a file.
        prefer: Chooses of several files of one image; None where that is not possible.

    Returns:
        The images, and what has no partner or several.
    """
    owned, faults, contested = _owned(images, annotations)
    records = []
    for key, image_file in images.items():
        own = owned.get(key, [])
        chosen = own[0] if len(own) == 1 else prefer(own)
        if chosen is not None:
            records.append((key, image_file, chosen))
            faults += [_passed_over(file, chosen) for file in own if file is not chosen]
        elif own:
            faults.append(_several(own))
        elif key not in contested:
            told = 'no annotation of this name'
            faults.append(SourceFault('image-without-masks', image_file.name, told))
    named = distinct_names(key for key, _, _ in records)
    return Listing(
        tuple(
            Record(image, file_name, make(file))
            for file_name, (_, image, file) in zip(named, records, strict=True)
        ),
        tuple(faults),
    )


def _owned(
    images: Keyed, annotations: Keyed
) -> tuple[dict[str, list[File]], list[SourceFault], set[str]]:
    """The annotations of each image, what has no partner, and images that a name may mean."""
    names = ImageNames(images)
    owned: dict[str, list[File]] = {}
    faults: list[SourceFault] = []
    contested: set[str] = set()
    for key, file in annotations.items():
        try:
            image = names.find(key)
        except AmbiguousNameError as error:
            faults.append(_several(images[name] for name in error.images))
            contested.update(error.images)
            continue
        if image is None:
            faults.append(SourceFault('masks-without-image', file.name, 'no image of this name'))
        else:
            owned.setdefault(image, []).append(file)
    return owned, faults, contested


def require_found(tree: Tree, option: str, where: str, found: Collection[str]) -> None:
    """Refuse a source without files of a kind.

    Raises:
        UserError: There are none.
    """
    if not found:
        raise UserError(f'{tree.refusal(f"{option} in {where}")}; say where with --{option}')


def _several(files: Iterable[File]) -> SourceFault:
    names = sorted(file.name for file in files)
    return SourceFault('ambiguous', names[0], f'several files of this name: {", ".join(names)}')


def _passed_over(file: File, chosen: File) -> SourceFault:
    return SourceFault('passed-over', file.name, f'{chosen.name} is read in its place')
