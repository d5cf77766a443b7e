"""What a model is sure of at a few places, at several scales."""

import doctest
from collections.abc import Callable

import numpy as np
import pytest

from mmnuc.images import Picture
from mmnuc.inference import views
from mmnuc.inference.views import SeenPiece, SeenView, Viewer, gain


def test_examples() -> None:
    assert doctest.testmod(views).failed == 0


@pytest.mark.parametrize('factor', [0.25, 0.5, 1, 2, 4])
def test_nuclei_are_in_pixels_of_the_image(
    factor: float, sure: type, discs_of: Callable[..., Picture]
) -> None:
    view = Viewer(discs_of(24), sure(), None).view(factor)
    assert np.median(view.diameters) == pytest.approx(24, rel=0.15)
    for (x1, y1, x2, y2), piece in view.pieces.items():
        assert ((piece.middles >= (x1, y1)) & (piece.middles <= (x2, y2))).all()


def test_the_less_of_both_counts(sure: type, discs_of: Callable[..., Picture]) -> None:
    viewer = Viewer(discs_of(20), sure(), None)
    near, far = viewer.view(2.0), viewer.view(0.5)
    same = np.log2(near.density(near.boxes) / far.density(near.boxes))
    all_of_it = np.log2(near.density(near.boxes) / far.density(far.boxes))
    assert gain(near, far) == pytest.approx(min(same, all_of_it))
    assert gain(far, near) == pytest.approx(min(-same, -all_of_it))


def test_pieces_that_are_the_same_are_seen_once(
    sure: type, discs_of: Callable[..., Picture]
) -> None:
    model = sure()
    view = Viewer(discs_of(20), model, None).view(0.5)
    assert len(view.boxes) == 2
    assert len(model.seen) == len(view.pieces) == 1


def test_a_small_image_is_seen_whole(sure: type, discs_of: Callable[..., Picture]) -> None:
    model = sure()
    Viewer(discs_of(20, (500, 510)), model, None).view(1.0)
    assert model.seen == [(500, 510)]


def test_few_nuclei_say_little() -> None:
    box = (0, 0, 100, 100)
    found = [
        SeenView([box], {box: piece}).density([box])
        for count in (0, 1, 5, 500)
        for piece in [
            SeenPiece(np.full((count, 2), 5.0), np.ones(count), np.ones(count, np.float32))
        ]
    ]
    of_all = (np.array(found[1:]) - found[0]) * 100**2 / (np.pi / 4) / [1, 5, 500]
    assert found[0] == 0.002
    assert of_all == pytest.approx([1 / 6, 1 / 2, 500 / 505])


def test_a_pixel(sure: type) -> None:
    view = Viewer(Picture(np.zeros((1, 1, 3), np.uint8)), sure(), None).view(2.0)
    assert len(view.pieces) == 1
