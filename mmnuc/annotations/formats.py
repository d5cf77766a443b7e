"""The annotation formats by name, and which of them a file is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from mmnuc.annotations.annotations import NUCLEUS, AnnotationError, Annotations
from mmnuc.annotations.aperio import read_aperio
from mmnuc.annotations.cellpose import is_seg_npy, read_cp_outlines, read_seg_npy
from mmnuc.annotations.geojson import class_names_of_geojson, read_geojson, size_of_geojson
from mmnuc.annotations.hovernet import class_names_of_hovernet, is_hovernet, read_hovernet
from mmnuc.annotations.imagej_roi import class_names_of_rois, read_imagej_rois
from mmnuc.annotations.json_text import read_json
from mmnuc.annotations.label_maps import SUFFIXES as LABEL_MAPS
from mmnuc.annotations.label_maps import read_label_map_file


def _one_class(_: bytes) -> tuple[str, ...]:
    return (NUCLEUS,)


def _no_size(_: bytes) -> tuple[int, int] | None:
    return None


@dataclass(frozen=True)
class AnnotationFormat:
    """One format.

    Args:
        name: Its name on the command line.
        about: What it is, in a few words.
        suffixes: Ends of file names that may mean it.
        read: Content, file name, height and width of the image to its nuclei. Label maps state
            their own size.
        class_names: Content to the classes of its nuclei.
        size_hw: Content to the height and width that it states.
        is_label_map: Whether the file itself has the size of its image.
    """

    name: str
    about: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str, int, int], Annotations]
    class_names: Callable[[bytes], tuple[str, ...]] = _one_class
    size_hw: Callable[[bytes], tuple[int, int] | None] = _no_size
    is_label_map: bool = False


# The first of those that belong to one image is read: what keeps most of classes, scores and
# overlaps.
FORMATS = {
    found.name: found
    for found in (
        AnnotationFormat(
            'geojson',
            'QuPath GeoJSON',
            ('.geojson', '.json'),
            lambda data, _, height, width: read_geojson(data, height, width),
            class_names_of_geojson,
            size_of_geojson,
        ),
        AnnotationFormat(
            'hovernet',
            'json of HoVer-Net or CellViT',
            ('.json',),
            lambda data, _, height, width: read_hovernet(data, height, width),
            class_names_of_hovernet,
        ),
        AnnotationFormat(
            'cellpose',
            '_seg.npy of Cellpose',
            ('.npy',),
            lambda data, *_: read_seg_npy(data),
            is_label_map=True,
        ),
        AnnotationFormat(
            'label-map',
            'label map',
            LABEL_MAPS,
            lambda data, name, *_: read_label_map_file(data, name),
            is_label_map=True,
        ),
        AnnotationFormat(
            'imagej-roi',
            'ImageJ regions',
            ('.zip', '.roi'),
            lambda data, _, height, width: read_imagej_rois(data, height, width),
            class_names_of_rois,
        ),
        AnnotationFormat(
            'aperio',
            'Aperio XML',
            ('.xml',),
            lambda data, _, height, width: read_aperio(data, height, width),
        ),
        AnnotationFormat(
            'cp-outlines',
            '_cp_outlines.txt of Cellpose',
            ('.txt',),
            lambda data, _, height, width: read_cp_outlines(data, height, width),
        ),
    )
}
SUFFIXES = tuple(dict.fromkeys(s for known in FORMATS.values() for s in known.suffixes))


def format_of_file(name: str, data: bytes) -> AnnotationFormat:
    """Tell the format of a file by its name, and by its content where the name leaves it open.

    Args:
        name: The file's name.
        data: Its content.

    Raises:
        AnnotationError: It is none.

    Example:
        >>> format_of_file('a.json', b'{"nuc": {}}').name, format_of_file('a.png', b'').name
        ('hovernet', 'label-map')
        >>> format_of_file('a.json', b'{"images": [], "annotations": []}')
        Traceback (most recent call last):
        mmnuc.annotations.annotations.AnnotationError: is a COCO file: name the file itself
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == '.json':
        content = read_json(data)
        if isinstance(content, dict) and 'annotations' in content and 'images' in content:
            raise AnnotationError('is a COCO file: name the file itself')
        return FORMATS['hovernet' if is_hovernet(content) else 'geojson']
    if suffix == '.npy':
        return FORMATS['cellpose' if is_seg_npy(data) else 'label-map']
    for known in FORMATS.values():
        if suffix in known.suffixes:
            return known
    raise AnnotationError(f'is no annotation: known are {", ".join(SUFFIXES)}')


def may_be_annotation(name: str) -> bool:
    """Whether a file may hold annotations by its name.

    Example:
        >>> [may_be_annotation(n) for n in ('a.geojson', 'a.txt', 'a_cp_outlines.txt', 'a.jpg')]
        [True, False, True, False]
        >>> may_be_annotation('nuclei.coco.json')
        False
    """
    low = name.lower()
    if low.endswith('.txt'):
        return low.endswith('outlines.txt')
    # Our own outputs that hold all images of a run, and the settings of it.
    if low.endswith('.coco.json') or PurePosixPath(low).name in ('predict.json', 'type_info.json'):
        return False
    return low.endswith(SUFFIXES)
