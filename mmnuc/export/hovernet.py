"""Json as HoVer-Net writes it: outlines through the centres of border pixels.

An outline holds a mask in one part without holes; of several parts the largest is written, and
holes are filled. Types count from 1, ``type_info`` has their names. Nuclei may overlap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmnuc.export.exported import Exported, chunks
from mmnuc.ops.arrays import U8Array

# For overlays; they repeat.
_COLORS = ([0, 200, 0], [230, 159, 0], [86, 180, 233], [213, 94, 0], [0, 114, 178])


def write_hovernet(path: Path, nuclei: Exported) -> None:
    """Write the nuclei of one image, one a line; those without pixels are left out.

    Args:
        path: The file to write.
        nuclei: The nuclei.
    """
    types = {
        str(number): [name, _COLORS[(number - 1) % len(_COLORS)]]
        for number, name in enumerate(nuclei.class_names, 1)
    }
    with path.open('w', encoding='utf-8') as file:
        file.write(f'{{"mag": null, "type_info": {json.dumps(types)},\n"nuc": {{')
        separator = '\n'
        for number, entry in entries(nuclei):
            file.write(f'{separator}"{number}": {json.dumps(entry, allow_nan=False)}')
            separator = ',\n'
        file.write('\n}}\n')


def entries(nuclei: Exported) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the number and the entry of each nucleus.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> _, entry = next(entries(Nuclei.from_label_map(np.ones((2, 3), int))))
        >>> entry['contour'], entry['bbox'], entry['centroid'], entry['type']
        ([[0, 0], [0, 1], [2, 1], [2, 0]], [[0, 0], [2, 3]], [1.0, 0.5], 1)
    """
    for numbers, chunk in chunks(nuclei):
        labels, scores = chunk.labels.tolist(), np.asarray(chunk.scores, np.float64).tolist()
        for i, number in enumerate(numbers.tolist()):
            x1, y1 = chunk.crops.boxes_xyxy[i, :2].tolist()
            mask = chunk.crops.crop(i)
            points = _contour(mask)
            right, bottom = points.max(axis=0).tolist()
            left, top = points.min(axis=0).tolist()
            rows, columns = np.nonzero(mask)
            centroid = (columns.mean() + x1, rows.mean() + y1)
            yield (
                number,
                {
                    'bbox': [[top + y1, left + x1], [bottom + y1 + 1, right + x1 + 1]],
                    'centroid': [round(float(value), 3) for value in centroid],
                    'contour': (points + np.array([x1, y1])).tolist(),
                    'type_prob': round(scores[i], 6),
                    'type': labels[i] + 1,
                },
            )


def _contour(mask: U8Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """The outline of the largest part, of shape (n, 2)."""
    contours, _ = cv2.findContours(
        np.ascontiguousarray(mask), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    largest = max(contours, key=lambda points: (cv2.contourArea(points), len(points)))
    return np.asarray(largest[:, 0], np.int32)
