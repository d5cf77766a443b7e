"""Percentiles equal numpy's, whatever the values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmnuc.ops.stain.percentile import around, percentile

FINITE = st.floats(-1e6, 1e6)
SHARES = st.one_of(st.sampled_from([0.0, 1.0, 50.0, 99.0, 100.0]), st.floats(0, 100))


@given(arrays(np.float64, st.integers(1, 40), elements=FINITE), SHARES)
def test_as_numpy(values: np.ndarray, share: float) -> None:
    before = values.copy()
    np.testing.assert_allclose(
        percentile(values, share), np.percentile(values, share), rtol=1e-9, atol=1e-12
    )
    assert np.array_equal(values, before)


@pytest.mark.parametrize(
    'values',
    [
        np.random.default_rng(0).normal(size=50_000),
        np.random.default_rng(1).integers(0, 3, 50_000).astype(float),
        np.append(np.random.default_rng(2).random(9_999), 1e12),
        np.full(1_000, 0.1),
        np.array([0.0, -1.5e-306, 5e-324, 0.0]),
        np.array([-1.7e308, 1.7e308, 0.0, 1.0]),
    ],
    ids=['spread', 'few values', 'an outlier', 'one value', 'next to nothing', 'beyond a float'],
)
@pytest.mark.parametrize('share', [0, 0.01, 1, 37.3, 99, 100])
def test_ranks_are_exact(values: np.ndarray, share: float) -> None:
    ranked = np.sort(values)
    place = (len(values) - 1) * share / 100
    pair = (ranked[int(place)], ranked[min(int(place) + 1, len(values) - 1)])
    assert around(values, share) == (*pair, place - int(place))


@pytest.mark.parametrize(('count', 'share'), [(0, 50), (3, -1), (3, 101), (3, float('nan'))])
def test_what_is_not_defined_is_refused(count: int, share: float) -> None:
    with pytest.raises(ValueError, match=f'percentile .* of {count} values is not defined'):
        percentile(np.zeros(count), share)
