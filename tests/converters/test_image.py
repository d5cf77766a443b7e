"""Images are copied where they can be, made readable where they must be, refused when broken."""

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from mmnuc.converters.image import read_image
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, shape).astype(dtype)


@pytest.mark.parametrize('shape', [(20, 30), (20, 30, 3), (20, 30, 4)])
@pytest.mark.parametrize('suffix', ['png', 'tif', 'jpg', 'bmp'])
def test_eight_bits_are_copied_byte_for_byte(tree, shape: tuple[int, ...], suffix: str) -> None:
    pixels = noise(*shape)
    pixels[..., 3:] = 255
    tree.write(f'a.{suffix}', pixels)
    image = read_image(File(str(tree.root), f'a.{suffix}'))
    assert image.data == (tree.root / f'a.{suffix}').read_bytes()
    assert (image.height, image.width, image.suffix, image.change) == (20, 30, f'.{suffix}', '')


@pytest.mark.parametrize(
    ('suffix', 'dtype'), [('png', np.uint16), ('tif', np.uint16), ('tif', np.float32)]
)
def test_more_bits_are_stretched_over_eight(tree, suffix: str, dtype: type) -> None:
    ramp = np.linspace(1000, 3000, 10_000).reshape(100, 100).astype(dtype)
    tree.write(f'a.{suffix}', ramp)
    image = read_image(File(str(tree.root), f'a.{suffix}'))
    pixels = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (image.suffix, pixels.dtype, pixels.shape) == ('.png', np.uint8, (100, 100))
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert (
        abs(pixels.astype(float) - (ramp - 1000.0) / 2000 * 255).max() < 4
    )  # the edge does not count
    assert 'made an 8-bit PNG' in image.change
    assert ('float' in image.change) == (dtype == np.float32)


def test_what_is_seen_through_is_laid_over_white(tree) -> None:
    glass = np.dstack([noise(20, 30, 3), np.zeros((20, 30), np.uint8)])
    tree.write('a.png', glass)
    image = read_image(File(str(tree.root), 'a.png'))
    assert (cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR) == 255).all()
    assert image.change == (
        'made an 8-bit PNG: 30 x 20, RGB 8 bit, alpha over white, pixel size unknown'
    )


def test_one_value_in_many_bits_is_black(tree) -> None:
    tree.write('a.png', np.full((5, 5), 700, np.uint16))
    pixels = cv2.imdecode(
        np.frombuffer(read_image(File(str(tree.root), 'a.png')).data, np.uint8), -1
    )
    assert not pixels.any()


def test_equal_pixels_have_equal_digests_in_any_format(tree) -> None:
    for name in ('a.png', 'a.tif', 'a.bmp'):
        tree.write(name, noise(20, 30, 3))
    tree.write('b.png', noise(20, 30, 3) + np.uint8(1))
    digests = [read_image(File(str(tree.root), n)).digest for n in ('a.png', 'a.tif', 'a.bmp')]
    assert len(set(digests)) == 1
    assert read_image(File(str(tree.root), 'b.png')).digest != digests[0]


def test_a_turned_photograph_has_the_size_that_the_pipeline_sees(tree) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(noise(20, 30, 3)).save(tree.path('a.jpg'), exif=turned)
    image = read_image(File(str(tree.root), 'a.jpg'))
    assert cv2.imread(str(tree.root / 'a.jpg')).shape == (30, 20, 3)
    assert (image.height, image.width) == (30, 20)


@pytest.mark.parametrize('suffix', ['png', 'tif', 'jpg', 'bmp'])
@pytest.mark.parametrize('share', [0.0, 0.1, 0.6, 0.97])
def test_a_truncated_image_is_refused(tree, suffix: str, share: float) -> None:
    tree.write(f'a.{suffix}', noise(60, 60, 3))
    tree.truncate(f'a.{suffix}', share)
    with pytest.raises(SourceError) as caught:
        read_image(File(str(tree.root), f'a.{suffix}'))
    assert (caught.value.fault.kind, caught.value.fault.file) == ('unreadable', f'a.{suffix}')


def test_a_slide_that_begins_with_a_picture_is_no_picture(tree) -> None:
    """The file x.mrxs is a preview; the pixels lie in a folder beside it."""
    tree.write('a.jpg', noise(20, 30, 3))
    (tree.root / 'a.jpg').rename(tree.root / 'a.mrxs')
    for root in (tree.root, tree.zip()):
        with pytest.raises(SourceError, match='slide'):
            read_image(File(str(root), 'a.mrxs'))


def test_what_opencv_can_not_read_is_no_news(tree, capfd: pytest.CaptureFixture[str]) -> None:
    pixels = noise(20, 30, 5)
    tifffile.imwrite(
        tree.path('a.tif'),
        pixels,
        photometric='rgb',
        planarconfig='contig',
        extrasamples=['UNSPECIFIED'] * 2,
        metadata=None,
    )
    assert read_image(File(str(tree.root), 'a.tif')).change
    assert capfd.readouterr().err == ''
