"""The formats by name and by suffix, and the one function that writes any of them.

The table itself is standard library only: a command line lists the formats at once, and what
writes one of them comes in when it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmnuc.atomic import atomic_path

if TYPE_CHECKING:
    from mmnuc.export.exported import Exported, Image


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: Its name in Python and on the command line.
        suffixes: Ends of file names that mean it; the first is the one given to new files.
        about: What it is, in a few words.
        write: Path, nuclei, their image, its file name and what was read of it to a file.
        join: Path and files of one image each to a file of all images; None for formats that hold
            one image.
    """

    name: str
    suffixes: tuple[str, ...]
    about: str
    write: Callable[[Path, Exported, Image | None, str, str], None]
    join: Callable[[Path, Iterable[Path]], None] | None = None


def _call(function: str, *arguments: Any) -> None:
    """Call a function of this package, such as ``coco.write_coco``."""
    module, _, name = function.rpartition('.')
    getattr(import_module(f'mmnuc.export.{module}'), name)(*arguments)


FORMATS = {
    found.name: found
    for found in (
        Format(
            'coco',
            ('.coco.json', '.json'),
            'images and scored annotations, masks as run lengths',
            lambda path, nuclei, _, *rest: _call('coco.write_coco', path, nuclei, *rest),
            lambda path, parts: _call('coco.join_coco', path, parts),
        ),
        Format(
            'geojson',
            ('.geojson',),
            'detections with outlines and measurements, for QuPath',
            lambda path, nuclei, image, _, about: _call(
                'geojson.write_geojson', path, nuclei, image, about
            ),
        ),
        Format(
            'tiff',
            ('.labels.tif', '.tif', '.tiff'),
            'label image of 16 or 32 bits, tiled',
            lambda path, nuclei, _, __, about: _call(
                'label_image.write_label_tiff', path, nuclei, about
            ),
        ),
        Format(
            'png',
            ('.labels.png', '.png'),
            'label image of 16 bits',
            lambda path, nuclei, _, __, about: _call(
                'label_image.write_label_png', path, nuclei, about
            ),
        ),
        Format(
            'csv',
            ('.csv',),
            'shape and stain measurements, a row a nucleus',
            lambda path, nuclei, image, *_: _call('table.write_csv', path, nuclei, image),
        ),
        Format(
            'parquet',
            ('.parquet',),
            'the same table for pandas, R and DuckDB',
            lambda path, nuclei, image, _, about: _call(
                'table.write_parquet', path, nuclei, image, about
            ),
        ),
        Format(
            'dsb',
            ('.dsb.csv',),
            "the Data Science Bowl's run-length table",
            lambda path, nuclei, _, name, __: _call(
                'dsb_csv.write_dsb_csv', path, nuclei, Path(name).stem
            ),
            lambda path, parts: _call('dsb_csv.join_dsb_csv', path, parts),
        ),
        Format(
            'roi',
            ('_rois.zip', '.zip'),
            "regions for ImageJ's and Fiji's ROI Manager",
            lambda path, nuclei, *_: _call('imagej_roi.write_roi_zip', path, nuclei),
        ),
        Format(
            'cellpose',
            ('_seg.npy',),
            'masks to correct in the window of Cellpose',
            lambda path, nuclei, _, name, *__: _call('cellpose.write_seg_npy', path, nuclei, name),
        ),
        Format(
            'hovernet',
            ('.hovernet.json',),
            'outlines and types as HoVer-Net writes them',
            lambda path, nuclei, *_: _call('hovernet.write_hovernet', path, nuclei),
        ),
        Format(
            'overlay',
            ('.overlay.png',),
            'picture of the image with outlines',
            lambda path, nuclei, image, _, about: _call(
                'overlay.write_overlay', path, nuclei, image, about
            ),
        ),
    )
}


def format_of(path: str | Path, name: str | None = None) -> Format:
    """Choose the format of a file.

    Args:
        path: The file to write.
        name: Name of the format; by default the longest suffix that fits decides.

    Raises:
        ValueError: There is no such format, or no suffix fits.

    Example:
        >>> format_of('tile.geojson').name, format_of('tile.overlay.png').name
        ('geojson', 'overlay')
        >>> format_of('tile.xml')
        Traceback (most recent call last):
        ...
        ValueError: no format for tile.xml; a file ends in .coco.json, .json, .geojson, \
.labels.tif, .tif, .tiff, .labels.png, .png, .csv, .parquet, .dsb.csv, _rois.zip, .zip, \
_seg.npy, .hovernet.json or .overlay.png
    """
    if name is not None:
        if name not in FORMATS:
            raise ValueError(f'no format {name!r}; there are {", ".join(FORMATS)}')
        return FORMATS[name]
    low = Path(path).name.lower()
    by_suffix = {suffix: known for known in FORMATS.values() for suffix in known.suffixes}
    fitting = [suffix for suffix in by_suffix if low.endswith(suffix)]
    if not fitting:
        *others, last = by_suffix
        raise ValueError(
            f'no format for {Path(path).name}; a file ends in {", ".join(others)} or {last}'
        )
    return by_suffix[max(fitting, key=len)]


def save(
    path: str | Path,
    nuclei: Exported,
    image: Image | None = None,
    format: str | None = None,
    *,
    image_name: str | None = None,
    description: str | None = None,
) -> Path:
    """Write nuclei to a file, whole or not at all.

    Args:
        path: The file to write. Folders that are missing are made.
        nuclei: The nuclei.
        image: Their image, RGB of 8 bits: an array of shape (H, W, 3), or one that is read by
            boxes. Tables and GeoJSON measure colours on it, the overlay shows it.
        format: Name of the format; by default the suffix of ``path`` decides.
        image_name: Name of the image's file, for formats that state it; by default that of
            ``path`` with ``.png``.
        description: What was read, for formats that hold a note; by default what the image says
            of itself.

    Returns:
        The path.

    Raises:
        ValueError: There is no such format, the image is not that of the nuclei, or the format
            does not hold so many.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from mmnuc.structures import Nuclei
        >>> one = Nuclei.from_label_map(np.ones((2, 2), int))
        >>> print(save(Path(tempfile.mkdtemp()) / 'tile.dsb.csv', one).read_text(), end='')
        ImageId,EncodedPixels
        tile,1 4
    """
    path = Path(path)
    chosen = format_of(path, format)
    if image is not None:
        _call('exported.check_image', image, nuclei.crops)
    name = image_name or f'{_bare(path, chosen)}.png'
    about = getattr(image, 'description', '') if description is None else description
    with atomic_path(path) as temporary:
        chosen.write(temporary, nuclei, image, name, about)
    return path


def _bare(path: Path, chosen: Format) -> str:
    """The file's name without the format's suffix."""
    for suffix in chosen.suffixes:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.stem
