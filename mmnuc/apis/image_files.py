"""The images that files, folders and glob patterns mean, and names for their results."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmnuc.annotations.names import base_of, is_label_name, is_no_label_name
from mmnuc.annotations.pictures import pictures_among
from mmnuc.errors import UserError
from mmnuc.images.dicom_series import one_of_each_series
from mmnuc.images.formats import is_one_image

_SHOWN = 3


@dataclass(frozen=True)
class ImageFile:
    """An image and what its results are called.

    Attributes:
        path: The file.
        name: Name of its results without suffix; folders below the input stay folders.
        file_name: Name of the image itself, from the same folder on.
    """

    path: Path
    name: str
    file_name: str


@dataclass(frozen=True)
class ImageFiles:
    """What was found.

    Attributes:
        images: The images, each once.
        notes: What was passed over, in words.
    """

    images: tuple[ImageFile, ...]
    notes: tuple[str, ...]


def find_images(inputs: Sequence[str | Path], out: str | Path) -> ImageFiles:
    """Find the images of all inputs.

    Of a folder those files are taken, at any depth, whose name is that of an image
    (:func:`mmnuc.annotations.pictures.pictures_among`); a file that is named itself is taken
    whatever its suffix. A folder that is one image (OME-Zarr, a DICOM slide) counts as a file, and
    of the files of a DICOM slide the first stands for all. Hidden files, and what lies in a folder
    ``out`` of its own, are not taken; neither are label maps that tools put beside their image
    (``a_masks.tif`` beside ``a.tif``).

    Results are called as the image is, without its suffix. Images that differ in nothing else keep
    it: ``a.png`` and ``a.tif``.

    Args:
        inputs: Files, folders and glob patterns (``**`` is any depth).
        out: Folder of the results.

    Raises:
        UserError: An input is not there, there are no images at all, or results of two images
            would have the same name.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ('b.png', 'a.png', 'notes.txt'):
        ...     (folder / name).touch()
        >>> found = find_images([folder], folder / 'out')
        >>> [image.name for image in found.images], found.notes
        (['a', 'b'], ('1 file is no image by its suffix: notes.txt',))
    """
    images: dict[Path, tuple[Path, Path]] = {}
    foreign: list[str] = []
    repeated: list[str] = []
    for given in inputs:
        for found in _found(str(given), Path(out)):
            for path in found.images:
                images.setdefault(path.resolve(), (path, found.name(path)))
            foreign += map(str, map(found.name, found.foreign))
            repeated += map(str, map(found.name, found.repeated))
    named = {Path(given).resolve() for given in inputs}
    results = _results([path for path in images if path not in named])
    kept = [entry for path, entry in images.items() if path not in results]
    if not kept:
        held = ''.join(
            f'; {note}'
            for note in _notes(foreign, 'is none by its suffix', 'are none by their suffix')
        )
        raise UserError(f'no images in {", ".join(map(str, inputs))}{held}')
    said = [str(name) for path, (_, name) in images.items() if path in results]
    notes = (
        *_notes(foreign, 'is no image by its suffix', 'are no images by their suffix'),
        *_notes(repeated, 'belongs to a DICOM slide above', 'belong to a DICOM slide above'),
        *_notes(said, 'is a result beside its image', 'are results beside their images'),
    )
    return ImageFiles(_named(kept), notes)


@dataclass(frozen=True)
class _Found:
    """What one input means; ``base`` is the folder that was searched, None for a file."""

    base: Path | None
    images: tuple[Path, ...]
    foreign: tuple[Path, ...] = ()
    repeated: tuple[Path, ...] = ()

    def name(self, path: Path) -> Path:
        return path.relative_to(self.base or path.parent)


def _found(given: str, out: Path) -> Iterator[_Found]:
    if not given.strip():
        raise UserError('an input has no name: an empty one would be the folder at hand')
    path = Path(given)
    try:
        is_there = path.exists()
    except OSError as error:
        raise UserError(f'{given[:255]} can not be read: {error.strerror}') from None
    if is_there:
        matches = [given]
    elif glob.has_magic(given):
        matches = sorted(set(_globbed(given)))
        if not matches:
            raise UserError(f'nothing matches {given}')
    else:
        raise UserError(f'no such file or folder: {given}')
    for match in map(Path, matches):
        if match.is_dir() and not is_one_image(match):
            yield _in_folder(match, out)
        else:
            yield _Found(None, (match,))


def _in_folder(folder: Path, out: Path) -> _Found:
    paths = [path for path in sorted(_below(folder)) if _is_wanted(path, folder, out)]
    folders = {path for path in paths if path.is_dir()}
    named = set(pictures_among(path.as_posix() for path in paths if path not in folders))
    pictures = [path for path in paths if path in folders or path.as_posix() in named]
    images = tuple(one_of_each_series(pictures))
    taken, own = set(images), set(pictures)
    repeated = tuple(path for path in pictures if path not in taken)
    foreign = tuple(path for path in paths if path not in own)
    return _Found(folder, images, foreign, repeated)


def _globbed(pattern: str) -> Iterator[str]:
    """What a pattern matches. Python's own ``**`` would go round in links that lead back."""
    head, deep, tail = pattern.partition('**/')
    if not deep:
        yield from glob.glob(pattern, recursive=True)
        return
    for start in glob.glob(head) if head else ['']:
        for folder in _folders(Path(start)):
            yield from _globbed(os.path.join(glob.escape(str(folder)), tail))


def _folders(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """A folder and those in it that are not hidden, but for links that lead back."""
    here = folder.resolve()
    if not folder.is_dir() or here in above:
        return
    yield folder
    for path in folder.iterdir():
        if path.is_dir() and not path.name.startswith('.'):
            yield from _folders(path, above | {here})


def _below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Files at any depth, and folders that are one image as they are.

    Links are followed, but for those that lead back to a folder that they lie in.
    """
    here = folder.resolve()
    if here in above:
        return
    for path in folder.iterdir():
        if path.is_dir() and not is_one_image(path):
            yield from _below(path, above | {here})
        else:
            yield path


def _is_wanted(path: Path, base: Path, out: Path) -> bool:
    """Whether a file of a folder is neither hidden nor a result of ours."""
    hidden = any(part.startswith('.') for part in path.relative_to(base).parts)
    results, start = out.resolve(), base.resolve()
    # Results may be wanted beside their images.
    is_beside = results == start or results in start.parents
    return not hidden and (is_beside or results not in path.resolve().parents)


def _named(images: list[tuple[Path, Path]]) -> tuple[ImageFile, ...]:
    bare = Counter(str(name.with_suffix('')) for _, name in images)
    named = []
    for path, name in images:
        short = name.with_suffix('')
        chosen = short if bare[str(short)] == 1 else name
        named.append(ImageFile(path, str(chosen), name.as_posix()))
    counts = Counter(image.name for image in named)
    twice = [image for image in named if counts[image.name] > 1]
    if twice:
        raise UserError(
            f'results of {twice[0].path} and {twice[1].path} would both be called '
            f'{twice[0].name}: give the folder above them, or choose another --out for one'
        )
    return tuple(named)


def _results(paths: list[Path]) -> set[Path]:
    """Files of a folder that are by their names results of an image that lies beside them."""
    marked = {
        path
        for path in paths
        if is_label_name(path.as_posix()) or is_no_label_name(path.as_posix())
    }
    plain = {str(path.with_suffix('')) for path in paths if path not in marked}
    return {path for path in marked if base_of(path.as_posix()) in plain}


def _notes(names: list[str], one: str, many: str) -> tuple[str, ...]:
    if not names:
        return ()
    shown = ', '.join(names[:_SHOWN]) + (', ...' if len(names) > _SHOWN else '')
    what = f'file {one}' if len(names) == 1 else f'files {many}'
    return (f'{len(names)} {what}: {shown}',)
