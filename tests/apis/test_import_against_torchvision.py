"""Imported weights against torchvision itself: deep backbones, sides that no stride divides."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

from mmnuc.apis.model_zoo.import_weights import fitting_config
from mmnuc.model_converters import child_config, translate

SIZE = (200, 300)  # torchvision pads it to 224 x 320 and has 4 x 5 places on the coarsest level
COUNT = 20
LAST = ('cls_score', 'bbox_pred', 'cls_logits')


def filled(model: nn.Module) -> nn.Module:
    """Give a network weights under which neither features nor scores run away."""
    random = torch.Generator().manual_seed(0)
    for name, value in model.state_dict().items():
        if name.endswith('running_var'):
            value.uniform_(0.5, 1.5, generator=random)
        elif name.endswith(('bias', 'running_mean')):
            value.normal_(0, 0.05, generator=random)
        elif value.ndim == 1:
            value.uniform_(0.2, 0.6, generator=random)
        elif value.ndim > 1:
            gain = 0.05 if any(part in name for part in LAST) else 1.0
            value.normal_(0, gain * (2 / value[0].numel()) ** 0.5, generator=random)
    return model.eval()


def image() -> np.ndarray:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    waves = [np.sin(x / 9) * np.cos(y / 13), np.sin((x + y) / 17), np.cos(x / 23 - y / 7)]
    return (128 + 100 * np.stack(waves, -1)).astype(np.uint8)


def imported(state: dict[str, torch.Tensor], config: Path) -> nn.Module:
    """The network that an import describes, with its weights."""
    found = translate({name: value.numpy() for name, value in state.items()})
    config.write_text(child_config(found, str(fitting_config(found)), 'a.pth', whole=True))
    cfg = Config.fromfile(config)
    cfg.model.test_cfg.rcnn.update(score_thr=0.0, max_per_img=COUNT)
    init_default_scope('mmdet')
    network = MODELS.build(cfg.model)
    network.load_state_dict({name: torch.tensor(value) for name, value in found.state.items()})
    return network.eval()


def predicted(network: nn.Module, rgb: np.ndarray) -> DetDataSample:
    sample = DetDataSample()
    sample.set_metainfo(dict(img_shape=SIZE, ori_shape=SIZE, scale_factor=(1.0, 1.0)))
    blue_first = torch.from_numpy(rgb[..., ::-1].copy()).permute(2, 0, 1)
    data = network.data_preprocessor(dict(inputs=[blue_first], data_samples=[sample]))
    return network.predict(data['inputs'], data['data_samples'])[0]


@torch.no_grad()
@pytest.mark.parametrize('backbone', ['resnet101', 'resnext101_32x8d'])
def test_the_same_detections(tmp_path: Path, backbone: str) -> None:
    theirs = filled(
        MaskRCNN(
            resnet_fpn_backbone(backbone_name=backbone, weights=None),
            num_classes=2,
            min_size=SIZE[0],
            max_size=SIZE[1],
            box_score_thresh=0.0,
            box_detections_per_img=COUNT,
        )
    )
    rgb = image()
    expected = theirs([torch.from_numpy(rgb).permute(2, 0, 1) / 255])[0]
    ours = predicted(imported(theirs.state_dict(), tmp_path / 'a.py'), rgb).pred_instances
    assert len(ours) == len(expected['scores']) == COUNT
    torch.testing.assert_close(ours.scores, expected['scores'], rtol=1e-4, atol=0)
    torch.testing.assert_close(ours.bboxes, expected['boxes'], rtol=0, atol=0.03)
    assert ours.scores.std() > 1e-3
