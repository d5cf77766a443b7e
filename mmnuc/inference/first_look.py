"""A first look at a few places of an image, to find the scale that a model sees it best at.

At the right scale a model is sure of much: the confident part of the picture, weighed by how
confident, falls off on both sides. That holds for tissue of small and of large nuclei, where their
diameter alone would mislead: medians of the training tiles of ``histology``, all at 40x, reach from
12 to 31 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.scale import ReadingScale, slant_of
from mmnuc.inference.tile_model import TileModel
from mmnuc.structures.nuclei import Nuclei

# Side of the largest piece that the model sees at once, in its pixels.
_SEEN = 512
_PLACES = 3
# Places are chosen among so many squared.
_CANDIDATES = 6
_SURE = 0.5
_FEWEST_NUCLEI = 10
_LARGEST = 4.0
_SMALLEST = 1 / 8
# How much more confidence is worth another scale: what nuclei at a few places differ by is not.
_STEP_GAIN = 1.2
_PEAK_GAIN = 1.05

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class FirstLook:
    """What a first look found.

    Args:
        factor: How much larger the model should see the image; None with too few nuclei.
        diameter: Median diameter of the nuclei, in pixels of the image.
        nuclei: How many nuclei that is from.
        places: At how many places.
    """

    factor: float | None
    diameter: float = 0.0
    nuclei: int = 0
    places: int = 0


@dataclass(frozen=True)
class _View:
    """What a model is sure of at one scale."""

    confidence: float
    diameters: NDArray[np.float64]
    places: int


def first_look(image: OpenImage, model: TileModel, size: PixelSize | None = None) -> FirstLook:
    """Find the scale that a model sees an image best at.

    From the image as it is, twice the size is tried as long as it is clearly better, else half;
    then the best is found between the neighbours, on the same pieces each. Where that gains little
    the image is best as it is.

    Args:
        image: The image.
        model: What is to see it.
        size: Micrometres of its pixels; only whether they are square counts.

    Returns:
        The scale, of about 1/8 to 4 times, and the nuclei at it.
    """
    looker = _Looker(image, model, size)
    factor = 1.0
    for step, end in ((2.0, _LARGEST), (0.5, _SMALLEST)):
        while factor != end and looker.is_better(factor * step, factor):
            factor *= step
        if factor != 1.0:
            break
    around = [factor / 2**0.5, factor, factor * 2**0.5]
    views = [looker.view(one, looker.side(around[-1])) for one in around]
    found = views[1].diameters
    if len(found) < _FEWEST_NUCLEI:
        return FirstLook(None, nuclei=len(found), places=views[1].places)
    top = peak([view.confidence for view in views])
    best = factor * 2 ** (top.at / 2)
    if factor == 1.0 and top.gain < _PEAK_GAIN:
        best = 1.0
    return FirstLook(best, float(np.median(found)), len(found), views[1].places)


class Peak(NamedTuple):
    """The top of a curve.

    Attributes:
        at: Where it is, from -1 to 1.
        gain: How many times the value in the middle it has.
    """

    at: float
    gain: float


def peak(values: Sequence[float]) -> Peak:
    """Find the top of the parabola through the logarithms of three values.

    Example:
        >>> peak([1.0, 2.0, 4.0])
        Peak(at=1.0, gain=2.0)
        >>> top = peak([1.0, 2.0, 1.5])
        >>> round(top.at, 2), round(top.gain, 2)
        (0.21, 1.02)
    """
    low, middle, high = (log2(max(value, 1e-9)) for value in values)
    bend, slope = low - 2 * middle + high, (high - low) / 2
    at = float(np.clip(-slope / bend, -1, 1)) if bend < 0 else (1.0 if slope > 0 else -1.0)
    return Peak(at, 2 ** (slope * at + bend * at * at / 2))


def places_of(image: OpenImage, side: int) -> list[tuple[int, int]]:
    """Choose middles of places with something to see, spread over the image.

    Args:
        image: The image.
        side: Side of the places, in its pixels.

    Returns:
        (x, y) of 1 to 3 places, those of the most contrast and far from one another.
    """
    xs, ys = _middles(image.width, side), _middles(image.height, side)
    middles = [(x, y) for y in ys for x in xs]
    contrast = np.array([_contrast(image.read(*_box(image, x, y, side))) for x, y in middles])
    # Glass and background have little; what has half of the most counts as something.
    worthy = np.flatnonzero(contrast >= contrast.max() / 2)
    points = np.array(middles, np.float64)
    chosen = [int(worthy[contrast[worthy].argmax()])]
    while len(chosen) < min(_PLACES, len(worthy)):
        far = np.linalg.norm(points[worthy, None] - points[None, chosen], axis=2).min(axis=1)
        chosen.append(int(worthy[far.argmax()]))
    return [middles[i] for i in chosen]


class _Looker:
    """Looks at pieces of an image around a few places, at any scale."""

    def __init__(self, image: OpenImage, model: TileModel, size: PixelSize | None) -> None:
        self.image = image
        self.model = model
        self.size = size
        self.slant = slant_of(size)
        self._places: dict[int, list[tuple[int, int]]] = {}

    def side(self, factor: float) -> int:
        """Pixels of the image that the model sees at once, at a scale."""
        return max(1, round(_SEEN / factor))

    def is_better(self, factor: float, other: float) -> bool:
        """Whether a model is clearly more confident at one scale than at another."""
        side = self.side(max(factor, other))
        least = self.view(other, side).confidence * _STEP_GAIN
        return self.view(factor, side).confidence > least

    def boxes(self, side: int) -> list[Box]:
        """Squares of that side around places with something to see."""
        if side not in self._places:
            self._places[side] = places_of(self.image, side)
        return [_box(self.image, x, y, side) for x, y in self._places[side]]

    def view(self, factor: float, side: int) -> _View:
        """What the model is sure of around all places."""
        scale = ReadingScale(factor * self.slant, factor / self.slant)
        seen = scale.view(self.image)
        wide, high = seen.width / self.image.width, seen.height / self.image.height
        sure, pixels, areas = 0.0, 0, []
        scores: list[float] = []
        boxes = self.boxes(side)
        for x1, y1, x2, y2 in boxes:
            box = (int(x1 * wide), int(y1 * high), int(x2 * wide), int(y2 * high))
            box = (box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1))
            found = self._nuclei(seen.read(*box), scale)
            sure += float((found.areas * found.scores).sum())
            pixels += (box[2] - box[0]) * (box[3] - box[1])
            scores.extend(found.scores.tolist())
            areas.extend(found.areas.tolist())
        confidence = sure / pixels * float(np.mean(scores)) if scores else 0.0
        diameters = 2 * np.sqrt(np.array(areas, np.float64) / np.pi) / factor
        return _View(confidence, diameters, len(boxes))

    def _nuclei(self, piece: NDArray[np.uint8], scale: ReadingScale) -> Nuclei:
        """What the model is sure of in a piece, after its post-processing."""
        (found,) = self.model([piece])
        finish = getattr(self.model, 'finish', None)
        if finish is not None:
            found = finish(replace(found, pixel_size=scale.pixel_size(self.size)))
        sure: Nuclei = found.filter(score_threshold=_SURE)
        return sure


def _middles(length: int, side: int) -> list[int]:
    """Middles of a few pieces along an axis, spread evenly."""
    count = int(np.clip(length // max(side, 1), 1, _CANDIDATES))
    return [int((i + 0.5) * length / count) for i in range(count)]


def _box(image: OpenImage, x: int, y: int, side: int) -> Box:
    """The square around a place, moved into the image."""
    wide, high = min(side, image.width), min(side, image.height)
    x1 = int(np.clip(x - wide // 2, 0, image.width - wide))
    y1 = int(np.clip(y - high // 2, 0, image.height - high))
    return x1, y1, x1 + wide, y1 + high


def _contrast(rgb: NDArray[np.uint8]) -> float:
    return float(rgb.mean(axis=2).std())
