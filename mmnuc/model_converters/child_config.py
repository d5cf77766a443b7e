"""The config that goes with imported weights: a child that says only what differs."""

from __future__ import annotations

import pprint
from collections.abc import Mapping, Sequence
from typing import Any

from mmnuc.model_converters.detectron2 import RATIOS
from mmnuc.model_converters.imported import Imported, Settings
from mmnuc.model_converters.resnet import Trunk

# How a config begins that may be replaced by another import.
WRITTEN_HERE = '# Written by tools/import_weights.py'


def child_config(
    imported: Imported,
    base: str,
    weights: str,
    pipelines: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    *,
    whole: bool,
) -> str:
    """Write the config.

    Args:
        imported: The weights.
        base: Path of the config to start from, as ``_base_`` takes it.
        weights: Path of the checkpoint.
        pipelines: Data loader → the pipeline of its data set, where it differs from the base's.
        whole: Whether the heads fit that config too. If so, the detector does what it did in its
            framework; otherwise its anchors and proposals are those of the base, to train with.

    Returns:
        The text of the config.
    """
    what = ', '.join(str(part) for part in (imported.framework, imported.trunk) if part)
    lines = [
        f'{WRITTEN_HERE} for weights of {what}.',
        f'_base_ = {base!r}',
        '',
    ]
    if imported.backbone_only:
        lines.append('load_from = None')  # the whole detector that the base may start from
    else:
        lines.append(f'load_from = {weights!r}  # what a training starts from')
    model = _model(imported, weights, whole=whole)
    if model:
        lines.append(f'model = {_text(model)}')
    for loader, steps in (pipelines or {}).items():
        value = {'dataset': {'pipeline': [dict(step) for step in steps]}}
        lines.append(f'{loader} = {_text(value)}')
    return '\n'.join(lines) + '\n'


def _text(value: dict[str, Any]) -> str:
    return pprint.pformat(value, width=96, sort_dicts=False)


def _model(imported: Imported, weights: str, *, whole: bool) -> dict[str, Any]:
    settings, trunk = imported.settings, imported.trunk
    if settings is None or trunk is None:  # mmdet's own: the config has it all
        return {'backbone': {'init_cfg': None}}
    pixels = settings.pixels
    model: dict[str, Any] = {
        'data_preprocessor': {
            'mean': list(pixels.mean),
            'std': list(pixels.std),
            'bgr_to_rgb': pixels.rgb,
        },
        'backbone': _backbone(settings, trunk),
    }
    if imported.backbone_only:
        model['backbone']['init_cfg'] = {'type': 'Pretrained', 'checkpoint': weights}
        return model
    layer = {'sampling_ratio': settings.sampling_ratio, 'aligned': settings.aligned}
    model['roi_head'] = {
        'bbox_roi_extractor': {'roi_layer': dict(layer), 'finest_scale': 56},
        'mask_roi_extractor': {'roi_layer': dict(layer), 'finest_scale': 56},
    }
    if whole:
        model.update(_proposals(settings))
    return model


def _backbone(settings: Settings, trunk: Trunk) -> dict[str, Any]:
    norm: dict[str, Any] = {'type': 'BN', 'requires_grad': False}
    if settings.norm_eps != 1e-5:
        norm['eps'] = settings.norm_eps
    shape = {} if trunk.groups == 1 else {'groups': trunk.groups, 'base_width': trunk.width}
    return {
        '_delete_': True,
        'type': 'ResNet' if trunk.groups == 1 else 'ResNeXt',
        'depth': trunk.depth,
        **shape,
        'num_stages': 4,
        'out_indices': (0, 1, 2, 3),
        'frozen_stages': 1,
        'norm_cfg': norm,
        'norm_eval': True,
        'style': settings.style,
        'init_cfg': None,
    }


def _proposals(settings: Settings) -> dict[str, Any]:
    """Anchors, and the proposals that both frameworks make by default."""
    kind = 'mmnuc.RoundedAnchorGenerator' if settings.rounded_anchors else 'AnchorGenerator'
    return {
        'rpn_head': {
            'anchor_generator': {
                '_delete_': True,
                'type': kind,
                'scales': list(settings.anchor_scales),
                'ratios': list(RATIOS),
                'strides': [4, 8, 16, 32, 64],
                # Of several sizes, all ratios of the first one come first, as in Detectron2.
                'scale_major': False,
            }
        },
        'test_cfg': {
            'rpn': {
                'score_thr': 0.0,
                'nms_pre': 1000,
                'max_per_img': 1000,
                'min_bbox_size': settings.least_proposal,
            }
        },
    }
