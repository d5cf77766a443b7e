"""Measurements against scikit-image, mask by mask."""

from collections.abc import Callable

import numpy as np
import pytest
from skimage.color import rgb2hed
from skimage.measure import regionprops

from mmnuc.export.exported import chunks
from mmnuc.export.measure import measure
from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.crops import from_bitmaps
from mmnuc.structures import Nuclei

NAMES = {
    'area': 'area',
    'perimeter': 'perimeter',
    'solidity': 'solidity',
    'extent': 'extent',
    'equivalent_diameter': 'equivalent_diameter_area',
    'major_axis_length': 'axis_major_length',
    'minor_axis_length': 'axis_minor_length',
    'eccentricity': 'eccentricity',
    'orientation': 'orientation',
}


def random_masks(seed: int) -> np.ndarray:
    """Masks of every size and density, none empty: specks, lines and lace."""
    rng = np.random.default_rng(seed)
    masks = []
    for _ in range(40):
        h, w = rng.integers(1, 30, 2)
        mask = np.zeros((30, 30), np.uint8)
        mask[:h, :w] = rng.random((h, w)) < rng.random()
        mask[0, 0] |= not mask.any()
        masks.append(mask)
    return np.stack(masks)


def nuclei_of(masks: np.ndarray, **rest: object) -> Nuclei:
    return Nuclei.of_crops(from_bitmaps(masks), **rest)


@pytest.mark.parametrize('seed', range(4))
def test_shapes_equal_regionprops(seed: int) -> None:
    masks = random_masks(seed)
    found = measure(nuclei_of(masks))
    for i, mask in enumerate(masks):
        (region,) = regionprops(mask.astype(int))
        for name, theirs in NAMES.items():
            want = getattr(region, theirs)
            # A shape without direction has any, as the last bit of a sum decides.
            if name == 'orientation' and region.axis_major_length - region.axis_minor_length < 1e-6:
                continue
            assert found[name][i] == pytest.approx(want, abs=1e-9, rel=1e-9), (name, mask)
        centroid = (found['centroid_y'][i], found['centroid_x'][i])
        assert centroid == pytest.approx(region.centroid, rel=1e-12)
        box = [found[f'bbox_{side}'][i] for side in ('y1', 'x1', 'y2', 'x2')]
        assert tuple(box) == region.bbox


def test_colors_equal_those_of_scikit_image() -> None:
    masks = random_masks(9)
    image = np.random.default_rng(2).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    image[0, 0] = 0
    found = measure(nuclei_of(masks), image)
    both = np.dstack([image, rgb2hed(image)])
    for k, name in enumerate(('red', 'green', 'blue', 'hematoxylin', 'eosin', 'residual')):
        want = [both[mask > 0, k].mean() for mask in masks]
        assert found[f'mean_{name}'] == pytest.approx(want, rel=1e-12)


def test_micrometres() -> None:
    nuclei = nuclei_of(np.ones((1, 4, 6), np.uint8), pixel_size=0.25)
    found = measure(nuclei)
    assert found['area_um2'] == 24 / 16
    assert found['centroid_x_um'] == found['centroid_x'] / 4
    lengths = {name for name in found if name.endswith('_um')}
    assert len(lengths) == 6
    assert all(found[name] == found[name[:-3]] / 4 for name in lengths)


def test_micrometres_of_pixels_that_are_not_square() -> None:
    y, x = np.mgrid[:161, :81]
    disc = (np.hypot((x - 40) * 0.5, (y - 80) * 0.25) < 15).astype(np.uint8)
    found = measure(nuclei_of(disc[None], pixel_size=(0.5, 0.25)))
    assert found['area_um2'] == disc.sum() / 8
    assert found['centroid_x_um'] == 20
    assert found['centroid_y_um'] == 20
    assert found['equivalent_diameter_um'] == pytest.approx(30, rel=0.01)
    assert found['major_axis_length_um'] == pytest.approx(30, rel=0.01)
    assert found['minor_axis_length_um'] == pytest.approx(30, rel=0.01)
    assert found['perimeter_um'] == pytest.approx(np.pi * 30, rel=0.04)


def test_micrometres_do_not_depend_on_which_way_an_image_lies() -> None:
    masks = random_masks(9)
    lying = measure(nuclei_of(masks, pixel_size=(0.5, 0.2)))
    standing = measure(nuclei_of(masks.transpose(0, 2, 1).copy(), pixel_size=(0.2, 0.5)))
    for name in ('area', 'perimeter', 'major_axis_length', 'equivalent_diameter'):
        unit = '_um2' if name == 'area' else '_um'
        assert lying[name + unit] == pytest.approx(standing[name + unit], rel=1e-12)


def test_micrometres_of_pixels_that_are_all_but_square() -> None:
    """The two ways to measure agree where they meet."""
    masks = random_masks(9)
    square = measure(nuclei_of(masks, pixel_size=0.25))
    other = measure(nuclei_of(masks, pixel_size=(0.25, 0.25 * (1 + 1e-12))))
    assert PixelSize(0.25, 0.25) != PixelSize(0.25, 0.25 * (1 + 1e-12))
    for name in (name for name in square if '_um' in name):
        assert other[name] == pytest.approx(square[name], rel=1e-9)


def test_a_mask_too_large_for_small_numbers() -> None:
    mask = np.ones((1, 3000, 2000), np.uint8)
    found = measure(nuclei_of(mask))
    assert found['major_axis_length'] == pytest.approx(4 * np.sqrt((3000**2 - 1) / 12))
    assert found['minor_axis_length'] == pytest.approx(4 * np.sqrt((2000**2 - 1) / 12))
    assert (found['solidity'], found['perimeter']) == (1, 2 * (2999 + 1999))


def test_an_image_that_is_read_by_boxes(make: Callable[..., tuple], image: np.ndarray) -> None:
    class Boxes:
        height, width = image.shape[:2]

        def read(self, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
            return image[y1:y2, x1:x2]

    ((numbers, nuclei),) = chunks(make()[0])
    whole, boxes = measure(nuclei, image, numbers), measure(nuclei, Boxes(), numbers)
    assert whole.keys() == boxes.keys()
    assert np.array_equal(whole['mean_eosin'], boxes['mean_eosin'])


def test_chunks_have_all_nuclei_with_pixels_once() -> None:
    masks = np.zeros((2500, 5, 5), np.uint8)
    masks[np.arange(2500) % 3 > 0, 2, 2] = 1
    nuclei = Nuclei.of_crops(from_bitmaps(masks), np.arange(2500.0))
    parts = list(chunks(nuclei))
    assert len(parts) == 3
    assert max(len(part.crops) for _, part in parts) <= 1000
    numbers = np.concatenate([own for own, _ in parts])
    assert np.array_equal(numbers, 1 + np.flatnonzero(np.arange(2500) % 3))
    assert np.array_equal(np.concatenate([part.scores for _, part in parts]), numbers - 1)


def test_chunks_of_large_masks_are_small() -> None:
    masks = np.ones((5, 1500, 1500), np.uint8)
    nuclei = nuclei_of(masks)
    assert [len(part.crops) for _, part in chunks(nuclei)] == [1, 1, 1, 1, 1]
