"""In place of a network: an image whose colours are its nuclei, read back; dark discs."""

from collections.abc import Callable, Sequence
from math import exp, log2

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mmnuc.images import Picture
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.structures import CropMasks, Nuclei

Map = NDArray[np.integer]


class Oracle:
    """Finds exactly the nuclei of each tile, cut at its borders; remembers what it was asked."""

    def __init__(self, stride: int = 1) -> None:
        self.stride = stride
        self.batches: list[list[tuple[int, ...]]] = []

    def __call__(self, tiles: Sequence[NDArray[np.uint8]]) -> list[Nuclei]:
        self.batches.append([tile.shape for tile in tiles])
        return [Nuclei.from_label_map(read(tile)) for tile in tiles]


def paint(label_map: Map) -> NDArray[np.uint8]:
    """Write each nucleus in the colour of its number."""
    shifts = np.array([16, 8, 0])
    return ((label_map[..., None] >> shifts) & 255).astype(np.uint8)


def read(rgb: NDArray[np.uint8]) -> Map:
    """Read the numbers back."""
    r, g, b = np.moveaxis(rgb.astype(np.int64), -1, 0)
    return (r << 16) | (g << 8) | b


def discs(height: int, width: int, count: int, radius: int, seed: int = 0) -> Map:
    """Discs, some on others, each in one part."""
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width), np.int32)
    for number in range(1, count + 1):
        centre = rng.integers(0, [width, height]).tolist()
        cv2.circle(image, centre, int(rng.integers(2, radius + 1)), number, -1)
    return image.astype(np.int64)


def assert_same(nuclei: Nuclei, label_map: Map) -> None:
    """Each nucleus of the map was found once, to the pixel."""
    truth = CropMasks.from_crops(label_map_to_crops(label_map)[0])
    key = [box + mask for box, mask in _keys(nuclei.masks)]
    assert sorted(key) == sorted(box + mask for box, mask in _keys(truth))


def _keys(masks: CropMasks) -> list[tuple[bytes, bytes]]:
    return [
        (masks.boxes_xyxy[i].astype(np.int64).tobytes(), masks.crop_array(i).tobytes())
        for i in range(len(masks))
    ]


class Painting:
    """A label map, the image that an oracle reads it from, and how to check what was found."""

    def __init__(self, height: int, width: int, count: int, radius: int) -> None:
        self.label_map = discs(height, width, count, radius)
        self.rgb = paint(self.label_map)

    def check(self, nuclei: Nuclei) -> None:
        """Each nucleus was found once, to the pixel."""
        assert_same(nuclei, self.label_map)


class Sure:
    """Finds what is dark, and is surest of what has its diameter; of half and double it is not."""

    pixel_size, diameter = 0.25, 20.0

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def __call__(self, tiles: list[np.ndarray]) -> list[Nuclei]:
        self.seen += [tile.shape[:2] for tile in tiles]
        return [self.find(tile) for tile in tiles]

    def find(self, tile: np.ndarray) -> Nuclei:
        dark = (tile[..., 0] < 128).astype(np.uint8)
        crops = label_map_to_crops(cv2.connectedComponents(dark)[1])[0]
        found = Nuclei.of_crops(crops)
        off = [log2(max(area, 1) * 4 / np.pi / self.diameter**2) / 2 for area in found.areas]
        return Nuclei(crops, [(1 + exp(-(one**2) / 2)) / 2 for one in off], found.labels)


def dark_discs(diameter: float, size: tuple[int, int] = (600, 700)) -> Picture:
    """Dark discs on white, on a grid."""
    y, x = np.mgrid[: size[0], : size[1]]
    step = diameter * 1.8
    distance = np.hypot(x % step - step / 2, y % step - step / 2)
    image = np.where(distance < diameter / 2, 0, 255).astype(np.uint8)
    return Picture(np.repeat(image[..., None], 3, axis=2))


@pytest.fixture
def oracle() -> type[Oracle]:
    return Oracle


@pytest.fixture
def painting() -> type[Painting]:
    return Painting


@pytest.fixture
def sure() -> type[Sure]:
    return Sure


@pytest.fixture
def discs_of() -> Callable[..., Picture]:
    return dark_discs
