"""Masks to try everything on: random ones that shrink, and a table of awkward ones."""

import functools
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def drawn(values: list[int]) -> st.SearchStrategy[np.ndarray]:
    """Dense masks (N, H, W) of up to 4 masks of up to 9 x 9 pixels."""
    shapes = st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9))
    return shapes.flatmap(lambda s: hnp.arrays(np.uint8, s, elements=st.sampled_from(values)))


@pytest.fixture(scope='session')
def binary_masks() -> st.SearchStrategy[np.ndarray]:
    """Random dense masks of zeros and ones."""
    return drawn([0, 0, 1])


@pytest.fixture(scope='session')
def grey_masks() -> st.SearchStrategy[np.ndarray]:
    """Random dense masks with values up to 255, as blending leaves them."""
    return drawn([0, 0, 1, 127, 128, 255])


def awkward_masks() -> dict[str, np.ndarray]:
    """Dense masks (N, H, W) by name."""
    ring = np.zeros((1, 9, 8), np.uint8)
    ring[:, 1:8, 1:7] = 1
    ring[:, 3:5, 3:5] = 0
    parts = np.zeros((2, 7, 11), np.uint8)
    parts[0, 0, 0] = parts[0, 6, 10] = parts[1, 2:4, 5:9] = 1
    corners = np.zeros((4, 5, 6), np.uint8)
    corners[0, 0, 0] = corners[1, 0, 5] = corners[2, 4, 0] = corners[3, 4, 5] = 1
    columns = np.zeros((2, 4, 5), np.uint8)
    columns[0, :, 1:4] = 1
    columns[1, 2:, 1] = columns[1, :, 2] = columns[1, :3, 3] = 1
    return {
        'no masks': np.zeros((0, 3, 4), np.uint8),
        'an empty one among others': np.array([[[1, 0]], [[0, 0]], [[1, 1]]], np.uint8),
        'one pixel, set': np.ones((1, 1, 1), np.uint8),
        'one pixel, not set': np.zeros((1, 1, 1), np.uint8),
        'the whole image': np.ones((2, 6, 5), np.uint8),
        'a single row': np.array([[[0, 1, 1, 0, 1]]], np.uint8),
        'a single column': np.array([[[1], [1], [0], [1]]], np.uint8),
        'a hole': ring,
        'several parts': parts,
        'every corner': corners,
        'runs that wrap into the next column': columns,
    }


@pytest.fixture(scope='session')
def vrdl_masks(shared: Path) -> Callable[[str], np.ndarray]:
    """Read the first masks of a real tile as (N, 1000, 1000), zeros and ones."""

    @functools.cache
    def read(name: str, most: int) -> np.ndarray:
        with zipfile.ZipFile(shared / 'data' / 'vrdl2021_dataset.zip') as archive:
            names = sorted(n for n in archive.namelist() if f'{name}/masks/mask' in n)[:most]
            files = [np.frombuffer(archive.read(n), np.uint8) for n in names]
        return np.stack([cv2.imdecode(f, cv2.IMREAD_GRAYSCALE) > 0 for f in files]).astype('uint8')

    return lambda name, most=40: read(name, 40)[:most]


AWKWARD = awkward_masks()


@pytest.fixture(params=list(AWKWARD))
def awkward(request: pytest.FixtureRequest) -> np.ndarray:
    """One entry of the table after the other."""
    return AWKWARD[request.param]
