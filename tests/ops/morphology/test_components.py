"""Connected parts of crops, against scipy on full images."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mmnuc.ops.crops import from_bitmaps
from mmnuc.ops.morphology.components import connected_components, holes_of

SIDES, CORNERS = ndimage.generate_binary_structure(2, 1), np.ones((3, 3))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_parts_as_scipy_finds_them(binary_masks, data) -> None:
    dense = data.draw(binary_masks)
    parts = connected_components(from_bitmaps(dense))
    expected = []
    for i, mask in enumerate(dense):
        labels, _ = ndimage.label(mask, CORNERS)
        expected += [(i, area) for area in np.bincount(labels.ravel())[1:]]
    assert list(zip(parts.masks.tolist(), parts.areas.tolist(), strict=True)) == expected


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_gaps_as_scipy_finds_them(binary_masks, data) -> None:
    crops = from_bitmaps(data.draw(binary_masks))
    gaps = holes_of(crops)
    for i in range(len(crops)):
        background = crops.crop(i) == 0
        labels, count = ndimage.label(background, SIDES)
        rim = np.ones_like(background)
        rim[1:-1, 1:-1] = False
        at_edge = np.isin(np.arange(1, count + 1), labels[rim])
        mine = gaps.masks == i
        assert gaps.areas[mine].tolist() == np.bincount(labels.ravel())[1:].tolist()
        assert gaps.at_edge[mine].tolist() == at_edge.tolist()


def test_pixels_of_some_parts() -> None:
    crops = from_bitmaps(np.array([[[1, 0, 1]], [[0, 1, 0]]], np.uint8))
    parts = connected_components(crops)
    assert len(parts) == 3
    assert parts.pixels(np.array([False, True, True])).tolist() == [False, False, True, True]
