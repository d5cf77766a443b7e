"""A first look finds the scale at which a model is surest of nuclei of the size that it knows."""

import doctest
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.images import Picture
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference import first_look as looking
from mmnuc.inference.choose_scale import choose_scale
from mmnuc.inference.first_look import ScaleStep, best_octave, first_look
from mmnuc.inference.tta import Ensemble, NucleiTTA
from mmnuc.structures import Nuclei


def test_examples() -> None:
    assert doctest.testmod(looking).failed == 0


@pytest.mark.parametrize('diameter', [6, 8, 10, 40, 50, 80])
def test_discs_are_seen_as_large_as_the_model_knows_them(
    diameter: float, sure: type, discs_of: Callable[..., Picture]
) -> None:
    look = first_look(discs_of(diameter), sure())
    assert look.factor == pytest.approx(20 / diameter, rel=0.3)
    assert look.diameter == pytest.approx(diameter, rel=0.2)


@pytest.mark.parametrize('diameter', [17, 20, 23])
def test_what_is_nearly_right_stays_as_it_is(
    diameter: float, sure: type, discs_of: Callable[..., Picture]
) -> None:
    assert first_look(discs_of(diameter), sure()).factor == 1
    scale = choose_scale(discs_of(diameter), sure(), None, 'auto')
    assert not scale.changes
    assert scale.about.startswith('nuclei of ')
    assert scale.about.endswith(' pieces: read as they are')


@pytest.mark.parametrize('diameter', [5, 20, 80])
def test_it_costs_a_tile(diameter: float, sure: type, discs_of: Callable[..., Picture]) -> None:
    model = sure()
    first_look(discs_of(diameter, (3000, 3500)), model)
    assert len(model.seen) <= 12
    assert sum(height * width for height, width in model.seen) <= 12 * 322**2
    assert max(max(size) for size in model.seen) <= 322


def test_what_is_said(sure: type, discs_of: Callable[..., Picture]) -> None:
    scale = choose_scale(discs_of(10), sure(), None, 'auto')
    assert scale.x == scale.y == pytest.approx(2, rel=0.2)
    assert scale.about.startswith('nuclei of ')
    assert ' pieces: enlarged ' in scale.about


def test_it_starts_at_what_is_stated(sure: type, discs_of: Callable[..., Picture]) -> None:
    # 16 times off, which is out of reach from the image as it is.
    tiny = discs_of(1.25 * 4)
    assert first_look(tiny, sure(), start=4.0).factor == 4
    scale = choose_scale(tiny, sure(), PixelSize(1.0, 1.0), 'auto')
    assert scale.x == scale.y == 4


def test_a_stated_size_that_can_not_be_is_no_start(
    sure: type, discs_of: Callable[..., Picture]
) -> None:
    dots = PixelSize(352.8, 352.8)
    scale = choose_scale(discs_of(10), sure(), dots, 'auto')
    assert scale.x == pytest.approx(2, rel=0.2)


def test_pixels_that_are_not_square(sure: type, discs_of: Callable[..., Picture]) -> None:
    wide = discs_of(20).rgb[:, ::2]
    scale = choose_scale(Picture(np.ascontiguousarray(wide)), sure(), PixelSize(0.5, 0.25), 'auto')
    assert scale.x / scale.y == pytest.approx(2)


@pytest.mark.parametrize('size', [(600, 700), (1, 1), (3, 900)])
def test_nothing_to_see(size: tuple[int, int], sure: type) -> None:
    blank = Picture(np.full((*size, 3), 255, np.uint8))
    look = first_look(blank, sure())
    assert (look.factor, look.nuclei) == (None, 0)
    scale = choose_scale(blank, sure(), PixelSize(0.5, 0.5), 'auto')
    assert scale.x == 2
    assert scale.about.startswith('too few nuclei to see their scale (0 on ')
    assert scale.about.endswith('); read at 0.25 µm: enlarged 2.0 times')
    assert choose_scale(blank, sure(), None, 'auto').taken_as == 0.25


@pytest.mark.parametrize(('count', 'factor'), [(4, None), (8, 4), (40, 4)])
def test_few_are_enough_where_nothing_was_seen(
    count: int, factor: float | None, discs_of: Callable[..., Picture], sure: type
) -> None:
    class NearSighted(sure):
        """Sees nothing of half its diameter."""

        def find(self, tile: np.ndarray) -> Nuclei:
            found = super().find(tile)
            return found[found.areas > 100]

    rgb = discs_of(5, (99, 99)).rgb.copy()
    rgb[:, count * 9 // 4 :] = 255
    rgb[36:] = 255
    look = first_look(Picture(rgb), NearSighted())
    assert look.factor == factor


def test_of_several_one_looks(sure: type, discs_of: Callable[..., Picture]) -> None:
    one, other = sure(), sure()
    assert first_look(discs_of(10), NucleiTTA(Ensemble([one, other]))).factor is not None
    assert one.seen
    assert not other.seen
    assert len(one.seen) <= 12


@given(
    st.dictionaries(
        st.integers(-2, 2),
        st.builds(ScaleStep, st.floats(-9, 9), st.none() | st.floats(-3, 3)),
        min_size=1,
    )
)
def test_the_best_is_near_what_was_seen(steps: dict[int, ScaleStep]) -> None:
    steps[0] = steps.get(0, ScaleStep(0.0, 0.0))
    best = best_octave(steps)
    top = max(steps, key=lambda octave: steps[octave].worth(octave))
    worth = steps[top].worth(top)
    assert abs(best - top) <= 0.5 or worth == pytest.approx(steps[round(best)].worth(round(best)))
    if top == 0:
        assert best == 0


def test_the_first_stays_without_a_gain() -> None:
    same = {octave: ScaleStep(0.0, 0.0) for octave in (-2, -1, 0, 1, 2)}
    assert best_octave(same) == 0
    assert best_octave({octave: ScaleStep(0.0, None) for octave in (-1, 0, 1)}) == 0
