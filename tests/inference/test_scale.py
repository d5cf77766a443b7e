"""At which scale an image is seen, and how nuclei come back."""

import doctest
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.errors import UserError
from mmnuc.images import Picture
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference import choose_scale as choosing
from mmnuc.inference import scale
from mmnuc.inference.choose_scale import choose_scale
from mmnuc.inference.scale import AS_IT_IS, by_diameter, by_pixel_size, in_own_pixels
from mmnuc.inference.tta import Ensemble, NucleiTTA
from mmnuc.structures import Nuclei

HISTOLOGY = SimpleNamespace(pixel_size=0.25, diameter=20.0)
STATES_NOTHING = SimpleNamespace()

SIZES = {
    '40x': ((0.25, 0.25), (1, 1), ''),
    'Aperio 40x': ((0.2521, 0.2521), (1, 1), ''),
    'another 40x': ((0.263, 0.263), (1, 1), ''),
    'a fine 40x': ((0.2196, 0.2196), (1, 1), ''),
    'finer': ((0.2, 0.2), (0.8, 0.8), ''),
    'coarser': ((0.275, 0.275), (1.1, 1.1), 'read at 0.25 µm: enlarged 1.1 times'),
    '20x': ((0.5, 0.5), (2, 2), 'read at 0.25 µm: enlarged 2.0 times'),
    '80x': ((0.125, 0.125), (0.5, 0.5), 'read at 0.25 µm: shrunk 2.0 times'),
    '10x': ((1.0, 1.0), (4, 4), 'read at 0.25 µm: enlarged 4.0 times'),
    'not square': ((0.5, 0.25), (2, 1), 'read at 0.25 µm: enlarged 2.0 x 1.0 times'),
    'both ways': ((0.5, 0.125), (2, 0.5), 'read at 0.25 µm: resized to 2.0 x 0.5 times'),
    'one within': ((0.26, 0.5), (1.04, 2), 'read at 0.25 µm: enlarged 1.0 x 2.0 times'),
}


def test_examples() -> None:
    assert doctest.testmod(scale).failed == 0
    assert doctest.testmod(choosing).failed == 0


@pytest.mark.parametrize(('size', 'factors', 'words'), SIZES.values(), ids=SIZES)
def test_by_the_size_of_a_pixel(
    size: tuple[float, float], factors: tuple[float, float], words: str
) -> None:
    found = by_pixel_size(PixelSize(*size), HISTOLOGY)
    assert (found.x, found.y) == pytest.approx(factors if words else (1, 1))
    assert (found.about, found.taken_as) == (words, None)
    assert found.changes == bool(words)


def test_what_is_not_known() -> None:
    assert by_pixel_size(PixelSize(0.5, 0.5), STATES_NOTHING) == AS_IT_IS
    assert by_pixel_size(None, STATES_NOTHING) == AS_IT_IS
    unknown = by_pixel_size(None, HISTOLOGY)
    assert (unknown.changes, unknown.taken_as) == (False, 0.25)


@pytest.mark.parametrize('size', [(10.0, 10.0), (0.25, 4.0), (0.001, 0.001)])
def test_sizes_that_show_no_nuclei(size: tuple[float, float]) -> None:
    with pytest.raises(UserError, match=r'too far from .* to find nuclei: state the right size'):
        by_pixel_size(PixelSize(*size), HISTOLOGY)


def test_by_the_diameter_of_nuclei() -> None:
    found = by_diameter(10, None, HISTOLOGY)
    assert (found.x, found.y) == (2, 2)
    assert by_diameter(40, None, HISTOLOGY).about == (
        'nuclei of 40 pixels, read as of 20: shrunk 2.0 times'
    )
    slanted = by_diameter(10, PixelSize(1.0, 0.25), HISTOLOGY)
    assert (slanted.x, slanted.y) == (4, 1)
    assert not by_diameter(19.5, None, HISTOLOGY).changes
    for diameter in (0.0, -1.0, float('nan'), float('inf')):
        with pytest.raises(UserError, match='a nucleus has a diameter above 0 pixels'):
            by_diameter(diameter, None, HISTOLOGY)
    with pytest.raises(UserError, match='a nucleus of 1 pixels is too far'):
        by_diameter(1.0, None, HISTOLOGY)
    with pytest.raises(UserError, match='does not state the diameter of its nuclei'):
        by_diameter(10, None, STATES_NOTHING)


def test_the_diameter_counts_before_the_size_of_a_pixel() -> None:
    image = Picture(np.zeros((8, 8, 3), np.uint8))
    assert choose_scale(image, HISTOLOGY, PixelSize(0.5, 0.5), 20.0).about == (
        'nuclei of 20 pixels, read as they are'
    )
    assert choose_scale(image, HISTOLOGY, PixelSize(0.5, 0.5)).x == 2


@given(st.floats(0.06, 1.5), st.floats(0.06, 1.5))
def test_the_model_sees_pixels_of_its_own_size(x: float, y: float) -> None:
    size = PixelSize(x, y)
    found = by_pixel_size(size, HISTOLOGY)
    seen = found.pixel_size(size)
    if found.changes:
        assert (seen.x, seen.y) == pytest.approx((0.25, 0.25))
    else:
        assert seen is size


def test_nuclei_come_back_all_and_inside() -> None:
    nuclei = Nuclei.from_label_map(np.arange(64).reshape(8, 8) + 1, pixel_size=0.25)
    image = Picture(np.zeros((2, 3, 3), np.uint8))
    back = in_own_pixels(nuclei, image, PixelSize(1.0, 0.6))
    assert (len(back), back.height, back.width) == (64, 2, 3)
    assert (back.areas >= 1).all()
    assert (back.boxes_xyxy >= 0).all()
    assert (back.boxes_xyxy <= [3, 2, 3, 2]).all()
    assert back.pixel_size == PixelSize(1.0, 0.6)


class Stated:
    """A model that states its scale."""

    class_names = ('nucleus',)

    def __init__(self, pixel_size: float | None, diameter: float | None = None) -> None:
        self.pixel_size = pixel_size
        self.diameter = diameter

    def __call__(self, tiles: list[np.ndarray]) -> list[Nuclei]:
        return [Nuclei.empty(*tile.shape[:2]) for tile in tiles]


def test_models_of_models_state_the_scale_of_the_first() -> None:
    augmented = NucleiTTA(Stated(0.25, 20.0))
    assert (augmented.pixel_size, augmented.diameter) == (0.25, 20.0)
    both = Ensemble([Stated(None), Stated(0.25), Stated(0.26)])
    assert both.pixel_size in (0.25, 0.26)
    with pytest.raises(ValueError, match='trained at different pixel sizes'):
        Ensemble([Stated(0.25), Stated(0.5)])
