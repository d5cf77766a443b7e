"""The instances of one image as a few arrays that read like mmdet's list of dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CompactInstances(Sequence[Any]):
    """The instances of one image: some 120 bytes each, in memory and pickled.

    ``mmnuc.LoadNucleiAnnotations`` takes the arrays; whatever takes ``results['instances']`` for
    a list of dicts, as mmdet's ``LoadAnnotations`` does, gets each dict when it asks for it.

    Args:
        boxes_xyxy: Boxes of shape (N, 4).
        labels: Class numbers of shape (N,), counted from 0.
        ignore_flags: ``True`` for crowds and broken masks, of shape (N,).
        text: Bytes of all compressed run lengths.
        text_offsets: Where the run lengths of each instance start, of shape (N + 1,); an instance
            without a mask has none.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Example:
        >>> text = np.frombuffer(b'312', np.uint8)
        >>> box, no = np.array([[1.0, 1.0, 2.0, 2.0]]), np.array([False])
        >>> CompactInstances(box, np.array([0]), no, text, np.array([0, 3]), 2, 3)[0]['mask']
        {'size': [2, 3], 'counts': '312'}
    """

    boxes_xyxy: NDArray[np.float64]
    labels: NDArray[np.int64]
    ignore_flags: NDArray[np.bool_]
    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]
    height: int
    width: int

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> Any:
        """Return one instance as mmdet's dict, or a list of them for a slice."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row = range(len(self))[index]
        instance = {
            'ignore_flag': int(self.ignore_flags[row]),
            'bbox': self.boxes_xyxy[row].tolist(),
            'bbox_label': int(self.labels[row]),
        }
        start, end = self.text_offsets[row], self.text_offsets[row + 1]
        if end > start:
            counts = self.text[start:end].tobytes().decode('ascii')
            instance['mask'] = {'size': [self.height, self.width], 'counts': counts}
        return instance
