"""A folder or a zip archive, read in the same way: nothing has to be unpacked first."""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from mmnuc.annotations.names import ROLES
from mmnuc.annotations.pictures import is_picture_name, pictures_among
from mmnuc.converters.record import SourceError
from mmnuc.errors import UserError
from mmnuc.images.dicom_series import one_of_each_series
from mmnuc.images.formats import is_one_image

# What a damaged archive raises, beside the errors of its own.
_DAMAGED = (OSError, KeyError, RuntimeError, ValueError, EOFError)

# What file managers leave behind.
_LITTER = ('__MACOSX', 'Thumbs.db', 'desktop.ini')


@dataclass(frozen=True)
class File:
    """A file in a folder or a member of a zip archive; small enough to send to a worker.

    A folder that is one image (OME-Zarr, a DICOM slide) is a file, too, which has no content.

    Args:
        root: Path of the folder or of the archive.
        name: Path inside it, with forward slashes.
    """

    root: str
    name: str

    @property
    def stem(self) -> str:
        """The file's name without folder and suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The suffix in small letters, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def path(self) -> Path | None:
        """Where it lies; None of a member of an archive."""
        return Path(self.root, self.name) if os.path.isdir(self.root) else None

    def exists(self) -> bool:
        """Tell whether there is such a file."""
        if self.path is not None:
            return self.path.is_file() or is_one_image(self.path)
        return self.name in _archive(self.root, os.stat(self.root).st_mtime_ns).NameToInfo

    def read(self) -> bytes:
        """Return the content.

        Raises:
            SourceError: The file can't be read.
        """
        try:
            if self.path is not None:
                return self.path.read_bytes()
            return _archive(self.root, os.stat(self.root).st_mtime_ns).read(self.name)
        except (*_DAMAGED, zipfile.BadZipFile, zlib.error) as error:
            raise SourceError('unreadable', self.name, str(error)) from None


@dataclass(frozen=True)
class Tree:
    """All files and folders under a root, by name.

    Args:
        root: Path of the folder or of the archive.
        names: Paths of the files inside it, sorted.
        folders: Paths of the folders inside it, the empty ones too.
        image_folders: Those of the names that are folders which are one image.
    """

    root: str
    names: tuple[str, ...]
    folders: frozenset[str]
    image_folders: frozenset[str] = frozenset()

    def file(self, name: str) -> File:
        """Return a file by its path inside the tree."""
        return File(self.root, name)

    def under(self, folder: str) -> list[File]:
        """Return the files that lie directly in a folder, sorted."""
        return self._by_folder.get(folder, [])

    def pictures(self, *, arrays: bool = False) -> list[File]:
        """Return the files that are images by their names, and folders that are one.

        Args:
            arrays: ``.npy`` files, too, as
                :func:`mmnuc.annotations.pictures.pictures_among` chooses them.
        """
        if arrays:
            chosen = set(pictures_among(self.names))
        else:
            chosen = {name for name in self.names if is_picture_name(name)}
        return [self.file(name) for name in self.names if name in chosen | self.image_folders]

    def refusal(self, looked_for: str) -> UserError:
        """Say that this is not the format wanted: what was looked for and what is here."""
        found = ', '.join(self.names[:3]) + (', ...' if len(self.names) > 3 else '')
        seen = f'{len(self.names)} files: {found}' if self.names else 'no files'
        return UserError(f'{self.root} holds no {looked_for}; it holds {seen}')

    @cached_property
    def _by_folder(self) -> dict[str, list[File]]:
        files: dict[str, list[File]] = {}
        for name in self.names:
            files.setdefault(parent_of(name), []).append(File(self.root, name))
        return files


def open_tree(path: str | os.PathLike[str]) -> Tree:
    """List a folder or a zip archive.

    Args:
        path: The folder or archive.

    Returns:
        Its files and folders, without hidden ones.

    Raises:
        UserError: There is nothing at ``path``, or it is neither a folder nor an archive.
    """
    root = os.fspath(path)
    images: set[str] = set()
    if os.path.isdir(root):
        entries, images = _walk(root)
    elif not os.path.exists(root):
        raise UserError(f'no such file or folder: {root}')
    elif zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as archive:
            entries = archive.namelist()
    else:
        raise UserError(f'{root} is neither a folder nor a complete zip archive')
    entries = [entry for entry in entries if not _is_litter(entry)]
    names = tuple(sorted(entry for entry in entries if not entry.endswith('/')))
    folders = {entry.rstrip('/') for entry in entries if entry.endswith('/')}
    for name in names:
        folders.update(str(folder) for folder in PurePosixPath(name).parents)
    return Tree(root, names, frozenset(folders - {'.'}), frozenset(images))


def parent_of(name: str) -> str:
    """Return the folder part of a path, empty at the top.

    Example:
        >>> parent_of('train/a.png'), parent_of('a.png')
        ('train', '')
    """
    return name.rpartition('/')[0]


def _walk(root: str) -> tuple[list[str], set[str]]:
    """Files and folders, these with a slash behind them; and those files that are folders."""
    entries: list[str] = []
    images: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        # A link that leads back to a folder that it lies in would go on for ever.
        folders[:] = [name for name in folders if not _leads_back(folder, name)]
        relative = Path(folder).relative_to(root).as_posix()
        prefix = '' if relative == '.' else f'{relative}/'
        whole = {
            name for name in folders if not _is_role(name) and is_one_image(f'{folder}/{name}')
        }
        images.update(f'{prefix}{name}' for name in whole)
        folders[:] = [name for name in folders if not _is_litter(name) and name not in whole]
        # A pipe would be waited for.
        paths = [Path(folder, name) for name in sorted(files)]
        kept = one_of_each_series(path for path in paths if not path.is_fifo())
        entries += (f'{prefix}{name}/' for name in folders)
        entries += (f'{prefix}{name}' for name in (*whole, *(path.name for path in kept)))
    return entries, images


def _is_role(name: str) -> bool:
    """Whether a folder is by its name one of images, even if it holds the files of one alone."""
    return ROLES.fullmatch(name) is not None


def _leads_back(folder: str, name: str) -> bool:
    path = Path(folder, name)
    return path.is_symlink() and path.resolve() in (here := Path(folder).resolve(), *here.parents)


def _is_litter(name: str) -> bool:
    return any(part.startswith('.') or part in _LITTER for part in PurePosixPath(name).parts)


@lru_cache(maxsize=4)
def _archive(path: str, modified: int) -> zipfile.ZipFile:
    """Open an archive once a process: reading its table of contents takes long.

    The time of the last change is part of the key, so a replaced archive is opened anew.
    """
    del modified
    return zipfile.ZipFile(path)
