"""One synthetic H&E tile with the outline of every nucleus."""

import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.synthetic.nuclei import place_nuclei
from mmnuc.converters.synthetic.scanner import scan
from mmnuc.converters.synthetic.stain import stain_tissue
from mmnuc.converters.synthetic.tissue import draw_recipe, lay_tissue


def render_tile(
    size_hw: tuple[int, int], seed: int | np.random.SeedSequence, density: float = 1.0
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw a tile as a 40x scanner sees it: glands in fibrous stroma, and their nuclei.

    Args:
        size_hw: Height and width in pixels, 16 or more each.
        seed: The same seed gives the same tile.
        density: How densely nuclei lie; 1 is a normal tile, 0 gives none.

    Returns:
        RGB image of shape (H, W, 3), and the label map of shape (H, W): 0 is background, nuclei are
        ``1..n``, some of them touching.

    Raises:
        ValueError: The tile is too small or the density negative.

    Example:
        >>> image, label_map = render_tile((64, 96), seed=1)
        >>> image.shape, label_map.shape, bool(label_map.max() > 0)
        ((64, 96, 3), (64, 96), True)
    """
    if min(size_hw) < 16 or density < 0:
        raise ValueError(f'tile of {size_hw[0]} x {size_hw[1]} pixels with density {density}')
    rng = np.random.default_rng(seed)
    recipe = draw_recipe(rng)
    tissue = lay_tissue(rng, size_hw, recipe)
    nuclei = place_nuclei(rng, tissue, recipe, density)
    image = scan(rng, stain_tissue(rng, tissue, nuclei, recipe))
    return image, nuclei.label_map
