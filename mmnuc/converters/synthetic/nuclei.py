"""Where synthetic nuclei lie and how they are shaped: one owner a pixel, some of them touching."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.synthetic.noise import Field
from mmnuc.converters.synthetic.tissue import Recipe, Tissue

EPITHELIAL, SPINDLE, LYMPHOCYTE = 0, 1, 2
SMALLEST_AREA = 40
"""Pixels below which the rest of a covered nucleus is not kept."""


@dataclass(frozen=True)
class SyntheticNuclei:
    """The nuclei of a tile.

    Attributes:
        label_map: (H, W), 0 is background, nuclei are ``1..n``.
        kinds: (n,) of ``EPITHELIAL``, ``SPINDLE`` or ``LYMPHOCYTE``.
        centres_xy: (n, 2) centres in pixels.
    """

    label_map: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    centres_xy: NDArray[np.float32]


@dataclass(frozen=True)
class _Seed:
    x: float
    y: float
    kind: int
    diameter: float
    angle: float


def place_nuclei(
    rng: np.random.Generator, tissue: Tissue, recipe: Recipe, density: float = 1.0
) -> SyntheticNuclei:
    """Put nuclei into tissue: round in glands, long along the fibres, small ones in heaps.

    Args:
        rng: Source of randomness.
        tissue: The ground.
        recipe: The look of the tile.
        density: How many nuclei to try for; 1 is a normal tile, 0 gives none.

    Returns:
        The nuclei; no pixel belongs to two, and the pixels of each are connected.
    """
    height, width = tissue.size_hw
    label_map = np.zeros((height, width), np.int32)
    kinds: list[int] = []
    centres: list[tuple[float, float]] = []
    pending = _draw_seeds(rng, tissue, recipe, density)
    while pending:
        seed = pending.pop()
        outline = _outline(rng, seed)
        touches = rng.random() < _TOUCHING[seed.kind]
        if not _claim(label_map, outline, len(kinds) + 1, touches):
            continue
        kinds.append(seed.kind)
        centres.append((seed.x, seed.y))
        if rng.random() < _NEIGHBOUR[seed.kind] * min(density, 1.0):
            pending.append(_beside(rng, seed))
    return SyntheticNuclei(
        label_map, np.array(kinds, np.uint8), np.array(centres, np.float32).reshape(-1, 2)
    )


# By kind: how often a nucleus may touch others, and how often a neighbour is tried at its side.
_TOUCHING = (0.35, 0.2, 0.5)
_NEIGHBOUR = (0.25, 0.08, 0.5)


def _draw_seeds(
    rng: np.random.Generator, tissue: Tissue, recipe: Recipe, density: float
) -> list[_Seed]:
    """Positions drawn evenly over the tile, each with the kind of nucleus that belongs there."""
    height, width = tissue.size_hw
    tries = round(density * recipe.crowding * 4.0 * height * width / recipe.nucleus_size**2)
    seeds = []
    for x, y in rng.uniform((0, 0), (width, height), (tries, 2)):
        row, column = int(y), int(x)
        if max(tissue.lumen[row, column], tissue.gap[row, column]) > 0.2:
            continue
        direction = float(tissue.direction[row, column])
        if tissue.epithelium[row, column] > 0.5:
            seed = _epithelial(rng, x, y, direction, float(tissue.depth[row, column]), recipe)
        else:
            seed = _stromal(rng, x, y, direction, float(tissue.immune[row, column]), recipe)
        if seed is not None:
            seeds.append(seed)
    return seeds


def _epithelial(
    rng: np.random.Generator, x: float, y: float, direction: float, depth: float, recipe: Recipe
) -> _Seed | None:
    size = recipe.nucleus_size
    # The outermost row stands closest: basal nuclei are what makes a gland look like one.
    basal = np.exp(-(((depth - 0.9 * size) / (0.45 * size)) ** 2))
    if depth < 0.45 * size or rng.random() > 0.25 + 0.75 * basal:
        return None
    diameter = size * float(np.exp(rng.normal(0.06, 0.17)))
    upright = direction + np.pi / 2 + rng.normal(0, 0.35)
    return _Seed(x, y, EPITHELIAL, diameter, upright)


def _stromal(
    rng: np.random.Generator, x: float, y: float, direction: float, immune: float, recipe: Recipe
) -> _Seed | None:
    size = recipe.nucleus_size
    if immune > 2.2 - 4.5 * recipe.lymphocytes:
        diameter = max(0.62 * size * float(np.exp(rng.normal(0, 0.1))), 11.5)
        return _Seed(x, y, LYMPHOCYTE, diameter, rng.uniform(0, np.pi))
    chance = rng.random()
    if chance < 0.10:
        diameter = 0.8 * size * float(np.exp(rng.normal(0, 0.2)))
        return _Seed(x, y, SPINDLE, diameter, direction + rng.normal(0, 0.15))
    if chance < 0.10 + 0.1 * recipe.lymphocytes:
        return _Seed(x, y, LYMPHOCYTE, max(0.62 * size, 11.5), rng.uniform(0, np.pi))
    return None


def _beside(rng: np.random.Generator, seed: _Seed) -> _Seed:
    """A nucleus of the same kind that just meets this one."""
    way = rng.uniform(0, 2 * np.pi)
    diameter = seed.diameter * float(np.exp(rng.normal(0, 0.1)))
    step = 0.49 * (seed.diameter + diameter)
    return _Seed(
        seed.x + step * np.cos(way),
        seed.y + step * np.sin(way),
        seed.kind,
        diameter,
        seed.angle + rng.normal(0, 0.3),
    )


def _outline(rng: np.random.Generator, seed: _Seed) -> NDArray[np.float32]:
    """Outline of shape (P, 2), x and y: a bent ellipse with low harmonics."""
    stretch, wobble, bend = {
        EPITHELIAL: (float(np.exp(abs(rng.normal(0.15, 0.2)))), 0.055, rng.normal(0, 0.06)),
        SPINDLE: (rng.uniform(1.8, 4.2), 0.06, rng.normal(0, 0.13)),
        LYMPHOCYTE: (rng.uniform(1.0, 1.3), 0.045, 0.0),
    }[seed.kind]
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones_like(turn)
    for harmonic in range(2, 6):
        amplitude = rng.normal(0, wobble * 2 / harmonic)
        radius += amplitude * np.cos(harmonic * turn + rng.uniform(0, 2 * np.pi))
    half = seed.diameter / 2
    long = half * np.sqrt(stretch) * radius * np.cos(turn)
    short = half / np.sqrt(stretch) * radius * np.sin(turn)
    short = short + bend * (long**2 / (half * np.sqrt(stretch)) - half * np.sqrt(stretch) / 2)
    cosine, sine = np.cos(seed.angle), np.sin(seed.angle)
    x = seed.x + cosine * long - sine * short
    y = seed.y + sine * long + cosine * short
    return np.stack([x, y], axis=1).astype(np.float32)


def _claim(
    label_map: NDArray[np.int32], outline: NDArray[np.float32], label: int, touches: bool
) -> bool:
    """Write a nucleus into the free pixels of its outline, where enough of them are free."""
    height, width = label_map.shape
    left, top = (max(int(least) - 4, 0) for least in outline.min(0))
    right = min(int(outline[:, 0].max()) + 6, width)
    bottom = min(int(outline[:, 1].max()) + 6, height)
    if right - left < 1 or bottom - top < 1:
        return False
    window = label_map[top:bottom, left:right]
    inside = np.zeros(window.shape, np.uint8)
    points = np.round((outline - np.array((left, top), np.float32)) * 16).astype(np.int32)
    cv2.fillPoly(inside, [points], (1,), shift=4)
    taken = window > 0
    if not touches:
        grown = cv2.dilate(inside, np.ones((5, 5), np.uint8))
        if bool((taken & (grown > 0)).any()):
            return False
    free = (inside > 0) & ~taken
    area = int(free.sum())
    if area < max(SMALLEST_AREA, 0.85 * int(inside.sum())) or not _in_one_piece(free):
        return False
    window[free] = label
    return True


def _in_one_piece(mask: NDArray[np.bool_]) -> bool:
    count, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    return int(count) == 2


def inner_distance(label_map: NDArray[np.int32]) -> Field:
    """Measure how far each pixel lies inside its own nucleus.

    Args:
        label_map: (H, W), 0 is background.

    Returns:
        Distance of shape (H, W) in pixels: 0 in the background, about 1 on the rim, also where two
        nuclei touch.

    Example:
        >>> label_map = np.zeros((5, 8), np.int32)
        >>> label_map[:, :4], label_map[:, 4:] = 1, 2
        >>> inner_distance(label_map)[2].round().tolist()
        [4.0, 3.0, 2.0, 1.0, 1.0, 2.0, 3.0, 4.0]
    """
    rim = np.zeros(label_map.shape, bool)
    down = label_map[1:] != label_map[:-1]
    across = label_map[:, 1:] != label_map[:, :-1]
    rim[1:] |= down
    rim[:-1] |= down
    rim[:, 1:] |= across
    rim[:, :-1] |= across
    core = ((label_map > 0) & ~rim).astype(np.uint8)
    if not rim.any():
        return np.where(label_map > 0, np.float32(max(label_map.shape)), np.float32(0))
    distance: Field = cv2.distanceTransform(core, cv2.DIST_L2, 3) + np.float32(1)
    distance[label_map == 0] = 0
    return distance
