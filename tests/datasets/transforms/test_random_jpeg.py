"""JPEG there and back: against Pillow, and what quality does."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from mmnuc.datasets.transforms.random_jpeg import RandomJPEG

NOISE = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
IMG = cv2.GaussianBlur(NOISE, (0, 0), 2)


def written(quality: int, img: np.ndarray = IMG) -> np.ndarray:
    """The image as JPEG of this quality gives it back."""
    return RandomJPEG(quality=(quality, quality), prob=1)({'img': img})['img']


@pytest.mark.parametrize('quality', [1, 30, 60, 90])
def test_is_pillows_jpeg(quality: int) -> None:
    file = io.BytesIO()
    Image.fromarray(IMG[..., ::-1]).save(file, 'JPEG', quality=quality, subsampling='4:2:0')
    expected = np.asarray(Image.open(file))[..., ::-1]
    # Builds of libjpeg round differently.
    assert np.abs(written(quality) - expected.astype(float)).mean() < 1


def test_less_quality_changes_more() -> None:
    errors = [np.abs(written(q) - IMG.astype(float)).mean() for q in (5, 30, 60, 95)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 2 * errors[-1]


@pytest.mark.parametrize('bgr', [(250, 20, 20), (20, 250, 20), (20, 20, 250), (128, 128, 128)])
def test_flat_colours_stay(bgr: tuple[int, int, int]) -> None:
    img = np.full((16, 16, 3), bgr, np.uint8)
    assert np.abs(written(90, img) - img.astype(float)).max() < 6


def test_both_ends_are_drawn() -> None:
    np.random.seed(0)  # noqa: NPY002 - the source of mmdet's transforms
    jpeg = RandomJPEG(quality=(30, 32), prob=1)
    seen = {jpeg({'img': IMG})['img'].tobytes() for _ in range(40)}
    assert seen == {written(quality).tobytes() for quality in (30, 31, 32)}
