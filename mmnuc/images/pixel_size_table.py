"""A table of pixel sizes, for images that don't state theirs or state it wrongly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize

_IMAGE = ('image', 'file_name', 'filename', 'file', 'name', 'slide', 'image_name', 'path')
_BOTH = ('pixel_size', 'pixelsize', 'mpp', 'um_per_pixel', 'microns_per_pixel')
_X = tuple(f'{name}_x' for name in _BOTH)
_Y = tuple(f'{name}_y' for name in _BOTH)
_SHOWN = 3
_UNITS = ('(µm)', '(um)', '[µm]', '[um]', '_µm', '_um')


@dataclass(frozen=True)
class PixelSizeTable:
    """Sizes by the names of images.

    Args:
        sizes: By name as the table has it, with folders or without, with a suffix or without.
        name: The table, for messages.

    Example:
        >>> table = PixelSizeTable({'a.tif': PixelSize(0.5, 0.5), 'north/b': PixelSize(1, 1)})
        >>> table.of('data/a.tif').x, table.of('data/north/b.svs').x, table.of('data/south/b.svs')
        (0.5, 1, None)
    """

    sizes: Mapping[str, PixelSize]
    name: str = 'the table'

    def of(self, image: str | Path) -> PixelSize | None:
        """Find the size of an image.

        An entry means an image whose path ends in it, folder by folder; the suffix counts if the
        entry has it. The entry with the most folders is the one that is meant, and one with the
        suffix before one without.

        Args:
            image: Its file.

        Returns:
            The size, None if it isn't in the table.

        Raises:
            UserError: Two entries mean it equally well, and differ.
        """
        path = _parts(image)
        stem = (*path[:-1], PurePosixPath(path[-1]).stem) if path else ()
        found: dict[tuple[int, bool], list[str]] = {}
        for entry in self.sizes:
            parts = _parts(entry)
            for ending, exact in ((path, True), (stem, False)):
                if parts and ending[-len(parts) :] == parts:
                    found.setdefault((len(parts), exact), []).append(entry)
                    break
        best = found[max(found)] if found else []
        if len({(self.sizes[entry].x, self.sizes[entry].y) for entry in best}) > 1:
            raise UserError(f'{self.name} has {" and ".join(best)} for {image}, of different sizes')
        return self.sizes[best[0]] if best else None

    def check(self, images: Iterable[str | Path]) -> str:
        """Compare it with the images that there are.

        Args:
            images: Their files.

        Returns:
            Words on entries that mean none of them; nothing if there are none such.

        Raises:
            UserError: No entry means any of them.

        Example:
            >>> one = PixelSize(1, 1)
            >>> PixelSizeTable({'a': one, 'B': one}).check(['a.tif', 'b.tif'])
            'the table has 1 name of no image here: B'
        """
        endings = {ending for image in images for ending in _endings(_parts(image))}
        unknown = [entry for entry in self.sizes if _parts(entry) not in endings]
        if not unknown:
            return ''
        shown = ', '.join(unknown[:_SHOWN]) + (', ...' if len(unknown) > _SHOWN else '')
        if len(unknown) == len(self.sizes):
            raise UserError(
                f'{self.name} has the size of none of the images; its names are {shown}'
            )
        many = f'{len(unknown)} {"name" if len(unknown) == 1 else "names"}'
        return f'{self.name} has {many} of no image here: {shown}'


def read_pixel_sizes(path: str | Path) -> PixelSizeTable:
    """Read a table of pixel sizes.

    Args:
        path: CSV with a header: a column ``image`` (or ``file_name``), and ``pixel_size`` in
            micrometres or ``pixel_size_x`` and ``pixel_size_y``; separated by comma, semicolon or
            tab.

    Returns:
        The sizes, by image.

    Raises:
        UserError: It is no such table, a size is no number above 0, or an image has two sizes.
    """
    try:
        text = Path(path).read_text(encoding='utf-8-sig')
    except OSError as error:
        raise UserError(f'{path} can not be read: {error.strerror or error}') from None
    except UnicodeDecodeError:
        raise UserError(f'{path} is no text in UTF-8, as a table of pixel sizes is') from None
    sizes: dict[str, PixelSize] = {}
    try:
        for line, image, size in _rows(text, str(path)):
            if sizes.get(image, size) != size:
                raise UserError(f'{path}, line {line}: {image} has another size further up')
            sizes[image] = size
    except csv.Error as error:
        raise UserError(f'{path} is no table of pixel sizes: {error}') from None
    if not sizes:
        raise UserError(f'{path} has no row; wanted are image,pixel_size and a row for each image')
    return PixelSizeTable(sizes, str(path))


def _rows(text: str, name: str) -> Iterator[tuple[int, str, PixelSize]]:
    head = text.partition('\n')[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(',;\t', key=head.count))
    header = [_plain(cell) for cell in next(reader, [])]
    twice = next((cell for cell in header if cell and header.count(cell) > 1), None)
    if twice is not None:
        raise UserError(f'{name}, line 1: the column {twice} is there twice')
    image = _column(header, _IMAGE)
    both, x, y = (_column(header, names) for names in (_BOTH, _X, _Y))
    places = [x, y] if x is not None and y is not None else [both, both]
    if image is None or None in places:
        raise UserError(
            f'{name}, line 1: the columns are {", ".join(header) or "none"}; wanted are image and '
            'pixel_size, or image, pixel_size_x and pixel_size_y'
        )
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        where = f'{name}, line {reader.line_num}'
        cells = [*row, *[''] * (len(header) - len(row))]
        if not cells[image].strip():
            raise UserError(f'{where}: no image is named')
        sides = [_number(cells[place], where) for place in places if place is not None]
        yield reader.line_num, cells[image].strip(), PixelSize(sides[0], sides[1], Path(name).name)


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell.strip().replace(',', '.'))
        PixelSize(value, value)
    except ValueError:
        raise UserError(
            f'{where}: a pixel size is a number of micrometres above 0, not "{cell.strip()}"'
        ) from None
    return value


def _plain(cell: str) -> str:
    text = cell.strip().strip('"').lower().replace('\u03bc', 'µ')
    for unit in _UNITS:
        text = text.removesuffix(unit).strip()
    return text.replace(' ', '_').replace('-', '_')


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _endings(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What entries mean an image: the ends of its path, with its suffix and without."""
    stem = (*path[:-1], PurePosixPath(path[-1]).stem) if path else ()
    for start in range(len(path)):
        yield path[start:]
        yield stem[start:]


def _parts(path: str | Path) -> tuple[str, ...]:
    """Folders and name, of paths of either system."""
    text = str(path) if isinstance(path, PurePath) else path
    return tuple(part for part in text.replace('\\', '/').split('/') if part not in ('', '.'))
