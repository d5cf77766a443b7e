"""torchvision's Mask R-CNN with FPN, and its ImageNet backbones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.model_converters import resnet
from mmnuc.model_converters.imported import TORCHVISION, Arrays, Imported, Settings
from mmnuc.model_converters.tables import both, prefixed, renamed

TRUNK = 'backbone.body.'
LAYERS = {
    **{f'backbone.fpn.inner_blocks.{i}': f'neck.lateral_convs.{i}.conv' for i in range(4)},
    **{f'backbone.fpn.layer_blocks.{i}': f'neck.fpn_convs.{i}.conv' for i in range(4)},
    'rpn.head.conv': 'rpn_head.rpn_conv',
    'rpn.head.cls_logits': 'rpn_head.rpn_cls',
    'rpn.head.bbox_pred': 'rpn_head.rpn_reg',
    'roi_heads.box_head.fc6': 'roi_head.bbox_head.shared_fcs.0',
    'roi_heads.box_head.fc7': 'roi_head.bbox_head.shared_fcs.1',
    'roi_heads.box_predictor.cls_score': 'roi_head.bbox_head.fc_cls',
    'roi_heads.box_predictor.bbox_pred': 'roi_head.bbox_head.fc_reg',
    **{
        f'roi_heads.mask_head.mask_fcn{i + 1}': f'roi_head.mask_head.convs.{i}.conv'
        for i in range(4)
    },
    'roi_heads.mask_predictor.conv5_mask': 'roi_head.mask_head.upsample',
    'roi_heads.mask_predictor.mask_fcn_logits': 'roi_head.mask_head.conv_logits',
}
# Newer releases wrap convolutions: new name → old name, which LAYERS has.
_UNWRAPPED = (
    (r'^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.0\.', r'\1.'),
    (r'^rpn\.head\.conv\.0\.0\.', 'rpn.head.conv.'),
)
_MASK_CONV = re.compile(r'^roi_heads\.mask_head\.(\d)\.0\.')
# The ids of COCO's 80 classes; its models have rows for all 90 and for the background.
_GAPS = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
COCO_IDS = tuple(i for i in range(1, 91) if i not in _GAPS)


def import_detector(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Translate a Mask R-CNN.

    The background moves from the first class to the last one, and has neither boxes nor masks
    here. The ids of COCO that no class has are left out.

    Args:
        arrays: Its state.

    Raises:
        UserError: A parameter is left over or missing.
    """
    named = {_old_name(name): value for name, value in arrays.items()}
    of_trunk = {name.removeprefix(TRUNK): value for name, value in named.items()}
    trunk = resnet.TORCHVISION.trunk(of_trunk)
    names = list(resnet.TORCHVISION.names(trunk))
    table = dict(zip(prefixed(names, TRUNK), prefixed(names, 'backbone.'), strict=True))
    state = renamed(named, {**table, **both(LAYERS)})
    rows = state['roi_head.bbox_head.fc_cls.weight'].shape[0]
    published = rows == 91
    classes = COCO_IDS if published else tuple(range(1, rows))
    return Imported(
        framework='torchvision',
        state={**state, **_heads(state, classes)},
        trunk=trunk,
        classes=len(classes),
        settings=Settings(
            TORCHVISION,
            'pytorch',
            sampling_ratio=2,
            aligned=False,
            rounded_anchors=True,
            # torchvision sets it so for its own COCO weights.
            norm_eps=0.0 if published else 1e-5,
            least_proposal=1e-3,
        ),
    )


def import_backbone(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Take an ImageNet backbone, which has MMDetection's names already.

    Raises:
        UserError: A parameter is left over or missing.
    """
    unused = tuple(name for name in arrays if name.startswith('fc.'))
    rest = {name: value for name, value in arrays.items() if name not in unused}
    trunk = resnet.TORCHVISION.trunk(rest)
    return Imported(
        framework='an ImageNet backbone of torchvision',
        state=renamed(rest, {name: name for name in resnet.TORCHVISION.names(trunk)}),
        trunk=trunk,
        classes=None,
        settings=Settings(TORCHVISION, 'pytorch'),
        unused=unused,
    )


def _old_name(name: str) -> str:
    for pattern, old in _UNWRAPPED:
        name = re.sub(pattern, old, name)
    return _MASK_CONV.sub(lambda m: f'roi_heads.mask_head.mask_fcn{int(m[1]) + 1}.', name)


def _heads(state: Arrays, classes: tuple[int, ...]) -> Arrays:
    """The last layers with these classes and, where there is one, the background last."""
    found: Arrays = {}
    chosen = np.array(classes, np.intp)
    for leaf in ('weight', 'bias'):
        scores = state[f'roi_head.bbox_head.fc_cls.{leaf}']
        found[f'roi_head.bbox_head.fc_cls.{leaf}'] = scores[np.append(chosen, 0)]
        boxes = state[f'roi_head.bbox_head.fc_reg.{leaf}']
        rows = (4 * chosen[:, None] + np.arange(4)).ravel()
        found[f'roi_head.bbox_head.fc_reg.{leaf}'] = boxes[rows]
        masks = state[f'roi_head.mask_head.conv_logits.{leaf}']
        found[f'roi_head.mask_head.conv_logits.{leaf}'] = masks[chosen]
    return found
