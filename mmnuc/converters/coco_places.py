"""Where the images of a COCO file lie, by the names that it gives them."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from mmnuc.coco.faults import shown_name
from mmnuc.coco.images import CocoImage, ImageList, leads_out
from mmnuc.converters.image import read_image
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File, parent_of
from mmnuc.errors import UserError
from mmnuc.images.reading import Reading

# Names of folders that hold the json files of images elsewhere.
_OF_TABLES = ('annotations', 'annotation', 'labels', 'json')


class Places:
    """Where the images of a file lie.

    Args:
        table: The json.
        given: The folder that the names of the images start in; None to look beside the json.
        reading: How images are read whose size the json lacks.

    Raises:
        UserError: The folder does not exist.
    """

    def __init__(self, table: File, given: str | None, reading: Reading) -> None:
        self.table = table
        self.reading = reading
        if given is not None and not os.path.exists(given):
            raise UserError(f'no such folder: --images {given}')
        self.places = _near(table) if given is None else [(given, '')]
        self.place = self.places[0]

    def look(self, images: Sequence[CocoImage]) -> None:
        """Find the folder that the names of the images start in.

        Raises:
            UserError: No image is in any.
        """
        found = [self._found(place, images) for place in self.places]
        # Of two folders the one that has more of the images, under more of their names.
        self.place = self.places[found.index(max(found))]
        if max(found)[0]:
            return
        if images:
            looked = ', '.join(posixpath.join(*place).rstrip('/') for place in self.places)
            first = shown_name(images[0].file_name)
            if leads_out(images[0].file_name):
                raise UserError(
                    f'{self.table.name}: {images[0]}: its name leads out of {looked}, where '
                    'images are looked for; copy it there, or name its folder with --images'
                )
            raise UserError(
                f'none of the {len(images)} images of {self.table.name} is there, such as {first}; '
                f'looked in {looked}; say where they are with --images'
            )

    def _found(self, place: tuple[str, str], images: Sequence[CocoImage]) -> tuple[int, int]:
        """How many files there are in a folder, and how long their names are, in parts."""
        self.place = place
        files = {file.name for file in map(self.file, images) if file is not None}
        return len(files), sum(len(PurePosixPath(name).parts) for name in files)

    def file(self, image: CocoImage) -> File | None:
        """The file of an image; None where there is none inside of the folder.

        Of a name that leads out of the folder the end is looked for inside of it.
        """
        root, folder = self.place
        for name in _spellings(image.file_name):
            parts = [part for part in PurePosixPath(name).parts if part not in ('/', '..', '.')]
            starts = range(len(parts)) if leads_out(name) else [0]
            for start in starts:
                file = File(root, posixpath.join(folder, *parts[start:]))
                if file.exists():
                    return file
        return None

    def inner_name(self, file: File) -> str:
        """The name to give to an image: its path inside of the folder."""
        return posixpath.relpath(file.name, self.place[1] or '.')

    def sought(self, image: CocoImage) -> str:
        """The name under which an image was looked for."""
        return posixpath.join(self.place[1], str(_path(image)))

    def measure(self, images: ImageList) -> None:
        """Find the folder, and look how large those images are whose size the json lacks."""
        self.look([images[row] for row in range(len(images))])
        for row in range(len(images)):
            image = images[row]
            picture = None if image.height and image.width else self.file(image)
            if picture is None:
                continue
            try:
                found = read_image(picture, self.reading.of(Path(picture.root, picture.name)))
            except SourceError:
                continue  # told when it is converted
            images.resize(row, found.height, found.width)


def _near(table: File) -> list[tuple[str, str]]:
    """Folders in which images are looked for: beside the json, and beside a folder of jsons.

    COCO's own layout, which CVAT writes: ``annotations/instances_NAME.json``, with images in
    ``images/``, ``images/NAME/`` or ``NAME/``. FiftyOne has ``labels.json`` and ``data/``.
    """
    root, folder = table.root, parent_of(table.name)
    places = [(root, posixpath.join(folder, name)) for name in ('', 'images', 'data')]
    if not folder and os.path.isdir(root):
        # The json itself was named: what is above lies outside of its folder.
        root, folder = os.path.split(os.path.abspath(root))
    if posixpath.basename(folder).lower() not in _OF_TABLES:
        return places
    split = PurePosixPath(table.name).stem.rpartition('_')[2]
    names = ('images', posixpath.join('images', split), split, '')
    return places + [(root, posixpath.join(parent_of(folder), name)) for name in names]


def _path(image: CocoImage) -> PurePosixPath:
    return PurePosixPath(image.file_name.replace('\\', '/'))


def _spellings(name: str) -> list[str]:
    """A name as it is and, as Label Studio writes it, as part of an address.

    Example:
        >>> _spellings('/data/local-files/?d=x/a%20b.png')[1:]
        ['x/a b.png']
    """
    plain = name.replace('\\', '/')
    return list(dict.fromkeys([plain, unquote(plain.rpartition('?d=')[2])]))
