"""Powers of values, against the formula."""

import numpy as np
import pytest

from mmnuc.datasets.transforms.random_gamma import RandomGamma

LEVELS = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)


@pytest.mark.parametrize('gamma', [0.6, 1.0, 1.6])
def test_is_the_formula_for_every_level(gamma: float) -> None:
    out = RandomGamma(gamma=(gamma, gamma), prob=1)({'img': LEVELS})['img']
    expected = 255 * (LEVELS / 255) ** gamma
    assert np.abs(out - expected).max() <= 0.5 + 1e-9
    assert (out[0, 0] == 0).all()
    assert (out[-1, -1] == 255).all()


def test_brighter_is_as_frequent_as_darker() -> None:
    np.random.seed(0)  # noqa: NPY002 - the source of mmdet's transforms
    change = RandomGamma(gamma=(0.5, 2), prob=1)
    grey = np.full((1, 1, 3), 128, np.uint8)
    values = np.array([change({'img': grey})['img'][0, 0, 0] for _ in range(400)], float)
    powers = np.log(values / 255) / np.log(128 / 255)
    assert powers.min() == pytest.approx(0.5, abs=0.02)
    assert powers.max() == pytest.approx(2, abs=0.05)
    # Five standard deviations of a fair coin.
    assert abs((powers < 1).mean() - 0.5) < 0.125
