"""Where synthetic tissue has glands, lumina, fibres and gaps."""

from dataclasses import dataclass

import cv2
import numpy as np

from mmnuc.converters.synthetic.noise import Field, fractal_noise, ramp, smooth_noise


@dataclass(frozen=True)
class Recipe:
    """What one tile looks like: lengths in pixels, fractions in 0..1, strengths around 1."""

    epithelium: float
    gland_size: float
    lumen: float
    clefts: float
    nucleus_size: float
    crowding: float
    lymphocytes: float
    clear_cytoplasm: float
    vesicular: float
    hematoxylin: float
    eosin: float


def draw_recipe(rng: np.random.Generator) -> Recipe:
    """Draw the look of one tile.

    Example:
        >>> 0 < draw_recipe(np.random.default_rng(0)).epithelium < 1
        True
    """
    return Recipe(
        epithelium=rng.uniform(0.3, 0.8),
        gland_size=rng.uniform(130, 230),
        lumen=rng.uniform(0.0, 0.22),
        clefts=rng.uniform(0.0, 1.0),
        nucleus_size=rng.uniform(18, 24),
        crowding=rng.uniform(0.7, 1.0),
        lymphocytes=rng.uniform(0.0, 0.35) ** 1.5,
        clear_cytoplasm=rng.uniform(0.0, 1.0) ** 2,
        vesicular=rng.uniform(0.1, 0.9),
        hematoxylin=rng.uniform(0.8, 1.2),
        eosin=rng.uniform(0.75, 1.2),
    )


@dataclass(frozen=True)
class Tissue:
    """The ground that nuclei are put into; every field has shape (H, W).

    Attributes:
        epithelium: 0 in stroma, 1 inside glands, between at the basement membrane.
        lumen: 1 in the white hollow of a gland.
        depth: Distance into the gland in pixels, 0 in stroma.
        gap: 1 where tissue is torn or retracted and the slide's glass shows.
        immune: Noise that is high where lymphocytes gather.
        across: Position across the fibres of the stroma in pixels.
        along: Position along the fibres in pixels.
        direction: Angle of the fibres in radians, from the x axis to the y axis.
    """

    epithelium: Field
    lumen: Field
    depth: Field
    gap: Field
    immune: Field
    across: Field
    along: Field
    direction: Field

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the tile."""
        return self.depth.shape[0], self.depth.shape[1]


def lay_tissue(rng: np.random.Generator, size_hw: tuple[int, int], recipe: Recipe) -> Tissue:
    """Lay out glands in fibrous stroma.

    Glands are where a smooth field is high, lumina where it is highest, and the fibres follow its
    level lines around the glands.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> lay_tissue(rng, (64, 64), draw_recipe(rng)).epithelium.shape
        (64, 64)
    """
    hills = smooth_noise(rng, size_hw, recipe.gland_size)
    hills += np.float32(0.10) * fractal_noise(rng, size_hw, 45)
    edge = float(np.quantile(hills, 1 - recipe.epithelium))
    epithelium = ramp(hills, edge - 0.05, edge + 0.04)
    inside = (hills > edge).astype(np.uint8)
    depth = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3), np.float32)
    hollow = hills + np.float32(0.08) * fractal_noise(rng, size_hw, 14)
    rim = float(np.quantile(hollow, 1 - recipe.epithelium * recipe.lumen - 1e-3))
    lumen = ramp(hollow, rim - 0.07, rim + 0.05) * ramp(depth, 8, 14)
    across, along = _stream(rng, size_hw, hills)
    gradient_x = cv2.Sobel(across, cv2.CV_32F, 1, 0)
    gradient_y = cv2.Sobel(across, cv2.CV_32F, 0, 1)
    return Tissue(
        epithelium=epithelium,
        lumen=lumen,
        depth=depth,
        gap=_gaps(rng, hills - np.float32(edge), recipe.clefts),
        immune=smooth_noise(rng, size_hw, 110),
        across=across,
        along=along,
        direction=np.arctan2(gradient_x, -gradient_y),
    )


def _stream(
    rng: np.random.Generator, size_hw: tuple[int, int], hills: Field
) -> tuple[Field, Field]:
    """Positions across and along wavy fibres that bend around the hills."""
    rows, columns = np.indices(size_hw, np.float32)
    angle = rng.uniform(0, np.pi)
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    across = cosine * rows - sine * columns
    across += np.float32(rng.uniform(12, 26)) * smooth_noise(rng, size_hw, 180)
    across += np.float32(rng.uniform(2.0, 4.0)) * smooth_noise(rng, size_hw, 45)
    across += np.float32(rng.uniform(10, 25)) * hills
    return across, cosine * columns + sine * rows


def _gaps(rng: np.random.Generator, above_edge: Field, clefts: float) -> Field:
    """Retraction clefts beside some glands, and a few tears anywhere."""
    size_hw = (above_edge.shape[0], above_edge.shape[1])
    where = smooth_noise(rng, size_hw, 120)
    ragged = above_edge + np.float32(0.03) * fractal_noise(rng, size_hw, 12)
    beside = np.exp(-(((ragged + np.float32(0.09)) / np.float32(0.06)) ** 2))
    cleft = ramp(beside * ramp(where, 1.2 - clefts, 1.6 - clefts), 0.4, 0.7)
    tear = fractal_noise(rng, size_hw, 80, octaves=5)
    torn: Field = np.maximum(cleft, ramp(tear, 2.6 - 0.7 * clefts, 2.9 - 0.7 * clefts))
    return torn
