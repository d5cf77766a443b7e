"""How a scanner turns amounts of stain into an image."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.synthetic.noise import Field, blurred
from mmnuc.converters.synthetic.stain import Stain

# Optical density in red, green and blue of one part of hematoxylin, eosin and blood.
_COLOURS = ((0.56, 0.74, 0.37), (0.20, 0.82, 0.53), (0.08, 0.78, 0.78))
_STRENGTHS = (1.7, 1.05, 1.4)


def scan(rng: np.random.Generator, stain: Stain) -> NDArray[np.uint8]:
    """Look at a stained tile through a scanner: colours, blur, sharpening, noise and JPEG.

    Args:
        rng: Source of randomness; also draws the laboratory's and the scanner's colours.
        stain: Amounts of stain.

    Returns:
        RGB image of shape (H, W, 3).

    Example:
        >>> glass = Stain(*np.zeros((3, 16, 16), np.float32))
        >>> bool(scan(np.random.default_rng(0), glass).mean() > 225)
        True
    """
    light = _transmitted(rng, stain)
    light = blurred(light, rng.uniform(0.6, 0.95))
    light += np.float32(rng.uniform(0.3, 0.7)) * (light - blurred(light, 1.6))
    light += np.float32(rng.uniform(1.2, 2.6)) * rng.standard_normal(light.shape, np.float32)
    image = np.clip(np.round(light), 0, 255).astype(np.uint8)
    return _through_jpeg(image, quality=int(rng.integers(78, 92)))


def _transmitted(rng: np.random.Generator, stain: Stain) -> Field:
    """Light of shape (H, W, 3) behind the tissue, by the law of Beer and Lambert."""
    colours = np.array(_COLOURS) + rng.normal(0, (0.04, 0.025, 0.05), (3, 3))
    colours /= np.linalg.norm(colours, axis=1, keepdims=True)
    colours *= np.array(_STRENGTHS)[:, None]
    amounts = np.stack([stain.hematoxylin, stain.eosin, stain.blood], axis=-1)
    lamp = rng.uniform(240, 250) + rng.normal(0, 1.5, 3)
    light: Field = np.exp(-np.maximum(amounts, 0) @ colours.astype(np.float32))
    return light * lamp.astype(np.float32)


def _through_jpeg(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    encoded = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
