"""Macenko's normalisation: equal to a plain transcription, and true to the stains it was given."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmnuc.ops.stain.hed import TISSUE_GREEN
from mmnuc.ops.stain.macenko import REFERENCE, Stains, find_stains, normalize_macenko

OTHER = Stains(np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]]), np.array([1.2, 0.9]))


def tissue(stains: Stains, size: int = 120, seed: int = 0) -> np.ndarray:
    """Pixels of both stains in all mixtures, some of one stain alone."""
    rng = np.random.default_rng(seed)
    amounts = rng.random((size, size, 2)) * [1.5, 1.2]
    amounts[: size // 8, :, 0] = 0
    amounts[-size // 8 :, :, 1] = 0
    return np.rint(240 * np.exp(-amounts @ stains.colors)).astype(np.uint8)


def plainly(rgb: np.ndarray) -> Stains:
    """The reference code, line by line, with whole arrays."""
    density = -np.log(np.maximum(rgb.reshape(-1, 3), 1) / 240)
    density = density[rgb.reshape(-1, 3)[:, 1] < TISSUE_GREEN]
    _, axes = np.linalg.eigh(np.cov(density.T))
    plane = axes[:, [1, 2]] * np.where(density.mean(0) @ axes[:, [1, 2]] < 0, -1, 1)
    second, first = (density @ plane).T
    angles = np.percentile(np.arctan2(second, first), [1, 99])
    colors = np.stack([np.sin(angles), np.cos(angles)], axis=1) @ plane.T
    colors = colors[np.argsort(-colors[:, 0])]
    return Stains(colors, np.percentile(density @ np.linalg.pinv(colors), 99, axis=0))


@pytest.mark.parametrize('size', [5, 13, 120])
@pytest.mark.parametrize('stains', [REFERENCE, OTHER], ids=['reference', 'other'])
def test_equal_to_the_plain_road(stains: Stains, size: int) -> None:
    rgb = tissue(stains, size)
    found, expected = find_stains(rgb), plainly(rgb)
    np.testing.assert_allclose(found.colors, expected.colors, atol=1e-9)
    np.testing.assert_allclose(found.strengths, expected.strengths, atol=1e-9)


def test_equal_to_the_plain_road_on_noise() -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    found, expected = find_stains(rgb), plainly(rgb)
    np.testing.assert_allclose(found.colors, expected.colors, atol=1e-9)
    np.testing.assert_allclose(found.strengths, expected.strengths, atol=1e-9)


def test_finds_the_stains_that_were_used() -> None:
    found = find_stains(tissue(OTHER))
    directions = OTHER.colors / np.linalg.norm(OTHER.colors, axis=1, keepdims=True)
    cosines = (found.colors * directions).sum(axis=1)
    assert np.degrees(np.arccos(cosines)).max() < 2.5


def test_gets_the_stains_of_the_target() -> None:
    target = find_stains(tissue(REFERENCE))
    found = find_stains(normalize_macenko(tissue(OTHER, seed=1), target))
    np.testing.assert_allclose(found.colors, target.colors, atol=0.02)
    np.testing.assert_allclose(found.strengths, target.strengths, rtol=0.05)


def test_stronger_staining_makes_no_difference() -> None:
    amounts = np.random.default_rng(0).random((100, 100, 2)) + 0.3
    images = [240 * np.exp(-amounts * scale @ REFERENCE.colors) for scale in (1.0, 1.6)]
    first, second = (normalize_macenko(np.rint(image).astype(np.uint8)) for image in images)
    assert np.abs(first.astype(int) - second).max() <= 6


def test_own_stains_change_nothing_where_there_are_but_two() -> None:
    rgb = tissue(REFERENCE)
    same = normalize_macenko(rgb, find_stains(rgb))
    assert np.abs(same.astype(int) - rgb).max() <= 1


def test_glass_does_not_matter() -> None:
    rgb = tissue(REFERENCE)
    more = np.concatenate([rgb, np.full((300, 120, 3), 242, np.uint8)])
    assert np.array_equal(find_stains(more).colors, find_stains(rgb).colors)
    assert np.array_equal(normalize_macenko(more, OTHER)[:120], normalize_macenko(rgb, OTHER))


GREYS = np.random.default_rng(0).integers(0, 256, (9, 9, 1), dtype=np.uint8).repeat(3, axis=2)
ONE_STAIN = 240 * np.exp(-np.linspace(0.2, 1.2, 400).reshape(20, 20, 1) * REFERENCE.colors[0])


@pytest.mark.parametrize(
    'rgb',
    [
        np.full((9, 9, 3), 255, np.uint8),
        np.full((9, 9, 3), 242, np.uint8),
        np.zeros((9, 9, 3), np.uint8),
        np.full((9, 9, 3), (140, 80, 160), np.uint8),
        np.full((1, 1, 3), (140, 80, 160), np.uint8),
        np.array([[[140, 80, 160], [255, 255, 255]]], np.uint8),
        np.array([[[140, 80, 160], [200, 90, 170]]], np.uint8),
        GREYS,
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=[
        'white',
        'glass',
        'black',
        'one colour',
        '1 px',
        '1 px of tissue',
        'two colours',
        'grey',
        'no pixels',
    ],
)
def test_what_has_no_two_stains_stays(rgb: np.ndarray) -> None:
    assert find_stains(rgb) is None
    assert normalize_macenko(rgb) is rgb


def test_one_stain_alone_stays_finite() -> None:
    rgb = np.rint(ONE_STAIN).astype(np.uint8)
    found = find_stains(rgb)
    assert found is None or np.isfinite(found.colors).all()
    assert normalize_macenko(rgb).shape == rgb.shape


def test_real_tile(shared: Path) -> None:
    with zipfile.ZipFile(shared / 'data' / 'vrdl2021_dataset.zip') as archive:
        name = next(n for n in archive.namelist() if '/images/' in n and n.endswith('.png'))
        bgr = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR)
    rgb = bgr[..., ::-1]
    found, expected = find_stains(rgb), plainly(rgb)
    np.testing.assert_allclose(found.colors, expected.colors, atol=1e-9)
    np.testing.assert_allclose(found.strengths, expected.strengths, atol=1e-9)
    normal = find_stains(normalize_macenko(rgb))
    np.testing.assert_allclose(normal.colors, REFERENCE.colors, atol=0.01)
    np.testing.assert_allclose(normal.strengths, REFERENCE.strengths, rtol=0.02)
