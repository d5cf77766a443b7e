"""State dicts of the right names and tiny arrays, as each framework writes them."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from mmnuc.model_converters import detectron2, resnet, torchvision
from mmnuc.model_converters.resnet import Naming, Trunk
from mmnuc.model_converters.tables import both, prefixed

Arrays = dict[str, np.ndarray]


def arrays(names: Iterable[str]) -> Arrays:
    """A different number in each array; convolutions of blocks have four axes."""
    return {
        name: np.full(
            (2, 2, 1, 1) if 'conv' in name and name.endswith('weight') else (2,), i, float
        )
        for i, name in enumerate(names)
    }


def of_trunk(naming: Naming, trunk: Trunk, prefix: str = '') -> Arrays:
    """A backbone; the first grouped convolution has its true shape."""
    found = arrays(prefixed(naming.names(trunk), prefix))
    channels = trunk.groups * trunk.width
    first = f'{prefix}{naming.stage}{naming.first}.0.conv2.weight'
    found[first] = np.zeros((channels, trunk.width, 1, 1), np.float32)
    return found


def heads(layers: Iterable[str], score: str, box: str, mask: str, rows: tuple[int, ...]) -> Arrays:
    """Heads whose last layers have rows of the number of their row."""
    found = arrays(both({layer: '' for layer in layers}))
    for layer, count in zip((score, box, mask), rows, strict=True):
        for leaf in ('weight', 'bias'):
            found[f'{layer}.{leaf}'] = np.arange(count, dtype=np.float32)
    return found


def detectron2_state(trunk: Trunk, classes: int) -> Arrays:
    """A Mask R-CNN of Detectron2."""
    last = ('box_predictor.cls_score', 'box_predictor.bbox_pred', 'mask_head.predictor')
    return {
        **of_trunk(resnet.DETECTRON2, trunk, detectron2.TRUNK),
        **heads(
            detectron2.LAYERS,
            *(f'roi_heads.{name}' for name in last),
            rows=(classes + 1, 4 * classes, classes),
        ),
    }


def torchvision_state(trunk: Trunk, rows: int) -> Arrays:
    """A Mask R-CNN of torchvision, under the names of its older releases."""
    last = ('box_predictor.cls_score', 'box_predictor.bbox_pred', 'mask_predictor.mask_fcn_logits')
    return {
        **of_trunk(resnet.TORCHVISION, trunk, torchvision.TRUNK),
        **heads(
            torchvision.LAYERS, *(f'roi_heads.{name}' for name in last), rows=(rows, 4 * rows, rows)
        ),
    }


def caffe2_state(trunk: Trunk) -> Arrays:
    """A backbone of Caffe2: norms have a scale and a bias and no statistics."""
    layers = [('conv1', 'res_conv1')]
    for stage, count in enumerate(trunk.blocks, 2):
        for block in range(count):
            branches = ('1', '2a', '2b', '2c') if block == 0 else ('2a', '2b', '2c')
            layers += [(f'res{stage}_{block}_branch{branch}',) * 2 for branch in branches]
    found = {}
    for i, (convolution, norm) in enumerate(layers):
        found[f'{convolution}_w'] = np.full((2, 2, 1, 1), i, np.float32)
        found[f'{norm}_bn_s'] = found[f'{norm}_bn_b'] = np.full(2, i, np.float32)
    channels = trunk.groups * trunk.width
    found['res2_0_branch2b_w'] = np.zeros((channels, trunk.width, 1, 1), np.float32)
    return {**found, 'fc1000_w': np.zeros((1, 1)), 'fc1000_b': np.zeros(1), 'conv1_b': np.zeros(2)}


@pytest.fixture(scope='session')
def states() -> dict[str, Callable[..., Arrays]]:
    """Makers of state dicts by framework."""
    return dict(detectron2=detectron2_state, torchvision=torchvision_state, caffe2=caffe2_state)
