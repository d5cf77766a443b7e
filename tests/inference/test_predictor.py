"""A network as a function of tiles, with a network whose answers are known."""

from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData

from mmnuc.inference.predictor import Predictor
from mmnuc.structures import CropMasks

PIPELINE = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmdet.PackDetInputs', meta_keys=('ori_shape', 'img_shape', 'scale_factor')),
]


class Stub(torch.nn.Module):
    """Finds one nucleus in the upper left quarter of each image, and notes its settings."""

    def __init__(self) -> None:
        super().__init__()
        self.roi_head = torch.nn.Module()
        self.roi_head.test_cfg = ConfigDict(mask_thr_binary=0.5, score_thr=0.05)
        self.seen: list[tuple[Any, ...]] = []

    def data_preprocessor(self, batch: dict[str, Any], training: bool) -> dict[str, Any]:
        assert not training
        return batch

    def forward(self, data_samples: list[Any], mode: str, **_: Any) -> list[DetDataSample]:
        assert mode == 'predict'
        settings = self.roi_head.test_cfg
        self.seen += [
            (sample.img_shape, settings.mask_thr_binary, settings.score_thr)
            for sample in data_samples
        ]
        return [self._answer(sample.ori_shape) for sample in data_samples]

    def _answer(self, size: tuple[int, int]) -> DetDataSample:
        mask = np.zeros((1, *size), np.uint8)
        mask[:, : size[0] // 2, : size[1] // 2] = 1
        found = dict(masks=CropMasks.from_bitmaps(mask), scores=torch.tensor([0.5]))
        return DetDataSample(pred_instances=InstanceData(**found, labels=torch.tensor([0])))


@pytest.fixture
def predictor() -> Predictor:
    return Predictor(Stub(), PIPELINE, ['nucleus'])


def tile(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def test_each_tile_gets_its_nuclei(predictor: Predictor) -> None:
    found = predictor([tile(8, 12), tile(6, 6)])
    assert [(n.height, n.width, n.areas.tolist()) for n in found] == [(8, 12, [24]), (6, 6, [9])]
    assert predictor([]) == []


def test_probabilities_are_asked_for_one_call_only(predictor: Predictor) -> None:
    predictor.probabilities([tile(8, 8)])
    predictor([tile(8, 8)])
    assert [settings for _, *settings in predictor.network.seen] == [[-1, 0.05], [0.5, 0.05]]


def test_a_scaled_tile_is_seen_larger_and_answered_in_its_own_size(predictor: Predictor) -> None:
    (found,) = predictor.probabilities([tile(8, 12)], scale=1.5)
    assert predictor.network.seen[0][0] == (12, 18)
    assert (found.height, found.width) == (8, 12)


def test_a_limit_on_scores_holds_for_a_while(predictor: Predictor) -> None:
    with predictor.above(0.25):
        predictor([tile(8, 8)])
    with predictor.above(0.01):  # the network's own limit is higher
        predictor([tile(8, 8)])
    below, own = (score for *_, score in predictor.network.seen)
    assert below == np.nextafter(np.float32(0.25), np.float32(0))
    assert own == predictor.network.roi_head.test_cfg.score_thr == 0.05


@pytest.mark.parametrize(
    'bad', [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32), tile(0, 8)]
)
def test_what_is_no_tile(predictor: Predictor, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match='a tile must be an RGB image'):
        predictor([bad])


def test_a_network_without_masks(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = DetDataSample(pred_instances=InstanceData(bboxes=torch.zeros(1, 4)))
    monkeypatch.setattr(Stub, '_answer', lambda *_: boxes)
    with pytest.raises(ValueError, match='predicts no masks'):
        predictor([tile(8, 8)])
