"""Stains in pixels: as scikit-image separates them, and changed without a trace of rounding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import hed2rgb, rgb2hed

from mmnuc.ops.stain.hed import (
    HED_FROM_RGB,
    RGB_FROM_HED,
    densities,
    hed_to_rgb,
    jitter_hed,
    recolor,
    rgb_to_hed,
    rounding,
    tissue_pixels,
)

SIDES = st.integers(1, 6)
IMAGES = st.tuples(SIDES, SIDES, st.just(3)).flatmap(lambda shape: arrays(np.uint8, shape))
NUCLEUS = (140, 80, 160)


def plain(color: tuple[int, int, int], size_hw: tuple[int, int] = (8, 8)) -> np.ndarray:
    """An image of one colour."""
    return np.full((*size_hw, 3), color, np.uint8)


def colors(count: int = 60_000) -> np.ndarray:
    """Random colours, and all pairs of the darkest and brightest in each channel."""
    corners = np.stack(np.meshgrid(*[[0, 1, 2, 253, 254, 255]] * 3), axis=-1).reshape(-1, 3)
    random = np.random.default_rng(0).integers(0, 256, (count, 3))
    return np.concatenate([corners, random]).astype(np.uint8)[None]


def test_separation_is_that_of_scikit_image() -> None:
    rgb = colors()
    np.testing.assert_allclose(rgb_to_hed(rgb), rgb2hed(rgb), rtol=1e-12, atol=1e-15)


def test_light_is_that_of_scikit_image() -> None:
    hed = np.random.default_rng(0).normal(0.1, 0.3, (50, 40, 3))
    np.testing.assert_allclose(hed_to_rgb(hed), hed2rgb(hed), rtol=1e-12, atol=1e-15)


@given(arrays(np.float64, (2, 3, 3), elements=st.floats(0, 0.12)))
def test_separation_undoes_the_light(hed: np.ndarray) -> None:
    rgb = np.rint(255 * hed_to_rgb(hed)).astype(np.uint8)
    # Half a grey level of the darkest light here, as density, through the matrix.
    assert np.abs(rgb_to_hed(rgb) - hed).max() < 0.05


@given(IMAGES)
def test_no_jitter_changes_nothing(rgb: np.ndarray) -> None:
    assert np.array_equal(jitter_hed(rgb, np.ones(3), np.zeros(3)), rgb)


def test_jitter_is_the_formula_of_the_paper() -> None:
    rgb = colors()
    factors, offsets = np.array([1.2, 0.85, 1.1]), np.array([0.1, -0.05, 0.02])
    stains = -np.log(np.maximum(rgb / 255, 1e-6)) @ HED_FROM_RGB
    light = np.exp(-(stains * factors + offsets) @ RGB_FROM_HED)
    expected = np.floor(np.clip(255 * light, 0, 255) + 0.5)
    differ = jitter_hed(rgb, factors, offsets) != expected
    # A value may lie on the edge between two levels within the last bits.
    near = np.abs(np.clip(255 * light, 0, 255) % 1 - 0.5) < 1e-9
    assert not (differ & ~near).any()


@pytest.mark.parametrize('glass', [255, 240])
@pytest.mark.parametrize('shade', [0.0, 0.0123, 0.5, -0.5, 3.0])
def test_recolor_rounds_to_the_nearest(glass: int, shade: float) -> None:
    values = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    out = recolor(values, densities(255, 1), glass, np.eye(3), np.full(3, shade))
    light = glass * np.maximum(values.astype(float), 1) / 255 * np.exp(-shade)
    exact = np.floor(np.minimum(light, 255) + 0.5)
    assert np.abs(out - exact)[np.abs(light % 1 - 0.5) > 1e-9].max() == 0


@given(st.floats(-0.2, 1.2))
def test_rounding_counts_the_edges(z: float) -> None:
    edges = (np.arange(255) + 0.5) / 255
    table = rounding(edges)
    place = int(np.clip((z - table.first) * 4096, 0, len(table.starts) - 1))
    value = table.starts[place]
    if z >= table.first:
        assert value + (z >= table.edges[value]) == np.searchsorted(edges, z, 'right')


@pytest.mark.parametrize('stain', range(3), ids=['hematoxylin', 'eosin', 'DAB'])
def test_more_of_a_stain_is_darker(stain: int) -> None:
    amounts = np.zeros((1, 1, 3))
    amounts[..., stain] = 0.04
    rgb = np.rint(255 * hed_to_rgb(amounts)).astype(np.uint8)
    factors = np.where(np.arange(3) == stain, 1.5, 1.0)
    more = rgb_to_hed(jitter_hed(rgb, factors, np.zeros(3)))[0, 0]
    assert more[stain] == pytest.approx(0.06, abs=0.002)
    assert np.delete(more, stain).max() < 0.002


@pytest.mark.parametrize(
    ('rgb', 'count'),
    [
        (plain((255, 255, 255)), 0),
        (plain((240, 240, 240)), 0),
        (plain((250, 230, 245)), 0),
        (plain(NUCLEUS), 64),
        (plain((128, 128, 128)), 64),
        (plain((0, 0, 0), (1, 1)), 1),
        (np.concatenate([plain(NUCLEUS, (1, 1)), plain((255,) * 3, (1, 98))], axis=1), 1),
        (np.concatenate([plain(NUCLEUS, (1, 1)), plain((255,) * 3, (1, 120))], axis=1), 0),
        (np.zeros((0, 5, 3), np.uint8), 0),
    ],
    ids=['white', 'glass', 'faint', 'stained', 'grey', '1 px', '1 %', 'a speck', 'no pixels'],
)
def test_tissue(rgb: np.ndarray, count: int) -> None:
    assert tissue_pixels(rgb) == count
    if not count:
        assert jitter_hed(rgb, np.full(3, 1.2), np.full(3, 0.2)) is rgb


def test_views_of_other_layouts() -> None:
    bgr = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    factors, offsets = np.full(3, 1.1), np.full(3, 0.03)
    expected = jitter_hed(np.ascontiguousarray(bgr[::2, ::-1, ::-1]), factors, offsets)
    bgr.flags.writeable = False
    out = jitter_hed(bgr[::2, ::-1, ::-1], factors, offsets)
    assert np.array_equal(out, expected)
    assert out[..., ::-1].flags.c_contiguous


@pytest.mark.parametrize(
    'image',
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 3), np.uint16),
    ],
    ids=['no channels', 'RGBA', 'float', '16 bit'],
)
def test_other_images_are_refused(image: np.ndarray) -> None:
    for work in (rgb_to_hed, tissue_pixels, lambda rgb: jitter_hed(rgb, np.ones(3), np.zeros(3))):
        with pytest.raises(ValueError, match=r'uint8 colours of shape \(H, W, 3\), not'):
            work(image)


def test_amounts_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r'\(H, W, 3\), not \(2, 3\)'):
        hed_to_rgb(np.zeros((2, 3)))
