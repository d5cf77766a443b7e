"""Colours for grey images: which colour, on which ground, and for which images."""

import colorsys

import numpy as np
import pytest

from mmnuc.datasets.transforms.random_tint import RandomTint

DARK = np.zeros((20, 30, 3), np.uint8)
DARK[4:9, 5:12] = np.arange(7, dtype=np.uint8)[:, None] * 40
BRIGHT = 255 - DARK


def tinted(img: np.ndarray, seed: int = 0, **settings: object) -> np.ndarray:
    """The image after a tint with this state of numpy's random numbers."""
    np.random.seed(seed)  # noqa: NPY002 - the source of mmdet's transforms
    return RandomTint(prob=1, **settings)({'img': img})['img']


def hsv_of(bgr: np.ndarray) -> tuple[float, float, float]:
    """Hue, saturation and value, each from 0 to 1."""
    return colorsys.rgb_to_hsv(*(bgr[::-1] / 255))


def test_dark_ground_stays_black_and_levels_scale_the_colour() -> None:
    for seed in range(20):
        out = tinted(DARK, seed)
        colour = tinted(np.where(DARK == 240, np.uint8(255), DARK), seed)[4, 11].astype(float)
        assert np.abs(out - colour * (DARK / 255)).max() <= 1
        assert (out[0, 0] == 0).all()


def test_bright_ground_is_the_dark_one_with_white_for_black() -> None:
    for seed in range(20):
        out = tinted(BRIGHT, seed)
        assert (out[0, 0] == 255).all()
        colour = tinted(np.where(BRIGHT == 15, np.uint8(0), BRIGHT), seed)[4, 11].astype(float)
        assert np.abs(out - (255 - (255 - colour) * (DARK / 255))).max() <= 1


def test_colours_are_of_the_range_and_of_every_hue() -> None:
    white = DARK.copy()
    white[5, 5] = 255
    settings = dict(saturation=(0.6, 0.9), value=(0.8, 1.0))
    hues, saturations, values = np.array(
        [hsv_of(tinted(white, seed, **settings)[5, 5]) for seed in range(200)]
    ).T
    assert np.histogram(hues, 6, (0, 1))[0].min() > 10
    assert 0.59 < saturations.min() < 0.65
    assert 0.85 < saturations.max() < 0.91
    assert 0.79 < values.min() < 0.85
    assert 0.95 < values.max() <= 1


@pytest.mark.parametrize('where', [(0, 0), (19, 29)], ids=['in the corner', 'far from it'])
@pytest.mark.parametrize('channel', [0, 1, 2])
@pytest.mark.parametrize(('apart', 'tints'), [(4, True), (5, False)])
def test_an_image_in_colours_is_left(
    apart: int, tints: bool, channel: int, where: tuple[int, int]
) -> None:
    img = DARK.copy()
    img[where][channel] = apart
    assert (tinted(img) is not img) is tints
