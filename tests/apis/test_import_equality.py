"""Imported weights compute what they computed in their own framework, on recorded values."""

import importlib.util
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import bbox2roi
from torchvision.models.detection.roi_heads import paste_masks_in_image

from mmnuc.apis.model_zoo.import_weights import import_weights
from mmnuc.engine.checkpoints.network import load_network
from mmnuc.engine.config import read_config
from mmnuc.structures import CropMasks

CLOSE = 1e-4  # relative to the largest value of an array
OPTIONS = {
    'model.test_cfg.rcnn.score_thr': 0.0,
    'model.test_cfg.rcnn.max_per_img': 30,
}


@dataclass(frozen=True)
class Case:
    """One source model and what it computed."""

    name: str
    features: tuple[str, ...]
    classes: tuple[int, ...]  # rows of its classifier in the order of ours
    masks: tuple[int, ...]  # channels of ours that were recorded
    background_first: bool


D2 = Case('d2_r50', ('p2', 'p3', 'p4', 'p5', 'p6'), tuple(range(81)), (0, 1), False)
TV = Case('tv_r50', ('0', '1', '2', '3', 'pool'), (1, 0), (0,), True)


@dataclass(frozen=True)
class Both:
    """What was recorded, and what the imported network computes."""

    case: Case
    recorded: dict[str, np.ndarray]
    network: torch.nn.Module
    inputs: torch.Tensor
    features: tuple[torch.Tensor, ...]
    samples: list[DetDataSample]

    def close(self, name: str, found: Any) -> None:
        """Compare an array with the one that was recorded."""
        expected = self.recorded[name]
        found = np.asarray(found).reshape(expected.shape)
        assert np.abs(found - expected).max() <= CLOSE * np.abs(expected).max(), name


@pytest.fixture(scope='module')
def fill(shared: Path) -> ModuleType:
    """The module that makes weights from names."""
    file = shared / 'oracles' / 'fill.py'
    if not file.is_file():
        pytest.skip('needs the recorded outputs of other frameworks in shared/oracles')
    spec = importlib.util.spec_from_file_location('fill', file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module', params=[D2, TV], ids=lambda case: case.name)
def both(
    request: pytest.FixtureRequest,
    shared: Path,
    fill: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Both:
    """Write the source's file, import it, and run its network on the image."""
    case, folder = request.param, tmp_path_factory.mktemp('imported')
    names = json.loads((shared / 'oracles' / f'{case.name}_names.json').read_text())
    weights = {name: fill.weight_for(name, tuple(shape)) for name, shape in names.items()}
    source = folder / ('source.pth' if case.background_first else 'source.pkl')
    if case.background_first:
        torch.save({name: torch.from_numpy(value) for name, value in weights.items()}, source)
    else:
        source.write_bytes(pickle.dumps({'model': weights, '__author__': 'someone'}))
    written = import_weights(source, folder / 'imported.pth')
    cfg = read_config(written.config, OPTIONS)
    network = load_network(cfg, written.checkpoint)
    with np.load(shared / 'oracles' / f'{case.name}.npz') as file:
        recorded = dict(file)
    return run(case, recorded, network, fill.test_image())


@torch.no_grad()
def run(
    case: Case, recorded: dict[str, np.ndarray], network: torch.nn.Module, image: np.ndarray
) -> Both:
    blue_first = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)
    sample = DetDataSample()
    size = image.shape[:2]
    sample.set_metainfo(
        dict(img_shape=size, ori_shape=size, scale_factor=(1.0, 1.0), img_id=1, img_path='')
    )
    data = network.data_preprocessor(dict(inputs=[blue_first], data_samples=[sample]))
    features = network.extract_feat(data['inputs'])
    samples = network.predict(data['inputs'], data['data_samples'])
    return Both(case, recorded, network, data['inputs'], features, samples)


@torch.no_grad()
def test_features(both: Both) -> None:
    assert len(both.features) == len(both.case.features)
    for name, level in zip(both.case.features, both.features, strict=True):
        both.close(f'feature_{name}', level[0].flatten()[::97])


@torch.no_grad()
def test_proposals_before_suppression(both: Both) -> None:
    for i, (logits, deltas) in enumerate(zip(*both.network.rpn_head(both.features), strict=True)):
        both.close(f'rpn_logits_{i}', logits[0].flatten()[::13])
        both.close(f'rpn_deltas_{i}', deltas[0].flatten()[::29])


@torch.no_grad()
def test_boxes(both: Both) -> None:
    head, case = both.network.roi_head, both.case
    rois = bbox2roi([torch.from_numpy(both.recorded['boxes'])])
    pooled = head.bbox_roi_extractor(both.features[:4], rois)
    logits, deltas = head.bbox_head(pooled)
    order = np.argsort(case.classes)
    both.close('cls_logits', logits.numpy()[:, order])
    recorded = both.recorded['box_deltas']
    if case.background_first:  # the boxes of the background, which nothing reads
        recorded = recorded[:, 4:]
    assert np.abs(deltas.numpy() - recorded).max() <= CLOSE * np.abs(recorded).max()


@torch.no_grad()
def test_masks(both: Both) -> None:
    head, case = both.network.roi_head, both.case
    rois = bbox2roi([torch.from_numpy(both.recorded['boxes'])])
    logits = head.mask_head(head.mask_roi_extractor(both.features[:4], rois)).numpy()
    recorded = (
        both.recorded['mask_logits'][:, 1:]
        if case.background_first
        else both.recorded['mask_logits']
    )
    found = logits[:, list(case.masks)]
    assert found.shape == recorded.shape
    assert np.abs(found - recorded).max() <= CLOSE * np.abs(recorded).max()


def test_detections_one_to_one(both: Both) -> None:
    found, recorded = both.samples[0].pred_instances, both.recorded
    first = int(both.case.background_first)
    assert found.labels.tolist() == (recorded['det_classes'] - first).tolist()
    np.testing.assert_allclose(found.scores, recorded['det_scores'], rtol=CLOSE)
    np.testing.assert_allclose(found.bboxes, recorded['det_boxes'], atol=CLOSE * 256)


@torch.no_grad()
def test_areas_of_masks(both: Both) -> None:
    """mmdet pastes a mask as Detectron2 does; torchvision first moves its box to whole pixels."""
    found, recorded = both.samples[0].pred_instances, both.recorded['det_mask_area']
    masks = found.masks
    areas = masks.areas if isinstance(masks, CropMasks) else masks.sum((1, 2)).numpy()
    if both.case.background_first:
        head = both.network.roi_head
        rois = bbox2roi([found.bboxes])
        logits = head.mask_head(head.mask_roi_extractor(both.features[:4], rois))
        pasted = paste_masks_in_image(logits.sigmoid(), found.bboxes, both.inputs.shape[2:])
        areas = (pasted[:, 0] > 0.5).sum((1, 2)).numpy()
    assert np.array_equal(areas, recorded)
