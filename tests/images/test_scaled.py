"""Images seen larger or smaller: pieces are those of the whole, which is what others make."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.resampling import METHODS, axis_of, resample
from mmnuc.images.scaled import ScaledImage, scale_image

PILLOW = {
    'bilinear': Image.Resampling.BILINEAR,
    'bicubic': Image.Resampling.BICUBIC,
    'lanczos': Image.Resampling.LANCZOS,
}


class Pyramid:
    """An image in memory with levels, which counts what is read of each."""

    def __init__(self, rgb: np.ndarray, *more: np.ndarray) -> None:
        self.rgbs = [rgb, *more]
        self.height, self.width = rgb.shape[:2]
        self.levels = tuple(level.shape[:2] for level in self.rgbs)
        self.pixel_size = PixelSize(0.5, 0.25, 'a test')
        self.description = 'a test'
        self.boxes: list[tuple[int, ...]] = []
        self.is_closed = False

    def read(self, x1: int, y1: int, x2: int, y2: int, *, level: int = 0) -> np.ndarray:
        height, width = self.levels[level]
        assert 0 <= x1 <= x2 <= width
        assert 0 <= y1 <= y2 <= height
        self.boxes.append((level, x1, y1, x2, y2))
        return self.rgbs[level][y1:y2, x1:x2]

    def close(self) -> None:
        self.is_closed = True


def noise(height: int, width: int, blur: float = 0) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(pixels, (0, 0), blur) if blur else pixels


def whole(image: ScaledImage) -> np.ndarray:
    return image.read(0, 0, image.width, image.height)


FACTORS = st.one_of(st.floats(0.1, 4), st.sampled_from([0.25, 0.5, 2, 3, 4, 0.499 / 0.25]))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    FACTORS,
    FACTORS,
    st.sampled_from(METHODS),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_tiles_of_any_size_are_the_whole(
    size_hw: tuple[int, int], fx: float, fy: float, method: str, tile_hw: tuple[int, int]
) -> None:
    image = ScaledImage(Pyramid(noise(*size_hw)), fx, fy, method)
    rows = [
        np.concatenate(
            [
                image.read(
                    x, y, min(x + tile_hw[1], image.width), min(y + tile_hw[0], image.height)
                )
                for x in range(0, image.width, tile_hw[1])
            ],
            axis=1,
        )
        for y in range(0, image.height, tile_hw[0])
    ]
    assert np.array_equal(np.concatenate(rows), whole(image))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_box_is_a_part_of_the_whole(data: st.DataObject) -> None:
    fx, fy = data.draw(FACTORS), data.draw(FACTORS)
    image = ScaledImage(Pyramid(noise(50, 60), noise(25, 30), noise(12, 15)), fx, fy)
    x1, x2 = sorted(data.draw(st.tuples(*[st.integers(0, image.width)] * 2)))
    y1, y2 = sorted(data.draw(st.tuples(*[st.integers(0, image.height)] * 2)))
    box = image.read(x1, y1, x2, y2)
    assert box.shape == (y2 - y1, x2 - x1, 3)
    assert np.array_equal(box, whole(image)[y1:y2, x1:x2])


@pytest.mark.parametrize('factor', [2, 1.37, 3, 1.996])
def test_bicubic_enlarges_as_opencv(factor: float) -> None:
    pixels = noise(120, 100, blur=1)
    image = ScaledImage(Pyramid(pixels), factor)
    how = {'interpolation': cv2.INTER_CUBIC}
    want = cv2.resize(pixels, (image.width, image.height), **how).astype(int)
    assert np.abs(whole(image) - want).max() <= 1


AS_PILLOW = [(method, factor) for method in METHODS for factor in (0.29, 0.5)]
AS_PILLOW += [(method, factor) for method in ('bilinear', 'lanczos') for factor in (1.37, 2)]


@pytest.mark.parametrize(('method', 'factor'), AS_PILLOW)
def test_it_is_what_pillow_makes(method: str, factor: float) -> None:
    pixels = noise(120, 100, blur=1)
    image = ScaledImage(Pyramid(pixels), factor, factor, method)
    size_wh = (image.width, image.height)
    want = np.asarray(Image.fromarray(pixels).resize(size_wh, PILLOW[method])).astype(int)
    # Beyond the edge pixels repeat here, and count for nothing there.
    inner = slice(7, -7)
    assert np.abs(whole(image) - want)[inner, inner].max() <= 1


def test_a_plain_area_keeps_its_colour_and_steps_stay_in_range() -> None:
    plain = np.broadcast_to(np.array([3, 128, 254], np.uint8), (40, 40, 3))
    edge = np.zeros((40, 40, 3), np.uint8)
    edge[:, 20:] = 255
    for method in METHODS:
        for factor in (0.11, 0.5, 0.73, 1.9, 2, 7):
            scaled = whole(ScaledImage(Pyramid(plain), factor, factor, method))
            assert (scaled == [3, 128, 254]).all()
            middle = whole(ScaledImage(Pyramid(edge), factor, factor, method))[:, :, 0]
            assert (middle[:, 0] == 0).all()
            assert (middle[:, -1] == 255).all()


def test_a_ramp_stays_where_it_is() -> None:
    """Places are those of the edges, not of the centres of corner pixels: nothing moves."""
    ramp = np.broadcast_to(np.arange(100, dtype=np.uint8)[None, :, None], (8, 100, 3))
    for factor in (0.25, 0.5, 2, 4):
        scaled = whole(ScaledImage(Pyramid(ramp), factor))[4 if factor > 1 else 1, :, 0]
        want = (np.arange(len(scaled)) + 0.5) / factor - 0.5
        inner = slice(len(scaled) // 5, -len(scaled) // 5)
        assert np.abs(scaled - want)[inner].max() <= 0.5


def test_only_what_is_needed_is_read() -> None:
    pyramid = Pyramid(noise(400, 600))
    scale_image(pyramid, 2).read(200, 100, 300, 160)
    assert pyramid.boxes == [(0, 98, 48, 152, 82)]


def test_the_nearest_larger_level_is_read() -> None:
    levels = noise(401, 601), noise(200, 300), noise(100, 150)
    want = {1.5: 0, 0.7: 0, 0.51: 0, 0.5: 1, 0.49: 1, 0.3: 1, 0.2: 2, 0.1: 2}
    for factor, level in want.items():
        pyramid = Pyramid(*levels)
        whole(ScaledImage(pyramid, factor))
        assert [box[0] for box in pyramid.boxes] == [level]


def test_a_level_shows_what_full_resolution_shows() -> None:
    full = noise(403, 603, blur=6)
    half = cv2.resize(full[:402, :602], (301, 201), interpolation=cv2.INTER_AREA)
    plain, pyramid = ScaledImage(Pyramid(full), 0.3), ScaledImage(Pyramid(full, half), 0.3)
    difference = np.abs(whole(plain).astype(int) - whole(pyramid))
    assert difference[2:-2, 2:-2].max() <= 2


def test_sizes() -> None:
    image = scale_image(Pyramid(noise(99, 50)), 2, 0.5)
    assert (image.height, image.width) == (50, 100)
    assert (image.factor_x, image.factor_y) == (2, 50 / 99)
    assert image.pixel_size == PixelSize(0.25, 0.25 * 99 / 50)
    assert image.description == 'a test'
    image.close()
    assert image.image.is_closed
    assert scale_image(np.zeros((1, 1)).view(Unsized), 3).pixel_size is None


class Unsized(np.ndarray):
    """Something with a height and a width alone."""

    height = width = 5


def test_no_change_is_the_image_itself() -> None:
    pyramid = Pyramid(noise(99, 50))
    assert scale_image(pyramid, 1) is pyramid
    assert scale_image(pyramid, 1.001, 0.999) is pyramid
    assert scale_image(pyramid, 1, 2) is not pyramid


def test_never_smaller_than_a_pixel() -> None:
    assert whole(ScaledImage(Pyramid(noise(3, 90)), 0.05)).shape == (1, 4, 3)


def test_threads_share_it() -> None:
    image = ScaledImage(Pyramid(noise(100, 100)), 2)
    want = whole(image)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda y: image.read(0, y, 200, y + 10), range(0, 200, 10)))
    assert np.array_equal(np.concatenate(rows), want)


@pytest.mark.parametrize('factor', [0, -1, float('nan'), float('inf'), 1e-3, 100])
def test_bad_factors(factor: float) -> None:
    with pytest.raises(ValueError, match='scaled by 1/64 to 64, not by'):
        ScaledImage(Pyramid(noise(9, 9)), factor)


def test_bad_methods() -> None:
    with pytest.raises(ValueError, match='methods are bilinear, bicubic, lanczos, not area'):
        ScaledImage(Pyramid(noise(9, 9)), 2, method='area')


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(1 / 64, 64), st.sampled_from(METHODS))
def test_weights(start: int, step: float, method: str) -> None:
    axis = axis_of(start, start + 5, 10**9, step, method)
    assert (axis.weights.sum(axis=1, dtype=int) == 2**14).all()
    assert 0 <= axis.first < axis.end <= 10**9


def test_extremes_do_not_overflow() -> None:
    stripes = np.zeros((60, 60, 3), np.uint8)
    stripes[(np.indices((60, 60)).sum(axis=0) // 2) % 2 == 0] = 255
    for method in METHODS:
        x = axis_of(0, 300, 60, 0.2, method)
        got = resample(stripes, x, x).astype(int)
        weights = np.zeros((300, 60))
        np.add.at(weights, (np.arange(300)[:, None], x.places), x.weights / 2**14)
        want = np.einsum('yi,ijc,xj->yxc', weights, stripes, weights, optimize=True)
        assert np.abs(got - want.clip(0, 255)).max() <= 1
