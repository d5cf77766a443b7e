"""From an image to its nuclei, with any model or the one that comes with the project."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

import mmnuc
from mmnuc.apis import models
from mmnuc.apis.segmentation import find, segment
from mmnuc.errors import UserError
from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.structures import Nuclei


def halves(tiles: list[np.ndarray]) -> list[Nuclei]:
    """Two nuclei a tile, of scores 0.25 and 0.75."""
    label_map = np.array([[1, 1, 0, 2, 2]])
    return [Nuclei.from_label_map(label_map, scores=[0.25, 0.75]) for _ in tiles]


@pytest.fixture
def tile(tmp_path: Path) -> Path:
    path = tmp_path / 'tile.png'
    cv2.imwrite(str(path), np.full((64, 64, 3), 255, np.uint8))
    return path


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the models that were loaded, each a function in its place."""
    names: list[str] = []

    def load(name: str) -> object:
        names.append(name)
        return halves

    monkeypatch.setattr(models, 'load', load)
    models.pretrained.cache_clear()
    yield names
    models.pretrained.cache_clear()


def test_a_score_threshold() -> None:
    image = np.zeros((1, 5, 3), np.uint8)
    assert len(segment(image, halves)) == 2
    assert segment(image, halves, score_threshold=0.5).scores.tolist() == [0.75]
    assert len(segment(image, halves, score_threshold=0.75)) == 1


def test_models_of_the_project_are_loaded_once(loaded: list[str]) -> None:
    image = np.zeros((1, 5, 3), np.uint8)
    for model in (None, 'histology', 'fluorescence', None, 'fluorescence'):
        assert len(segment(image, model)) == 2
    assert loaded == ['histology', 'fluorescence']


def test_no_model_is_the_histology_model(tile: Path) -> None:
    assert mmnuc.segment is segment
    found = mmnuc.segment(tile)
    assert isinstance(found, Nuclei)
    assert (len(found), found.height, found.width) == (0, 64, 64)
    assert models.pretrained('histology') is models.pretrained('histology')


def test_a_model_that_the_project_does_not_have(tile: Path) -> None:
    with pytest.raises(UserError):
        segment(tile, 'geology')


class Discs:
    """Finds what is dark, and remembers what it saw; trained at 0.25 µm, on nuclei of 20 pixels."""

    pixel_size, diameter = 0.25, 20.0

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []
        self.finished: list[Nuclei] = []

    def __call__(self, tiles: list[np.ndarray]) -> list[Nuclei]:
        self.seen += [tile.shape[:2] for tile in tiles]
        dark = [(tile[..., 0] < 128).astype(np.uint8) for tile in tiles]
        return [Nuclei.from_label_map(cv2.connectedComponents(one)[1]) for one in dark]

    def finish(self, nuclei: Nuclei) -> Nuclei:
        self.finished.append(nuclei)
        return nuclei


def tissue(height: int, width: int, radius: int = 5) -> np.ndarray:
    """White, with dark discs on a grid."""
    image = np.full((height, width, 3), 255, np.uint8)
    for y in range(12, height - 8, 24):
        for x in range(12, width - 8, 24):
            cv2.circle(image, (x, y), radius, (0, 0, 0), -1)
    return image


@pytest.mark.parametrize('tile', [None, 64, 100])
def test_coarse_images_are_read_enlarged(tile: int | None) -> None:
    image, model = tissue(120, 96), Discs()
    truth = segment(image, Discs())
    found = find(image, model, pixel_size=0.5, tile=tile, overlap=None if tile is None else 50)
    assert found.scale.about == 'read at 0.25 µm: enlarged 2.0 times'
    assert (len(found.nuclei), found.nuclei.height, found.nuclei.width) == (len(truth), 120, 96)
    assert found.nuclei.pixel_size == PixelSize(0.5, 0.5)
    assert found.nuclei.areas.sum() == pytest.approx(truth.areas.sum(), rel=0.15)
    assert model.finished[0].height == 240
    assert model.finished[0].pixel_size == PixelSize(0.25, 0.25)
    assert max(model.seen[0]) == (240 if tile is None else tile)


def test_pixels_that_are_not_square() -> None:
    model = Discs()
    found = segment(tissue(96, 96), model, pixel_size=(0.5, 0.25))
    assert model.seen == [(96, 192)]
    assert (found.height, found.width, len(found)) == (96, 96, 16)
    assert found.pixel_size == PixelSize(0.5, 0.25)


def test_fine_images_are_read_shrunk() -> None:
    image = tissue(240, 240, 11)
    model = Discs()
    found = segment(image, model, pixel_size=0.125)
    assert model.seen == [(120, 120)]
    assert len(found) == len(segment(image, Discs()))
    assert (found.boxes_xyxy >= 0).all()
    assert (found.boxes_xyxy <= 240).all()


@pytest.mark.parametrize('size', [None, 0.25, 0.2521, 0.263, (0.25, 0.22)])
def test_nothing_changes_at_the_scale_of_the_model(size: float | tuple | None) -> None:
    image, model = tissue(96, 120), Discs()
    found = find(image, model, pixel_size=size)
    assert not found.scale.changes
    assert model.seen == [(96, 120)]
    assert np.array_equal(found.nuclei.crops.buffer, segment(image, Discs()).crops.buffer)


def test_the_diameter_sets_the_scale() -> None:
    model = Discs()
    found = find(tissue(96, 96), model, diameter=10, pixel_size=0.3)
    assert model.seen == [(192, 192)]
    assert found.nuclei.pixel_size == PixelSize(0.3, 0.3)
    assert find(tissue(96, 96), Discs(), diameter=20).scale.changes is False
    about = find(tissue(240, 240), Discs(), diameter='auto').scale.about
    assert about.startswith('nuclei of 10.2 pixels on 1 piece: enlarged')


def test_models_that_state_nothing_see_images_as_they_are() -> None:
    image = np.zeros((1, 5, 3), np.uint8)
    assert len(segment(image, halves, pixel_size=5.0)) == 2
    with pytest.raises(UserError, match='does not state the diameter'):
        segment(image, halves, diameter='auto')


def test_what_a_file_says_counts_unless_something_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / 'a.tif'
    resolution = dict(resolution=(20_000, 20_000), resolutionunit='CENTIMETER')
    tifffile.imwrite(path, tissue(96, 96), **resolution)
    assert find(path, Discs()).scale.x == 2
    assert find(path, Discs(), pixel_size=0.25).scale.x == 1
    options = ReadOptions(pixel_size=PixelSize(1.0, 1.0))
    assert find(path, Discs(), reading=options).scale.x == 4


def test_the_models_of_the_project_state_their_scale() -> None:
    histology, fluorescence = models.load('histology'), models.load('fluorescence')
    assert (histology.pixel_size, histology.diameter) == (0.25, 20.0)
    assert (fluorescence.pixel_size, fluorescence.diameter) == (None, 18.5)
