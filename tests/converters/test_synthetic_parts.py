"""The layers of a synthetic tile."""

import numpy as np
import pytest

from mmnuc.converters.synthetic.noise import fibres, fractal_noise, smooth_noise, stretched_noise
from mmnuc.converters.synthetic.nuclei import inner_distance
from mmnuc.converters.synthetic.scanner import scan
from mmnuc.converters.synthetic.stain import Stain
from mmnuc.converters.synthetic.tissue import draw_recipe, lay_tissue


def roughness(field: np.ndarray, axis: int) -> float:
    return float(np.abs(np.diff(field, axis=axis)).mean())


@pytest.mark.parametrize('scale', [1, 2.5, 8, 40, 500])
@pytest.mark.parametrize('noise', [smooth_noise, fractal_noise])
def test_noise_is_standardised(noise, scale: float) -> None:
    field = noise(np.random.default_rng(0), (37, 64), scale)
    assert field.shape == (37, 64)
    assert field.dtype == np.float32
    assert abs(float(field.mean())) < 1e-3
    assert float(field.std()) == pytest.approx(1, abs=1e-3)


def test_longer_waves_are_smoother() -> None:
    rough, fine, coarse = (
        roughness(smooth_noise(np.random.default_rng(1), (96, 96), scale), 0)
        for scale in (1, 6, 24)
    )
    assert rough > 2 * fine > 4 * coarse


def test_stretched_noise_is_smoother_along_the_longer_wave() -> None:
    field = stretched_noise(np.random.default_rng(0), (96, 96), (3, 30))
    assert roughness(field, 0) > 4 * roughness(field, 1)


def test_fibres_follow_the_level_lines() -> None:
    rows, columns = np.indices((96, 96), np.float32)
    field = fibres(np.random.default_rng(0), rows + columns, columns, 3, 40)
    along = np.abs(field[1:, :-1] - field[:-1, 1:]).mean()
    across = np.abs(field[1:, 1:] - field[:-1, :-1]).mean()
    assert across > 4 * along


def test_glands_take_the_share_they_are_given() -> None:
    rng = np.random.default_rng(0)
    recipe = draw_recipe(rng)
    tissue = lay_tissue(rng, (200, 300), recipe)
    assert tissue.size_hw == (200, 300)
    assert float((tissue.depth > 0).mean()) == pytest.approx(recipe.epithelium, abs=0.01)
    assert not (tissue.lumen[tissue.depth == 0] > 0).any()


def test_inner_distance_of_a_full_tile_has_no_rim() -> None:
    assert (inner_distance(np.ones((4, 6), np.int32)) == 6).all()
    assert (inner_distance(np.zeros((4, 6), np.int32)) == 0).all()


@pytest.mark.parametrize(
    ('stain', 'weakest'), [('hematoxylin', 'blue'), ('eosin', 'red'), ('blood', 'red')]
)
def test_stains_have_their_colours(stain: str, weakest: str) -> None:
    amounts = {
        name: np.full((32, 32), name == stain, np.float32)
        for name in ('hematoxylin', 'eosin', 'blood')
    }
    image = scan(np.random.default_rng(0), Stain(**amounts)).mean((0, 1))
    assert ('red', 'green', 'blue')[int(np.argmax(image))] == weakest
