"""What a model is sure of at a few places of an image, at any scale."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import log2, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.places import PlaceBox, box_at, places_of
from mmnuc.inference.scale import ReadingScale, slant_of
from mmnuc.inference.tile_model import TileModel
from mmnuc.structures.nuclei import Nuclei

_PLACES = 3
# Pixels that the model sees at a scale, over all places: with four scales 12 pieces of 320 x 320,
# about as much as a tile of 1,000 x 1,000 and a fifth more.
_SEEN = _PLACES * 320**2
_SURE = 0.5
# So few nuclei are a chance rather than a sign.
FEWEST = 5
# Part of a picture that says nothing, of nuclei or not.
_NOTHING = 0.002


class SeenPiece(NamedTuple):
    """What a model is sure of in a piece, in pixels of the image.

    Attributes:
        middles: (x, y) of the nuclei, of shape (N, 2).
        diameters: Those of circles of their areas, of shape (N,).
        scores: How sure the model is of each, of shape (N,).
    """

    middles: NDArray[np.float64]
    diameters: NDArray[np.float64]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class SeenView:
    """What a model sees at one scale.

    Args:
        boxes: What of the image was looked at, a square for each place.
        pieces: What was found in each of these squares; those of near places may be the same.
    """

    boxes: list[PlaceBox]
    pieces: dict[PlaceBox, SeenPiece]

    @property
    def diameters(self) -> NDArray[np.float64]:
        """Diameters of all nuclei, in pixels of the image, of shape (N,)."""
        return np.concatenate([piece.diameters for piece in self.pieces.values()])

    def density(self, boxes: list[PlaceBox]) -> float:
        """Give the part of boxes that belongs to nuclei, weighed by how sure the model is of them.

        Args:
            boxes: For each place, a box inside of that which was looked at.

        Returns:
            0.002 without any; less by a half with :data:`FEWEST` nuclei, and by more with fewer.
        """
        areas, scores = [], []
        for own, (x1, y1, x2, y2) in zip(self.boxes, boxes, strict=True):
            piece = self.pieces[own]
            inside = (piece.middles >= (x1, y1)) & (piece.middles < (x2, y2))
            chosen = inside.all(axis=1)
            areas.append(piece.diameters[chosen] ** 2 * np.pi / 4)
            scores.append(piece.scores[chosen])
        area, score = np.concatenate(areas), np.concatenate(scores)
        if not len(score):
            return _NOTHING
        sure = (area * score).sum() * score.mean() * len(score) / (len(score) + FEWEST)
        return float(sure) / _pixels(boxes) + _NOTHING


def gain(one: SeenView, other: SeenView) -> float:
    """Say how much more a model is sure of at one scale than at another, at least.

    What is seen at the larger scale is a part of what is seen at the smaller one. In this part
    both see the same, but so few nuclei that chance decides; in all of it more, but not the same.
    The less of both counts.

    Returns:
        The logarithm to the base of 2; below 0 also where the other is surer.

    Example:
        >>> five = np.full((5, 2), 5.0), np.full(5, 2.0)
        >>> box = (0, 0, 10, 10)
        >>> sure = SeenView([box], {box: SeenPiece(*five, np.full(5, 1.0, np.float32))})
        >>> unsure = SeenView([box], {box: SeenPiece(*five, np.full(5, 0.5, np.float32))})
        >>> round(gain(sure, unsure), 1), gain(sure, sure)
        (1.9, 0.0)
    """
    common = min(one.boxes, other.boxes, key=_pixels)
    same = one.density(common) / other.density(common)
    return log2(min(same, one.density(one.boxes) / other.density(other.boxes)))


class Viewer:
    """Looks at the same places of an image at any scale.

    Args:
        image: The image.
        model: What is to see it.
        size: Micrometres of its pixels; only whether they are square counts.
        factor: About how much larger the model is to see the image: by it places are chosen.
    """

    def __init__(
        self, image: OpenImage, model: TileModel, size: PixelSize | None, factor: float = 1.0
    ) -> None:
        self.image = image
        self.model: Any = model
        self.size = size
        self.slant = slant_of(size)
        side = round(sqrt(_SEEN / _PLACES) / factor)
        if image.width * image.height * factor**2 <= _SEEN:
            side = max(image.width, image.height)
        self.places = places_of(image, max(1, side), _PLACES)

    def view(self, factor: float) -> SeenView:
        """See the places, that many times as large."""
        scale = ReadingScale(factor * self.slant, factor / self.slant)
        side = round(sqrt(_SEEN / len(self.places)) / factor)
        boxes = [box_at(self.image, x, y, max(1, side)) for x, y in self.places]
        return SeenView(boxes, {box: self._piece(box, scale) for box in dict.fromkeys(boxes)})

    def _piece(self, box: PlaceBox, scale: ReadingScale) -> SeenPiece:
        seen = scale.view(self.image)
        to_seen = np.array([seen.width / self.image.width, seen.height / self.image.height])
        x1, y1, x2, y2 = (np.array(box) * np.tile(to_seen, 2)).astype(int).tolist()
        found = self._nuclei(seen.read(x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)), scale)
        corners = (found.boxes_xyxy.reshape(-1, 2, 2) + np.array([x1, y1])) / to_seen
        diameters = 2 * np.sqrt(found.areas / np.pi / to_seen.prod())
        return SeenPiece(corners.mean(axis=1), diameters, found.scores)

    def _nuclei(self, rgb: NDArray[np.uint8], scale: ReadingScale) -> Nuclei:
        """What the model is sure of in a piece, after its post-processing."""
        above = getattr(self.model, 'above', None)
        with above(_SURE) if above else nullcontext():
            (found,) = self.model([rgb])
        finish = getattr(self.model, 'finish', None)
        if finish is not None:
            found = finish(replace(found, pixel_size=scale.pixel_size(self.size)))
        sure: Nuclei = found.filter(score_threshold=_SURE)
        return sure


def _pixels(boxes: list[PlaceBox]) -> int:
    return sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes)
