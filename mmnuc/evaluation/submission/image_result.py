"""One image's predicted instances as plain data: what every submission is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ImageResult:
    """What a model found on one image.

    Attributes:
        image_id: Id of the image in the images json.
        file_name: Name of the image file, without folders.
        height: Height of the image in pixels.
        width: Width of the image in pixels.
        rles: N masks ``{'size': [h, w], 'counts': str}`` of the image's size.
        scores: Confidence, shape (N,).
        labels: Class of each instance, counted from 0, shape (N,).
        boxes_xyxy: Corners in pixels, shape (N, 4).

    Raises:
        ValueError: The columns differ in length.
    """

    image_id: int
    file_name: str
    height: int
    width: int
    rles: Sequence[Mapping[str, Any]]
    scores: NDArray[np.floating]
    labels: NDArray[np.integer]
    boxes_xyxy: NDArray[np.floating]

    def __post_init__(self) -> None:
        """Refuse columns of different lengths."""
        lengths = [len(self.rles), len(self.scores), len(self.labels), len(self.boxes_xyxy)]
        if len(set(lengths)) > 1:
            raise ValueError(
                f'image {self.image_id}: masks, scores, labels and boxes number {lengths}'
            )

    def __len__(self) -> int:
        """Number of instances."""
        return len(self.rles)

    def by_score(self) -> list[int]:
        """Indices from the most confident instance down; equal scores keep their order."""
        return [int(i) for i in np.argsort(-np.asarray(self.scores), kind='stable')]
