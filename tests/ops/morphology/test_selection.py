"""Which masks stay, against full images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.ops.crops import from_bitmaps
from mmnuc.ops.morphology.selection import most_confident, sizes, touches_border


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(0, 4))
def test_what_comes_near_the_border(grey_masks, data, margin: int) -> None:
    dense = data.draw(grey_masks)
    inner = np.zeros(dense.shape[1:], bool)
    inner[margin + 1 : -margin - 1, margin + 1 : -margin - 1] = True
    expected = [bool((mask > 0)[~inner].any()) for mask in dense]
    assert touches_border(from_bitmaps(dense), margin).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0.1, 0.5, 0.9])), st.integers(0, 12))
def test_the_most_confident(scores: list[float], count: int) -> None:
    best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:count]
    assert np.flatnonzero(most_confident(scores, count)).tolist() == sorted(best)


def test_sizes_in_units() -> None:
    disc = np.hypot(*np.mgrid[-30:31, -30:31]) <= 20
    crops = from_bitmaps(np.stack([disc, np.zeros_like(disc)]))
    assert sizes(crops).tolist() == [disc.sum(), 0]
    assert sizes(crops, pixel_size=0.5).tolist() == [disc.sum() / 4, 0]
    np.testing.assert_allclose(sizes(crops, 'diameter', 0.25), [10, 0], rtol=0.01)


WRONG = {
    'count': (lambda: most_confident([0.5], -1), '-1'),
    'measure': (lambda: sizes(from_bitmaps(np.ones((1, 1, 1), np.uint8)), 'volume'), "'volume'"),
    'pixel': (lambda: sizes(from_bitmaps(np.ones((1, 1, 1), np.uint8)), pixel_size=0), 'not 0'),
}


@pytest.mark.parametrize(('call', 'words'), WRONG.values(), ids=WRONG)
def test_wrong_input(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
