"""Values become 8 bits by one rule: no unit counts, no nucleus is lost, noise stays dark."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from mmnuc.errors import UserError
from mmnuc.images import ReadOptions, open_image, read_image
from mmnuc.images.values import Scale, find_scale, scale_by_type

RNG = np.random.default_rng(0)
YY, XX = np.mgrid[:128, :128]


def field(nuclei: int, sigma: float = 8, top: float = 4000) -> np.ndarray:
    """A dark field of camera noise with some nuclei."""
    pixels = np.random.default_rng(1).normal(100, sigma, (128, 128))
    for number in range(nuclei):
        y, x = 20 + number // 4 * 30, 20 + number % 4 * 30
        pixels += (((YY - y) / 8) ** 2 + ((XX - x) / 7) ** 2 < 1) * top
    return pixels


FACTORS = st.floats(1e-30, 1e30, allow_nan=False)


@settings(max_examples=30, deadline=None)
@given(factor=FACTORS, nuclei=st.integers(0, 3), colored=st.booleans())
def test_no_factor_changes_a_picture(factor: float, nuclei: int, colored: bool) -> None:
    pixels = field(nuclei)
    if colored:
        pixels = np.dstack([pixels, pixels / 2, pixels / 3])
    before, after = read_image(pixels).astype(int), read_image(pixels * factor)
    assert np.abs(before - after).max() <= 1
    assert (before != after).mean() < 0.001


@pytest.mark.parametrize('power', [-100, -30, -1, 1, 30, 100])
def test_a_power_of_two_changes_no_digit(power: int) -> None:
    pixels = field(2)
    assert np.array_equal(read_image(pixels), read_image(pixels * 2.0**power))


@pytest.mark.parametrize('kind', [np.uint16, np.int16, np.uint32, np.int32, np.int64, np.float32])
def test_no_type_changes_a_picture(kind: type) -> None:
    pixels = field(2).round()
    assert np.array_equal(read_image(pixels.astype(kind)), read_image(pixels))


NOISE = {
    'white': RNG.normal(100, 8, (256, 256)),
    'of few photons': RNG.poisson(4, (256, 256)),
    'of very few photons': RNG.poisson(0.05, (256, 256)),
    'blurred': gaussian_filter(RNG.normal(1000, 100, (256, 256)), 1),
    'blurred more': gaussian_filter(RNG.normal(1000, 100, (256, 256)), 1.5),
    'shaded': RNG.normal(100, 4, (256, 256)) + np.linspace(0, 15, 256),
    'within black': np.pad(RNG.normal(1000, 8, (128, 256)), ((64, 64), (0, 0))) * [[1.0]],
}


@pytest.mark.parametrize('noise', [v for k, v in NOISE.items() if k != 'within black'])
@pytest.mark.parametrize('kind', [np.uint16, np.float32])
def test_noise_stays_dark(noise: np.ndarray, kind: type) -> None:
    seen = read_image(noise.astype(kind))
    assert seen.std() < 4
    assert seen.mean() < 40


def test_noise_of_a_mosaic_with_black_around_is_not_stretched() -> None:
    seen = read_image(NOISE['within black'].astype(np.uint16))
    assert seen[64:192].std() < 6


@pytest.mark.parametrize('nuclei', [1, 2, 12])
def test_nuclei_are_bright_however_few(nuclei: int) -> None:
    seen = read_image(field(nuclei).astype(np.uint16))[..., 0]
    inside = ((YY - 20) / 8) ** 2 + ((XX - 20) / 7) ** 2 < 0.8
    assert seen[inside].min() > 240
    assert seen[100:, 110:].max() < 10


def test_a_hot_pixel_does_not_count() -> None:
    pixels = field(2).astype(np.uint16)
    hot = pixels.copy()
    hot[70:72, 100], hot[0, 0] = 65535, 65535
    cold = hot.copy()
    cold[90, 90] = 0
    want = read_image(pixels)
    elsewhere = want != 0
    elsewhere[70:72, 100] = elsewhere[0, 0] = False
    assert np.array_equal(read_image(hot)[elsewhere], want[elsewhere])
    assert np.array_equal(read_image(cold)[elsewhere], want[elsewhere])


def test_a_picture_without_noise_is_shown_whole() -> None:
    pixels = np.zeros((128, 128), np.float32)
    pixels[20:34, 20:34] = 0.3
    seen = read_image(pixels)
    assert set(np.unique(seen)) == {0, 255}


def test_colours_keep_their_hue_and_their_white() -> None:
    tissue = np.dstack([field(3, 2, -60), field(3, 2, -90), field(3, 2, -30)])
    seen = read_image(tissue.astype(np.float32) / 300).astype(float)
    glass, nucleus = seen[110, 110], seen[20, 20]
    assert (glass > 195).all()
    assert np.allclose(nucleus / nucleus[2], np.array([40, 10, 70]) / 70, atol=0.15)


CONSTANT = {'grey': (np.full((9, 9), 700.0), 0), 'colour': (np.full((9, 9, 3), 700.0), 255)}


@pytest.mark.parametrize(('pixels', 'want'), CONSTANT.values(), ids=CONSTANT)
def test_one_value_everywhere(pixels: np.ndarray, want: int) -> None:
    assert (read_image(pixels) == want).all()
    assert (read_image(pixels * 0) == 0).all()


@pytest.mark.parametrize('bits', [1, 2, 3, 4, 7])
def test_few_bits_are_spread_evenly(bits: int) -> None:
    scale = scale_by_type(np.dtype(np.uint8), bits)
    assert scale is not None
    assert scale(np.array([0, 2**bits - 1])).tolist() == [0, 255]


def test_eight_bits_have_no_scale() -> None:
    assert scale_by_type(np.dtype(np.uint8)) is None
    assert scale_by_type(np.dtype(np.uint16), 12) is None


@pytest.mark.parametrize('kind', [np.uint8, np.int8, np.uint16, np.int16])
def test_the_table_of_small_types_is_the_formula(kind: type) -> None:
    info = np.iinfo(kind)
    many = RNG.integers(info.min, info.max, 70_000, dtype=kind, endpoint=True)
    scale = Scale(info.min / 3 - 1, info.max / 2)
    assert np.array_equal(scale(many), np.concatenate([scale(many[:9]), scale(many[9:])[0:]])[0:])
    assert np.array_equal(scale(many), scale(many.astype(np.float64)))


BAD = {
    'NaN': (np.array([[[0.5], [np.nan]]]), 'has 1 values that are NaN'),
    'infinity': (np.array([[[np.inf], [1]]]), 'NaN or infinite'),
    'complex': (np.zeros((2, 2, 1), complex), 'complex128, which are no pixels'),
}


@pytest.mark.parametrize(('pixels', 'words'), BAD.values(), ids=BAD)
def test_what_has_no_scale(pixels: np.ndarray, words: str) -> None:
    with pytest.raises(UserError, match=f'a tile .*{words}'):
        find_scale([pixels], colored=False, name='a tile')


def test_nothing_at_all_has_a_scale_of_nothing() -> None:
    assert find_scale([], colored=False, name='a tile') == Scale(0.0, 0.0)


@pytest.mark.parametrize('top', [5e-324, 1e-310, 1e300, 1.7e308])
def test_values_at_the_ends_of_floats(top: float) -> None:
    pixels = np.zeros((64, 64))
    pixels[20:40, 20:40] = top
    assert set(np.unique(read_image(pixels))) == {0, 255}


@pytest.mark.parametrize('row', [0, -1], ids=['first', 'last'])
@pytest.mark.parametrize('axis', [0, 1])
def test_a_row_at_the_edge_that_a_camera_leaves_unread_does_not_count(row: int, axis: int) -> None:
    pixels = field(3).astype(np.uint16)
    broken = pixels.copy()
    broken.swapaxes(0, axis)[row] = 65535
    inside = slice(1, -1)
    assert np.array_equal(read_image(broken)[inside, inside], read_image(pixels)[inside, inside])


UNEVEN = {
    'vignette': 300 * np.exp(-((YY - 64) ** 2 + (XX - 64) ** 2) / 2 / 50**2),
    'a bright corner': 300 * np.exp(-(YY**2 + XX**2) / 2 / 60**2),
    'slope': 2.0 * XX,
}


@pytest.mark.parametrize('light', UNEVEN.values(), ids=UNEVEN)
def test_an_empty_field_of_uneven_light_stays_dark(light: np.ndarray) -> None:
    noise = np.random.default_rng(3).normal(500, 6, light.shape)
    assert read_image((noise + light).astype(np.uint16)).max() < 80
    one = noise + light + (((YY - 90) / 8) ** 2 + ((XX - 90) / 7) ** 2 < 1) * 3000
    assert read_image(one.astype(np.uint16))[90, 90, 0] > 230


@pytest.mark.filterwarnings('error')
def test_a_range_narrower_than_floats_tell_apart() -> None:
    seen = read_image(np.array([[0, 9]], np.uint8), ReadOptions(value_range=(1e-320, 2e-320)))
    assert seen[0, :, 0].tolist() == [0, 255]


def test_long_numbers_are_said_shortly() -> None:
    pixels = field(2) * 1e300
    assert len(open_image(pixels, name='a.tif').description) < 100


@pytest.mark.parametrize('side', [30, 300], ids=['small', 'large'])
@pytest.mark.parametrize('kind', ['u2', 'i2', 'u4', 'i4', 'u8', 'f4', 'f8'])
def test_the_order_of_bytes_does_not_count(tmp_path: Path, side: int, kind: str) -> None:
    pixels = RNG.integers(0, 3000, (side, side))
    pixels[5:15, 5:15] = 9000
    want = read_image(pixels.astype(f'<{kind}'))
    swapped = pixels.astype(f'>{kind}')
    np.save(tmp_path / 'a.npy', swapped)
    tifffile.imwrite(tmp_path / 'a.tif', pixels.astype(kind), byteorder='>', metadata=None)
    for source in (swapped, tmp_path / 'a.npy', tmp_path / 'a.tif'):
        assert np.array_equal(read_image(source), want)
