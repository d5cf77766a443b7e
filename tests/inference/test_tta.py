"""Views and models whose answers are averaged."""

import numpy as np
import pytest

from mmnuc.images import Picture
from mmnuc.inference.tiles import Tiling, segment_tiles
from mmnuc.inference.tta import Ensemble, NucleiTTA, probabilities_of
from mmnuc.ops.crops import from_bitmaps
from mmnuc.registry import MODELS
from mmnuc.structures import Nuclei


def test_an_oracle_sees_the_same_from_all_sides(oracle, painting) -> None:
    truth = painting(130, 170, 60, 9)
    model = NucleiTTA(oracle(stride=16))
    found = segment_tiles(Picture(truth.rgb), model, Tiling(64, 20))
    truth.check(found)
    assert found.scores.tolist() == [1.0] * len(found)
    assert model.stride == 16


def test_it_is_built_from_a_config(oracle) -> None:
    settings = dict(type='mmnuc.NucleiTTA', turns=False)
    model = MODELS.build(settings, default_args=dict(model=oracle()))
    assert len(model.augmentations) == 2


class Soft:
    """Sees one nucleus in three pixels; how sure it is depends on the side it looks from."""

    class_names = ('nucleus',)

    def __call__(self, _):
        raise AssertionError('views are averaged as probabilities')

    def probabilities(self, tiles, _scale=1.0):
        return [self.look(tile[0, :, 0]) for tile in tiles]

    def look(self, row: np.ndarray) -> Nuclei:
        first = row[0] == 1
        values = np.array([[[255, 250, 60] if first else [0, 250, 255]]], np.uint8)
        score = np.array([0.8 if first else 0.4], np.float32)
        return Nuclei.of_crops(from_bitmaps(values), score)


def test_views_are_averaged_as_probabilities() -> None:
    tile = np.repeat(np.array([[1, 2, 3]], np.uint8)[..., None], 3, axis=2)
    (found,) = NucleiTTA(Soft(), turns=False)([tile])
    # Seen from the right it is (255, 250, 0) from the left: the means are 255, 250 and 30.
    assert found.to_label_map().tolist() == [[1, 1, 0]]
    assert found.scores.tolist() == [pytest.approx(0.6)]


def test_scaled_views_need_a_network(oracle) -> None:
    with pytest.raises(ValueError, match='sees scaled tiles'):
        NucleiTTA(oracle(), scales=[1, 2])


def test_models_that_agree(oracle, painting) -> None:
    truth = painting(60, 80, 20, 8)
    model = Ensemble([oracle(stride=4), oracle(stride=6)])
    truth.check(segment_tiles(Picture(truth.rgb), model))
    assert model.stride == 12


def test_what_one_model_sees_counts_less(oracle, painting) -> None:
    truth = painting(40, 40, 1, 8)

    def blind(tiles):
        return [Nuclei.empty(*tile.shape[:2]) for tile in tiles]

    def score(weights):
        return Ensemble([oracle(), blind], weights)([truth.rgb])[0].scores.tolist()

    assert score(None) == [0.5]
    assert score([3, 1]) == [0.75]


def test_an_ensemble_of_views(oracle, painting) -> None:
    truth = painting(40, 50, 8, 8)
    model = Ensemble([NucleiTTA(oracle()), oracle()])
    truth.check(model([truth.rgb])[0])
    assert set(np.unique(probabilities_of(model, [truth.rgb])[0].crops.buffer)) <= {0, 255}


def test_faults() -> None:
    class Other(Soft):
        class_names = ('cell',)

    with pytest.raises(ValueError, match='needs models'):
        Ensemble([])
    with pytest.raises(ValueError, match='find different classes'):
        Ensemble([Soft(), Other()])
    with pytest.raises(ValueError, match='2 models need 2 weights'):
        Ensemble([Soft(), Soft()], [1])
