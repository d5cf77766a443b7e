"""Cellpose's and Omnipose's files: ``a_seg.npy`` and ``a_cp_outlines.txt``.

``_seg.npy`` holds a pickled dict with ``masks``, the label map; it is read without running what a
pickle may hold. Each line of ``_cp_outlines.txt`` is one nucleus, ``x1,y1,x2,y2,...`` through the
centres of its border pixels. Their label maps (``a_cp_masks.png``, ``a_masks.tif``) are like any
other.

Source: https://cellpose.readthedocs.io/en/latest/outputs.html
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.annotations.annotations import AnnotationError, Annotations, of_one_class
from mmnuc.annotations.fill import crops_of, fill_contour, ring_of
from mmnuc.annotations.label_maps import label_map_annotations
from mmnuc.safe_pickle import DamagedError, RefusedError
from mmnuc.safe_pickle.npy import read_npy_object

_NPY = b'\x93NUMPY'


def read_seg_npy(data: bytes) -> Annotations:
    """Read the nuclei of a ``_seg.npy``, which knows the size of its image.

    Raises:
        AnnotationError: The file is damaged, wants to run something, or has no flat label map.

    Example:
        >>> file = io.BytesIO()
        >>> np.save(file, {'masks': np.array([[0, 1], [2, 1]])}, allow_pickle=True)
        >>> found = read_seg_npy(file.getvalue())
        >>> len(found), found.crops.height, found.crops.width
        (2, 2, 2)
    """
    return label_map_annotations(_masks(data), is_certain=True)


def is_seg_npy(data: bytes) -> bool:
    """Whether a NumPy file holds an object, as Cellpose's do, rather than numbers.

    Example:
        >>> file = io.BytesIO()
        >>> np.save(file, np.zeros((2, 2)))
        >>> is_seg_npy(file.getvalue())
        False
    """
    return data.startswith(_NPY) and b"'|O'" in data[:256]


def read_cp_outlines(data: bytes, height: int, width: int) -> Annotations:
    """Read the nuclei of a ``_cp_outlines.txt``.

    Args:
        data: The file's content.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Raises:
        AnnotationError: A line is no list of coordinates.

    Example:
        >>> read_cp_outlines(b'1,1,1,2,2,2,2,1\\n', 5, 5).crops.boxes_xyxy.tolist()
        [[1, 1, 3, 3]]
    """
    wheres, pieces = [], []
    for number, line in enumerate(data.decode('utf-8', 'replace').splitlines(), 1):
        if line.strip():
            where = f'line {number}'
            ring = ring_of(_pairs(line, where), where, least=1)
            pieces.append(fill_contour(ring, height, width))
            wheres.append(where)
    return of_one_class(crops_of(pieces, height, width), wheres)


def _pairs(line: str, where: str) -> NDArray[np.float64]:
    try:
        values = np.array([float(word) for word in line.strip().rstrip(',').split(',')])
    except ValueError:
        raise AnnotationError(f'{where} is no list of coordinates: {line[:40]!r}') from None
    if len(values) % 2:
        raise AnnotationError(f'{where} has {len(values)} coordinates, not pairs of x and y')
    return values.reshape(-1, 2)


def _masks(data: bytes) -> NDArray[Any]:
    try:
        content = read_npy_object(io.BytesIO(data))
    except RefusedError as error:
        raise AnnotationError(
            f'wants {error}, and opening it would run what it wants: a _seg.npy of Cellpose holds '
            'numbers and text alone'
        ) from None
    except DamagedError as error:
        raise AnnotationError(f'is no _seg.npy of Cellpose: {error}') from None
    masks = content.get('masks') if isinstance(content, dict) else None
    if not isinstance(masks, np.ndarray):
        raise AnnotationError('is no _seg.npy of Cellpose: it holds no masks')
    if masks.ndim == 3 and masks.shape[0] == 1:
        masks = masks[0]
    # Very old versions count masks from 0 and call the background -1.
    if masks.dtype.kind == 'i' and masks.size and masks.min() == -1:
        masks = masks + 1
    return masks
