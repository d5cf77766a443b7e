"""Cellpose's ``_seg.npy``, which its window opens beside the image to correct masks in.

The keys are those of Cellpose's ``io.masks_flows_to_seg``; there are no flows. Where nuclei overlap
the more confident one owns the pixel, as in label images.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmnuc.export.exported import Exported
from mmnuc.export.label_image import label_bands
from mmnuc.ops.arrays import I32Array

_MOST_OF_16_BITS = 65_534


def write_seg_npy(path: Path, nuclei: Exported, file_name: str) -> None:
    """Write a ``_seg.npy``; the label map is held as a whole.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        file_name: Name of the image, which Cellpose looks for beside the file.
    """
    shape = (nuclei.crops.height, nuclei.crops.width)
    masks = np.concatenate([np.zeros((0, shape[1]), np.int32), *label_bands(nuclei)])
    kept = np.unique(masks[masks > 0])
    # Cellpose counts without gaps.
    numbers = np.zeros(int(masks.max(initial=0)) + 1, np.int32)
    numbers[kept] = np.arange(1, len(kept) + 1)
    kind = np.uint16 if len(kept) <= _MOST_OF_16_BITS else np.uint32
    masks = numbers[masks]
    areas = np.bincount(masks.ravel(), minlength=len(kept) + 1)[1:]
    content = {
        'outlines': (masks * _borders(masks)).astype(kind),
        'masks': masks.astype(kind),
        'chan_choose': [0, 0],
        'ismanual': np.zeros(len(kept), bool),
        'filename': Path(file_name).name,
        'flows': [[], [], [], [], [[]]],
        'est_diam': float(np.median(2 * np.sqrt(areas / np.pi))) if len(kept) else 30.0,
    }
    with path.open('wb') as file:
        np.save(file, np.array(content, object), allow_pickle=True)


def _borders(masks: I32Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Pixels of nuclei that touch a pixel of another or of none by an edge."""
    around = np.pad(masks, 1)
    inner = np.ones(masks.shape, bool)
    for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
        beside = around[rows : rows + masks.shape[0], columns : columns + masks.shape[1]]
        inner &= beside == masks
    borders: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (masks > 0) & ~inner
    return borders
