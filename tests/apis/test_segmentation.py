"""From an image to its nuclei, with any model or the one that comes with the project."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import mmnuc
from mmnuc.apis import models
from mmnuc.apis.segmentation import segment
from mmnuc.errors import UserError
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
