"""Examples of nothing: a piece so far out of focus that it shows no nucleus."""

import math
from typing import Any

import cv2
import numpy as np
import torch
from mmdet.structures.bbox import BaseBoxes, autocast_box_type
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange, check_range, checked, uniform
from mmnuc.datasets.transforms.random_noise import add_noise, noise_seed
from mmnuc.registry import TRANSFORMS

INSTANCE_KEYS = (
    'gt_bboxes',
    'gt_bboxes_labels',
    'gt_ignore_flags',
    'gt_masks',
    'gt_instances_ids',
)


@TRANSFORMS.register_module()
class NegativePiece(ImageChange):
    """Blur a piece until no nucleus can be told, and drop its instances, at random.

    The background learnt this way has the colours of the piece and the haze of what lies out of
    focus. Put it after the crop; ``FilterAnnotations`` lets an empty piece pass.

    Args:
        prob: Probability to make a negative piece.
        sigma: Range of the blur's standard deviation in pixels. It is at least the median
            diameter of the piece's nuclei, of which 12 % of the contrast are left then.
        noise: Range of the standard deviation, in grey values, of the noise that is added: real
            haze has the camera's grain.

    Raises:
        ValueError: A range is negative or falls, or the probability is not from 0 to 1.

    Example:
        >>> results = {'img': np.eye(64, dtype=np.uint8)[..., None].repeat(3, 2) * 255}
        >>> int(NegativePiece(prob=1)(results)['img'].max()) < 100
        True
    """

    def __init__(
        self,
        prob: float = 0.03,
        sigma: tuple[float, float] = (8, 20),
        noise: tuple[float, float] = (0, 4),
    ) -> None:
        super().__init__(prob)
        self.sigma = check_range('sigma', sigma, 0, math.inf)
        self.noise = check_range('noise', noise, 0, math.inf)

    def _sample(self) -> tuple[float, float, int]:
        return uniform(self.sigma), uniform(self.noise), noise_seed()

    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        sigma, noise, seed = drawn
        return add_noise(_blur(img, sigma), noise, seed, per_channel=False)

    @autocast_box_type()
    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Blur ``img`` and drop all instances, or do nothing."""
        drawn = self._draw()
        if drawn is None:
            return results
        sigma = max(drawn[0], _median_diameter(results.get('gt_bboxes')))
        results['img'] = self._change(checked(results['img']), sigma, *drawn[1:])
        for key in INSTANCE_KEYS:
            if results.get(key) is not None:
                results[key] = results[key][np.zeros(len(results[key]), bool)]
        return results


def _median_diameter(boxes: BaseBoxes | None) -> float:
    if boxes is None or len(boxes) == 0:
        return 0.0
    return float(torch.sqrt(boxes.widths * boxes.heights).median())


def _blur(img: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    """Blur by three means in a row: nearly a Gaussian, at a cost that doesn't grow with sigma."""
    # A mean over w pixels has the variance (w^2 - 1) / 12.
    width = 2 * round((math.sqrt(4 * sigma**2 + 1) - 1) / 2) + 1
    for _ in range(3):
        img = np.asarray(cv2.blur(img, (width, width)), np.uint8)
    return img
