"""What an image shows is told by its colours."""

import numpy as np
import pytest

from mmnuc.images.kind import KINDS, kind_of


@pytest.mark.parametrize(
    ('colour', 'kind'),
    [
        ((200, 120, 160), 'histology'),
        ((20, 20, 20), 'fluorescence'),
        ((22, 20, 24), 'fluorescence'),  # as JPEG leaves grey
        ((109, 109, 109), 'fluorescence'),
        ((110, 110, 110), 'bright field'),
        ((235, 230, 234), 'bright field'),
    ],
)
def test_colours_tell_the_kind(colour: tuple[int, int, int], kind: str) -> None:
    assert kind in KINDS
    assert kind_of(np.full((3, 5, 3), colour, np.uint8)) == kind


def test_the_order_of_colours_does_not_matter() -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert kind_of(image) == kind_of(image[..., ::-1])


def test_a_few_coloured_pixels_don_t_make_tissue() -> None:
    image = np.full((100, 100, 3), 10, np.uint8)
    image[:3, :3] = (255, 0, 0)  # a marker
    assert kind_of(image) == 'fluorescence'
