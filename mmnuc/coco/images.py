"""The images that a COCO file lists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from mmnuc.coco.faults import EntryError, check_object, shown, shown_name
from mmnuc.coco.ids import IdList, whole_number
from mmnuc.errors import UserError

# No slide is larger, and numbers of pixels stay far from the limits of 64 bits.
LARGEST_SIDE = 1_000_000
_LONGEST_NAME = 255


class CocoImage(NamedTuple):
    """An image as a COCO file lists it.

    Attributes:
        id: Its id; numbered anew from 1 where not all ids of the file are numbers.
        given: The id that the file gives it.
        file_name: Its name, which may have folders.
        height: Height in pixels; 0 where nobody says.
        width: Width in pixels; 0 where nobody says.
        pixel_size: Micrometres a pixel along x and y, where the file says.
        kind: What it shows, such as ``'fluorescence'``, where the file says.
    """

    id: int
    given: str
    file_name: str
    height: int
    width: int
    pixel_size: tuple[float, float] | None = None
    kind: str | None = None

    def __str__(self) -> str:
        return f'image {shown_name(self.file_name)} ({shown_name(self.given)})'


class ImageList:
    """The images of a file while it is read.

    Args:
        images: Images that are known before.

    Attributes:
        own: Whether the images are those of the file that is read.

    Example:
        >>> images = ImageList()
        >>> images.add({'id': 'x', 'file_name': 'a.png', 'height': 2, 'width': 3})
        >>> images.row('x'), images.images[0].id, images.images[0].height
        (0, 1, 2)
        >>> images.row('a.png'), images.row('b.png')
        (0, -1)
    """

    def __init__(self, images: Iterable[CocoImage] = ()) -> None:
        self._ids = IdList('image')
        self._rows: list[CocoImage] = []
        self._fast: dict[int, int] = {}
        self._names: dict[str, int] = {}
        self._counted = 0
        self.own = True
        known = list(images)
        for image in known:
            self.own = False
            self._remember(image.given, image)
        # Where ids are names, results may use the numbers that took their place.
        if all(whole_number(image.given) is None for image in known):
            self._fast |= {image.id: row for row, image in enumerate(known)}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, entry: Any) -> None:
        """Add an entry of the list ``images``.

        Raises:
            EntryError: It is no image, or its id is used twice.
        """
        check_object(entry, ('id', 'file_name'))
        size = (read_side(entry, 'height'), read_side(entry, 'width'))
        name = read_file_name(entry['file_name'])
        kind = entry.get('kind')
        shows = kind if isinstance(kind, str) else None
        image = CocoImage(0, '', name, *size, read_pixel_size(entry), shows)
        self._remember(entry['id'], image)

    def resize(self, row: int, height: int, width: int) -> None:
        """Say how large an image is."""
        self._rows[row] = self._rows[row]._replace(height=height, width=width)

    def row(self, image_id: Any) -> int:
        """The place of the image with this id, or else of this name; -1 where there is none.

        Raises:
            EntryError: This can be no id.
        """
        if type(image_id) is int:
            found = self._fast.get(image_id, -1)
            if found >= 0:
                return found
        found = self._ids.find(image_id, 'image_id')
        return found if found >= 0 or not isinstance(image_id, str) else self._named(image_id)

    def _named(self, name: str) -> int:
        """The place of the image of this name, with its suffix or without; -1 for none or several.

        Some tools refer to images by the names of their files.
        """
        if len(self._rows) != self._counted:
            self._counted, self._names = len(self._rows), {}
            for row, image in enumerate(self._rows):
                file = image.file_name.replace('\\', '/')
                for text in {file, PurePosixPath(file).name, PurePosixPath(file).stem}:
                    self._names[text] = -1 if text in self._names else row
        return self._names.get(name.strip().replace('\\', '/'), -1)

    def __getitem__(self, row: int) -> CocoImage:
        return self._rows[row]

    def first(self, count: int) -> list[CocoImage]:
        """The first few, for messages."""
        return self._rows[:count]

    @property
    def images(self) -> tuple[CocoImage, ...]:
        """The images with their final ids."""
        numbered = zip(self._rows, self._ids.numbers(), strict=True)
        return tuple(image._replace(id=number) for image, number in numbered)

    def _remember(self, image_id: Any, image: CocoImage) -> None:
        row = self._ids.add(image_id)
        if type(image_id) is int:
            self._fast[image_id] = row
        self._rows.append(image._replace(given=self._ids.given[row]))


def require_sizes(file: str, images: Iterable[CocoImage]) -> None:
    """Refuse images whose size the file does not say.

    Raises:
        UserError: An image has none; it is named.
    """
    for image in images:
        if not (image.height and image.width):
            raise UserError(f'{file}: {image}: it has no height and width')


def read_file_name(name: Any) -> str:
    """Check the name of an image.

    Raises:
        EntryError: It is no text that may name a file.
    """
    if not isinstance(name, str) or not name.strip():
        raise EntryError('unreadable', f'file_name is {shown(name)}, not the name of a file')
    # Control characters, which would also reach the terminal, and halves of letters.
    if any(letter < ' ' or letter == '\x7f' or '\ud800' <= letter <= '\udfff' for letter in name):
        raise EntryError('unreadable', f'file_name {shown(name)} has letters that no file name has')
    if max(len(part.encode()) for part in name.replace('\\', '/').split('/')) > _LONGEST_NAME:
        raise EntryError('unreadable', f'file_name {shown(name)} is longer than any file name')
    return name


def leads_out(name: str) -> bool:
    """Whether a name leads out of the folder that it starts in.

    Example:
        >>> leads_out('x/a.png'), leads_out('x/../../a.png'), leads_out('/a.png'), leads_out('C:/a')
        (False, True, True, True)
    """
    path = PurePosixPath(name.replace('\\', '/'))
    return (
        path.is_absolute()
        or '..' in path.parts
        or (bool(path.parts) and path.parts[0].endswith(':'))
    )


def read_side(entry: dict[str, Any], key: str) -> int:
    """Read ``height`` or ``width``; 0 where the entry has none.

    Raises:
        EntryError: It is no number of pixels.
    """
    value = entry.get(key)
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST_SIDE:
        wanted = f'a whole number of pixels up to {LARGEST_SIDE:,}'
        raise EntryError('unreadable', f'{key} is {shown(value)}, not {wanted}')
    return value


def read_pixel_size(entry: dict[str, Any]) -> tuple[float, float] | None:
    """Read the micrometres a pixel, where an entry says them in a way that can be meant.

    Example:
        >>> read_pixel_size({'pixel_size': 0.25}), read_pixel_size({'pixel_size_um': [0.5, 0.25]})
        ((0.25, 0.25), (0.5, 0.25))
    """
    value = entry.get('pixel_size', entry.get('pixel_size_um'))
    pair: list[Any] = value if isinstance(value, list) and len(value) == 2 else [value, value]
    if all(type(side) in (int, float) and 0 < side < 1e6 for side in pair):
        return float(pair[0]), float(pair[1])
    return None
