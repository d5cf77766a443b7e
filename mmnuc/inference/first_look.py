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
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

import numpy as np

from mmnuc.images import OpenImage
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.scale import diameter_of
from mmnuc.inference.tile_model import TileModel
from mmnuc.inference.views import FEWEST, SeenView, Viewer, gain

_FEWEST_NUCLEI = 10
# Smaller images show nothing.
_LEAST_SEEN = 24
# In the unit of log2 of the confident part of the picture. Round numbers, chosen on few tiles and
# measured on others: benchmarks/results/scale.md.
_OFF_DIAMETER = 0.4
_ENLARGING = 0.3
_SHRINKING = 0.3
# How far off the diameter counts as where no nuclei are found.
_NONE_OFF = 2.0


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


class ScaleStep(NamedTuple):
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
            >>> ScaleStep(0.0, 0.0).worth(0), ScaleStep(0.2, 0.0).worth(1) < 0
            (0.0, True)
        """
        off = _NONE_OFF if self.off is None else self.off
        way = octave * _ENLARGING if octave > 0 else -octave * _SHRINKING
        return self.gain - _OFF_DIAMETER * off**2 - way


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
    while hasattr(model, 'first'):
        model = model.first
    ladder = _Ladder(Viewer(image, model, size, start), start, diameter_of(model))
    for octave in (0, 1, -1):
        ladder.climb(octave)
    way = round(best_octave(ladder.steps))
    if not any(len(view.diameters) >= FEWEST for view in ladder.views.values()):
        way = 1
    if way:
        ladder.climb(2 * way)
    best = best_octave(ladder.steps)
    view = ladder.views[min(ladder.views, key=lambda octave: abs(octave - best))]
    nuclei, pieces = len(view.diameters), len(view.pieces)
    # Where the first scale shows nothing, little is enough to leave it.
    blind = len(ladder.views[0].diameters) < FEWEST
    if nuclei < (FEWEST if blind else _FEWEST_NUCLEI):
        return FirstLook(None, nuclei=nuclei, pieces=pieces)
    return FirstLook(start * 2**best, float(np.median(view.diameters)), nuclei, pieces)


class _Ladder:
    """Scales that were looked at, by doublings from the first."""

    def __init__(self, viewer: Viewer, start: float, diameter: float) -> None:
        self.viewer = viewer
        self.start = start
        self.diameter = diameter
        self.views: dict[int, SeenView] = {}
        self.steps: dict[int, ScaleStep] = {}

    def climb(self, octave: int) -> None:
        """Look at a scale, next to one that was seen, unless there is nothing left to see."""
        factor = self.start * 2.0**octave
        image = self.viewer.image
        if octave < 0 and min(image.width, image.height) * factor < _LEAST_SEEN:
            return
        view = self.views[octave] = self.viewer.view(factor)
        before = octave - (octave > 0) + (octave < 0)
        sure = 0.0
        if octave:
            sure = self.steps[before].gain + gain(view, self.views[before])
        off = None
        if len(view.diameters) >= FEWEST:
            off = log2(float(np.median(view.diameters)) * factor / self.diameter)
        self.steps[octave] = ScaleStep(sure, off)


def best_octave(steps: Mapping[int, ScaleStep]) -> float:
    """Find the best scale, in doublings from the first.

    Args:
        steps: What was seen, by doublings.

    Returns:
        0 where the first is best; else the top of the parabola through the best and its
        neighbours, half a doubling from it at most.

    Example:
        >>> best_octave({0: ScaleStep(0, 0), 1: ScaleStep(0.1, 0)})
        0.0
        >>> round(best_octave({0: ScaleStep(0, -1), 1: ScaleStep(2, 0), 2: ScaleStep(1, 1)}), 2)
        1.05
    """
    worth = {octave: step.worth(octave) for octave, step in steps.items()}
    best = max(worth, key=lambda octave: (worth[octave], -abs(octave)))
    if best == 0 or best - 1 not in worth or best + 1 not in worth:
        return float(best)
    low, middle, high = (worth[octave] for octave in (best - 1, best, best + 1))
    bend = low - 2 * middle + high
    return best + (float(np.clip((low - high) / (2 * bend), -0.5, 0.5)) if bend else 0.0)
