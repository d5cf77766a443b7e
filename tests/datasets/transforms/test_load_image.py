"""An image that can't be loaded is named."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmnuc.datasets.transforms import LoadNucleiImage
from mmnuc.errors import UserError


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


@pytest.mark.parametrize('suffix', ['.png', '.tif', '.bmp'])
def test_image_and_its_size(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    cv2.imwrite(str(path), picture)
    results = LoadNucleiImage()(dict(img_path=str(path), height=20, width=30))
    assert np.array_equal(results['img'], picture)
    assert results['img_shape'] == results['ori_shape'] == (20, 30)
    assert results['scale_factor'] == (1.0, 1.0)


def test_grey_image_gets_three_channels(tmp_path: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / 'a.png'), picture[..., 0])
    results = LoadNucleiImage()(dict(img_path=str(tmp_path / 'a.png')))
    assert np.array_equal(results['img'], picture[..., :1].repeat(3, 2))


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.tif', '.bmp'])
@pytest.mark.parametrize('cut', [100, 300])
def test_truncated_image(tmp_path: Path, picture: np.ndarray, suffix: str, cut: int) -> None:
    path = tmp_path / f'a{suffix}'
    cv2.imwrite(str(path), picture)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(UserError, match=f'cannot read image {path}: '):
        LoadNucleiImage()(dict(img_path=str(path)))


def test_empty_missing_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / 'empty.png').touch()
    (tmp_path / 'text.png').write_text('not an image')
    for name in ('empty.png', 'text.png', 'missing.png'):
        with pytest.raises(UserError, match=f'cannot read image {tmp_path / name}: '):
            LoadNucleiImage()(dict(img_path=str(tmp_path / name)))


def test_another_size_than_the_annotations(tmp_path: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / 'a.png'), picture)
    with pytest.raises(UserError, match='has 30 x 20 pixels, but its annotation file says 20 x 30'):
        LoadNucleiImage()(dict(img_path=str(tmp_path / 'a.png'), height=30, width=20))
