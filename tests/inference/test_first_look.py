"""A first look finds the scale at which a model is surest."""

import doctest
from math import exp, log2

import cv2
import numpy as np
import pytest

from mmnuc.images import Picture
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference import first_look as looking
from mmnuc.inference.choose_scale import choose_scale
from mmnuc.inference.first_look import first_look, places_of
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.structures import Nuclei


class Sure:
    """Finds what is dark, and is surest of what has its diameter."""

    pixel_size, diameter = 0.25, 20.0

    def __init__(self) -> None:
        self.largest = 0

    def __call__(self, tiles: list[np.ndarray]) -> list[Nuclei]:
        self.largest = max(self.largest, *(max(tile.shape[:2]) for tile in tiles))
        return [self.find(tile) for tile in tiles]

    def find(self, tile: np.ndarray) -> Nuclei:
        dark = (tile[..., 0] < 128).astype(np.uint8)
        crops = label_map_to_crops(cv2.connectedComponents(dark)[1])[0]
        found = Nuclei.of_crops(crops)
        off = [log2(max(area, 1) * 4 / np.pi / self.diameter**2) / 2 for area in found.areas]
        return Nuclei(crops, [(1 + exp(-(one**2) / 2)) / 2 for one in off], found.labels)


def discs(diameter: float, size: tuple[int, int] = (600, 700)) -> Picture:
    """Dark discs on white, on a grid."""
    y, x = np.mgrid[: size[0], : size[1]]
    step = diameter * 1.8
    distance = np.hypot(x % step - step / 2, y % step - step / 2)
    image = np.where(distance < diameter / 2, 0, 255).astype(np.uint8)
    return Picture(np.repeat(image[..., None], 3, axis=2))


def test_examples() -> None:
    assert doctest.testmod(looking).failed == 0


@pytest.mark.parametrize('diameter', [4, 8, 12, 20, 30, 80])
def test_discs_are_seen_as_large_as_the_model_knows_them(diameter: float) -> None:
    model = Sure()
    look = first_look(discs(diameter), model)
    assert look.factor == pytest.approx(20 / diameter, rel=0.2)
    assert look.diameter == pytest.approx(diameter, rel=0.2)
    assert model.largest <= 1024


def test_what_is_said() -> None:
    scale = choose_scale(discs(10), Sure(), None, 'auto')
    assert scale.x == scale.y == pytest.approx(2, rel=0.2)
    assert scale.about.startswith('nuclei of ')
    assert ' places): enlarged ' in scale.about or ' place): enlarged ' in scale.about


def test_pixels_that_are_not_square() -> None:
    wide = discs(20).rgb[:, ::2]
    scale = choose_scale(Picture(np.ascontiguousarray(wide)), Sure(), PixelSize(0.5, 0.25), 'auto')
    assert scale.x / scale.y == pytest.approx(2)


@pytest.mark.parametrize('size', [(600, 700), (1, 1), (3, 900)])
def test_nothing_to_see(size: tuple[int, int]) -> None:
    blank = Picture(np.full((*size, 3), 255, np.uint8))
    look = first_look(blank, Sure())
    assert (look.factor, look.nuclei) == (None, 0)
    scale = choose_scale(blank, Sure(), PixelSize(0.5, 0.5), 'auto')
    assert scale.x == 2
    assert scale.about.startswith('too few nuclei for a diameter (0 at ')
    assert scale.about.endswith('); read at 0.25 µm: enlarged 2.0 times')
    assert choose_scale(blank, Sure(), None, 'auto').taken_as == 0.25


def test_places_have_something_to_see() -> None:
    rgb = np.full((4000, 4000, 3), 255, np.uint8)
    rgb[:, 2200:] = np.random.default_rng(0).integers(0, 255, (4000, 1800, 3), dtype=np.uint8)
    places = places_of(Picture(rgb), 512)
    assert len(places) == 3
    assert min(x for x, _ in places) > 2000
    assert max(y for _, y in places) - min(y for _, y in places) > 2000
