"""A first look at a few places of an image, to find the scale that a model sees it best at.

At the right scale a model is sure of much: the part of the picture that belongs to nuclei, weighed
by how sure it is of them, falls off on both sides. That alone is too flat, and goes on to rise
where nuclei are small. So two things that are known before the look count as well: how large the
nuclei were that the model learned from, and that most images are what they are said to be. The
first alone, as in Cellpose (https://doi.org/10.1038/s41592-020-01018-x), would mislead: medians of
the training tiles of ``histology``, all at 40x, reach from 12 to 31 pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import log2, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.places import Box, box_at, places_of
from mmnuc.inference.scale import ReadingScale, diameter_of, slant_of
from mmnuc.inference.tile_model import TileModel
from mmnuc.structures.nuclei import Nuclei

_PLACES = 3
# Pixels that the model sees at a scale, over all places: 12 pieces of 320 x 320 at most, for four
# scales, and about as much as in a tile of 1,000 x 1,000.
_SEEN = _PLACES * 320**2
# Smaller pieces show nothing.
_LEAST_SEEN = 24
_SURE = 0.5
_FEWEST_NUCLEI = 10
# Fewer in what two scales have in common say nothing about either.
_FEWEST_SHARED = 5
# Part of a picture that says nothing, of nuclei or not.
_NOTHING = 0.002
# In the unit of log2 of the confident part of the picture. Tuned on one half of the tiles,
# measured on the other: benchmarks/results/scale.md.
_OFF_DIAMETER = 0.4
_ENLARGING = 0.3
_SHRINKING = 0.3
_FARTHEST = 2


@dataclass(frozen=True)
class FirstLook:
    """What a first look found.

    Args:
        factor: How much larger the model should see the image; None with too few nuclei.
        diameter: Median diameter of the nuclei, in pixels of the image.
        nuclei: How many nuclei that is from.
        pieces: On how many pieces of the image.
    """

    factor: float | None
    diameter: float = 0.0
    nuclei: int = 0
    pieces: int = 0


class Step(NamedTuple):
    """What a model sees at one scale.

    Attributes:
        gain: How much more it is sure of than at the first scale, as log2.
        off: How much larger nuclei are than those it learned from, as log2; None where there are
            too few.
    """

    gain: float
    off: float | None

    def worth(self, octave: int) -> float:
        """How good a scale is, that many doublings from the first.

        Example:
            >>> Step(0.0, 0.0).worth(0), Step(0.2, 0.0).worth(1) < 0
            (0.0, True)
        """
        off = 2.0 if self.off is None else self.off
        way = octave * _ENLARGING if octave > 0 else -octave * _SHRINKING
        return self.gain - _OFF_DIAMETER * off**2 - way


class _Piece(NamedTuple):
    """What a model is sure of in a piece, in pixels of the image."""

    middles: NDArray[np.float64]
    diameters: NDArray[np.float64]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class _View:
    """What a model sees at one scale: around each place a box, and the pieces in these boxes."""

    boxes: list[Box]
    pieces: dict[Box, _Piece]

    @property
    def diameters(self) -> NDArray[np.float64]:
        return np.concatenate([piece.diameters for piece in self.pieces.values()])

    def sure_within(self, boxes: list[Box]) -> float:
        """Pixels of nuclei, weighed by how sure it is of them.

        Args:
            boxes: For each place, a box inside of that which was looked at.
        """
        areas, scores = [], []
        for own, (x1, y1, x2, y2) in zip(self.boxes, boxes, strict=True):
            piece = self.pieces[own]
            inside = (piece.middles >= (x1, y1)) & (piece.middles < (x2, y2))
            chosen = inside.all(axis=1)
            areas.append(piece.diameters[chosen] ** 2 * np.pi / 4)
            scores.append(piece.scores[chosen])
        area, score = np.concatenate(areas), np.concatenate(scores)
        return float((area * score).sum() * score.mean()) if len(score) >= _FEWEST_SHARED else 0.0


def first_look(
    image: OpenImage, model: TileModel, size: PixelSize | None = None, start: float = 1.0
) -> FirstLook:
    """Find the scale that a model sees an image best at.

    At the same few places the model looks at the first scale, at twice and at half of it, and once
    more beyond the better one of these. The first stays unless another is clearly better.

    Args:
        image: The image.
        model: What is to see it; of several averaged, the first looks.
        size: Micrometres of its pixels; only whether they are square counts.
        start: How much larger the model is to see it as far as is known before.

    Returns:
        The scale, of 1/4 to 4 times the first, and the nuclei at it.

    Raises:
        UserError: The model does not state the diameter of its nuclei.
    """
    looker = _Looker(image, model, size, start)
    steps = {0: looker.step(0)}
    looker.walk(steps, 1)
    looker.walk(steps, -1)
    best = max(steps, key=lambda octave: steps[octave].worth(octave))
    if best == 0 and all(step.off is None for step in steps.values()):
        best = 1
    if best:
        looker.walk(steps, 2 * best)
    return looker.found(best_octave(steps))


def best_octave(steps: Mapping[int, Step]) -> float:
    """Find the best scale, in doublings from the first.

    Args:
        steps: What was seen, by doublings.

    Returns:
        0 where the first is best; else the top of the parabola through the best and its
        neighbours, half a doubling from it at most.

    Example:
        >>> best_octave({0: Step(0, 0), 1: Step(0.1, 0)})
        0.0
        >>> round(best_octave({0: Step(0, -1), 1: Step(2, 0), 2: Step(1, 1)}), 2)
        1.12
    """
    worth = {octave: step.worth(octave) for octave, step in steps.items()}
    best = max(worth, key=lambda octave: (worth[octave], -abs(octave)))
    if best == 0 or best - 1 not in worth or best + 1 not in worth:
        return float(best)
    low, middle, high = (worth[octave] for octave in (best - 1, best, best + 1))
    bend = low - 2 * middle + high
    return best + (float(np.clip((low - high) / (2 * bend), -0.5, 0.5)) if bend else 0.0)


class _Looker:
    """Looks at the same places of an image at several scales."""

    def __init__(
        self, image: OpenImage, model: Any, size: PixelSize | None, start: float
    ) -> None:
        while hasattr(model, 'first'):
            model = model.first
        self.image = image
        self.model = model
        self.diameter = diameter_of(model)
        self.size = size
        self.slant = slant_of(size)
        self.start = start
        side = round(sqrt(_SEEN / _PLACES) / start)
        if image.width * image.height * start**2 <= _SEEN:
            side = max(image.width, image.height)
        self.places = places_of(image, side, _PLACES)
        self.views: dict[int, _View] = {}

    def factor(self, octave: float) -> float:
        return self.start * 2.0**octave

    def walk(self, steps: dict[int, Step], octave: int) -> None:
        """Look at a scale next to one that was seen, where there is something to see."""
        shown = min(self.image.width, self.image.height) * self.factor(octave)
        if shown >= _LEAST_SEEN or octave > 0:
            before = octave - 1 if octave > 0 else octave + 1
            gain = self.gain(octave, before)
            steps[octave] = self.step(octave, steps[before].gain + gain)

    def step(self, octave: int, gain: float = 0.0) -> Step:
        diameters = self.view(octave).diameters
        if len(diameters) < _FEWEST_SHARED:
            return Step(gain, None)
        return Step(gain, log2(np.median(diameters) * self.factor(octave) / self.diameter))

    def gain(self, octave: int, other: int) -> float:
        """How much more the model is sure of at one scale than at another, as log2."""
        # What is seen closest is seen at all others.
        boxes = self.view(max(octave, other)).boxes
        nothing = _NOTHING * sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes)
        one, two = (self.view(each).sure_within(boxes) + nothing for each in (octave, other))
        return log2(one / two)

    def view(self, octave: int) -> _View:
        """What the model is sure of around all places."""
        if octave not in self.views:
            self.views[octave] = self._look(self.factor(octave))
        return self.views[octave]

    def found(self, octave: float) -> FirstLook:
        """The nuclei at the scale nearest to one."""
        view = self.view(min(self.views, key=lambda one: abs(one - octave)))
        nuclei, pieces = len(view.diameters), len(view.pieces)
        if nuclei < _FEWEST_NUCLEI:
            return FirstLook(None, nuclei=nuclei, pieces=pieces)
        return FirstLook(self.factor(octave), float(np.median(view.diameters)), nuclei, pieces)

    def _look(self, factor: float) -> _View:
        scale = ReadingScale(factor * self.slant, factor / self.slant)
        seen = scale.view(self.image)
        to_seen = np.array([seen.width / self.image.width, seen.height / self.image.height] * 2)
        side = round(sqrt(_SEEN / len(self.places)) / factor)
        boxes = [box_at(self.image, x, y, side) for x, y in self.places]
        pieces: dict[Box, _Piece] = {}
        for box in boxes:
            if box in pieces:
                continue
            x1, y1, x2, y2 = (np.array(box) * to_seen).astype(int).tolist()
            found = self._nuclei(seen.read(x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)), scale)
            corners = (found.boxes_xyxy + np.array([x1, y1, x1, y1])) / to_seen
            diameters = 2 * np.sqrt(found.areas / np.pi) / factor
            pieces[box] = _Piece((corners[:, :2] + corners[:, 2:]) / 2, diameters, found.scores)
        return _View(boxes, pieces)

    def _nuclei(self, piece: NDArray[np.uint8], scale: ReadingScale) -> Nuclei:
        """What the model is sure of in a piece, after its post-processing."""
        above = getattr(self.model, 'above', None)
        with above(_SURE) if above else nullcontext():
            (found,) = self.model([piece])
        finish = getattr(self.model, 'finish', None)
        if finish is not None:
            found = finish(replace(found, pixel_size=scale.pixel_size(self.size)))
        sure: Nuclei = found.filter(score_threshold=_SURE)
        return sure
