"""HoVer-Net's json, and CellViT's: outlines through the centres of border pixels.

HoVer-Net writes ``{"nuc": {"1": {"bbox", "centroid", "contour", "type_prob", "type"}}}``, older
versions the nuclei alone; CellViT ``{"cells": [{"contour", "type"}], "type_map": {}}`` with
coordinates of the whole slide. Outlines are OpenCV's ``findContours``: a mask in one part
without holes comes back pixel for pixel. ``type_prob`` says how sure the class is, not that there
is a nucleus, so it is no score.

Sources: https://github.com/vqdang/hover_net (infer/tile.py, infer/wsi.py),
https://github.com/TIO-IKIM/CellViT
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmnuc.annotations.annotations import NUCLEUS, AnnotationError, Annotations, numbered_classes
from mmnuc.annotations.fill import crops_of, fill_contour, ring_of
from mmnuc.annotations.json_text import read_json

# What a type is called for which the file has no name.
TYPE = 'type {}'


def read_hovernet(data: bytes, height: int, width: int) -> Annotations:
    """Read the nuclei of an image.

    Args:
        data: The file's content.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The nuclei; classes by the file's ``type_map`` or ``type_info``, else ``type 1`` and so on,
        ``nucleus`` where types are null.

    Raises:
        AnnotationError: The file is none of these, or an outline can't be meant.

    Example:
        >>> one = b'{"nuc": {"7": {"contour": [[1, 1], [1, 2], [3, 2], [3, 1]], "type": 2}}}'
        >>> found = read_hovernet(one, 5, 5)
        >>> found.crops.boxes_xyxy.tolist(), found.class_names, found.wheres
        ([[1, 1, 4, 3]], ('type 2',), ('nucleus 7',))
    """
    nuclei, types = _content(data)
    wheres = [f'nucleus {key}' for key in nuclei]
    outlines = [
        ring_of(_entry(nucleus, where).get('contour'), where, least=1)
        for nucleus, where in zip(nuclei.values(), wheres, strict=True)
    ]
    labels, classes = numbered_classes(_names(nuclei, types))
    crops = crops_of([fill_contour(points, height, width) for points in outlines], height, width)
    return Annotations(crops, labels, classes, None, tuple(wheres))


def class_names_of_hovernet(data: bytes) -> tuple[str, ...]:
    """The classes that occur in a file, in this order.

    Raises:
        AnnotationError: The file is none of these.

    Example:
        >>> class_names_of_hovernet(b'{"nuc": {}}')
        ()
    """
    return tuple(dict.fromkeys(_names(*_content(data))))


def is_hovernet(content: Any) -> bool:
    """Whether a json is of HoVer-Net or CellViT by its keys.

    Example:
        >>> is_hovernet({'nuc': {}}), is_hovernet({'cells': []}), is_hovernet({'images': []})
        (True, True, False)
    """
    if not isinstance(content, dict):
        return False
    if isinstance(content.get('nuc'), dict) or isinstance(content.get('cells'), list):
        return True
    return bool(content) and all(isinstance(v, dict) and 'contour' in v for v in content.values())


def _content(data: bytes) -> tuple[Mapping[Any, Any], Mapping[str, Any]]:
    """The nuclei by their names, and the names of types."""
    content = read_json(data)
    if not is_hovernet(content):
        raise AnnotationError('is no json of HoVer-Net ("nuc") or CellViT ("cells")')
    stated = content.get('type_map') or content.get('type_info')
    types: Mapping[str, Any] = stated if isinstance(stated, dict) else {}
    if isinstance(content.get('nuc'), dict):
        return content['nuc'], types
    if isinstance(content.get('cells'), list):
        return dict(enumerate(content['cells'], 1)), types
    return content, {}


def _entry(nucleus: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(nucleus, dict) or 'contour' not in nucleus:
        raise AnnotationError(
            f'{where} has no contour: only files with outlines can be read, such as the cells.json '
            'that CellViT writes beside cell_detection.json'
        )
    return nucleus


def _names(nuclei: Mapping[Any, Any], types: Mapping[str, Any]) -> list[str]:
    return [
        _name(nucleus.get('type') if isinstance(nucleus, dict) else None, types)
        for nucleus in nuclei.values()
    ]


def _name(number: Any, types: Mapping[str, Any]) -> str:
    if number is None:
        return NUCLEUS
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    name = types.get(str(number))
    if name is None and isinstance(number, str) and not number.strip().isdigit():
        return number.strip() or NUCLEUS
    # HoVer-Net's type_info has a name and a colour.
    name = name[0] if isinstance(name, list) and name else name
    return name if isinstance(name, str) else TYPE.format(number)
