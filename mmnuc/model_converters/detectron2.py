"""Detectron2's Mask R-CNN with FPN, and ImageNet backbones under its names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.model_converters import resnet
from mmnuc.model_converters.imported import (
    TORCHVISION,
    Imported,
    Pixels,
    Settings,
    caffe_settings,
    class_count,
)
from mmnuc.model_converters.resnet import Trunk
from mmnuc.model_converters.tables import both, prefixed, renamed

TRUNK = 'backbone.bottom_up.'
LAYERS = {
    **{f'backbone.fpn_lateral{i + 2}': f'neck.lateral_convs.{i}.conv' for i in range(4)},
    **{f'backbone.fpn_output{i + 2}': f'neck.fpn_convs.{i}.conv' for i in range(4)},
    'proposal_generator.rpn_head.conv': 'rpn_head.rpn_conv',
    'proposal_generator.rpn_head.objectness_logits': 'rpn_head.rpn_cls',
    'proposal_generator.rpn_head.anchor_deltas': 'rpn_head.rpn_reg',
    'roi_heads.box_head.fc1': 'roi_head.bbox_head.shared_fcs.0',
    'roi_heads.box_head.fc2': 'roi_head.bbox_head.shared_fcs.1',
    'roi_heads.box_predictor.cls_score': 'roi_head.bbox_head.fc_cls',
    'roi_heads.box_predictor.bbox_pred': 'roi_head.bbox_head.fc_reg',
    **{
        f'roi_heads.mask_head.mask_fcn{i + 1}': f'roi_head.mask_head.convs.{i}.conv'
        for i in range(4)
    },
    'roi_heads.mask_head.deconv': 'roi_head.mask_head.upsample',
    'roi_heads.mask_head.predictor': 'roi_head.mask_head.conv_logits',
}
CELL_ANCHORS = 'proposal_generator.anchor_generator.cell_anchors.'
RATIOS = (0.5, 1.0, 2.0)


def import_detector(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Translate a Mask R-CNN.

    The class of the background is the last one, as here. Anchors and normalisation are taken from
    the file where it has them.

    Args:
        arrays: Its state.

    Raises:
        UserError: A parameter is left over or missing, or the anchors can't be had here.
    """
    settings, rest = _take_settings(arrays)
    of_trunk = {
        name.removeprefix(TRUNK): value for name, value in rest.items() if name.startswith(TRUNK)
    }
    trunk = resnet.DETECTRON2.trunk(of_trunk)
    rest.update({TRUNK + name: value for name, value in identity_norms(of_trunk, trunk).items()})
    table = dict(
        zip(
            prefixed(resnet.DETECTRON2.names(trunk), TRUNK),
            prefixed(resnet.TORCHVISION.names(trunk), 'backbone.'),
            strict=True,
        )
    )
    state = renamed(rest, {**table, **both(LAYERS)})
    return Imported(
        framework='Detectron2',
        state=state,
        trunk=trunk,
        classes=class_count(state['roi_head.bbox_head.fc_cls.weight']),
        settings=caffe_settings(trunk, **settings),
    )


def import_backbone(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Translate an ImageNet backbone that was torchvision's before it got Detectron2's names.

    Raises:
        UserError: A parameter is left over or missing.
    """
    unused = tuple(name for name in arrays if name.startswith(('fc.', 'linear.')))
    rest = {name: value for name, value in arrays.items() if name not in unused}
    trunk = resnet.DETECTRON2.trunk(rest)
    return Imported(
        framework='an ImageNet backbone of torchvision with Detectron2 names',
        state=renamed(rest, trunk_table(trunk)),
        trunk=trunk,
        classes=None,
        settings=Settings(TORCHVISION, 'pytorch'),
        unused=unused,
    )


def trunk_table(trunk: Trunk) -> dict[str, str]:
    """Names of a backbone alone: Detectron2's → MMDetection's."""
    return dict(zip(resnet.DETECTRON2.names(trunk), resnet.TORCHVISION.names(trunk), strict=True))


def identity_norms(arrays: Mapping[str, NDArray[Any]], trunk: Trunk) -> dict[str, NDArray[Any]]:
    """Statistics for norms that have none, because weight and bias hold them already.

    Args:
        arrays: A backbone under Detectron2's names.
        trunk: Its shape.

    Returns:
        Mean 0, and the variance that gives 1 together with batch norm's epsilon.

    Example:
        >>> import numpy as np
        >>> found = identity_norms({'stem.conv1.norm.weight': np.ones(2)}, Trunk(50))
        >>> {name: (value + np.float32(1e-5) * name.endswith('var')).tolist()
        ...  for name, value in found.items()}
        {'stem.conv1.norm.running_mean': [0.0, 0.0], 'stem.conv1.norm.running_var': [1.0, 1.0]}
    """
    values = {'running_mean': 0.0, 'running_var': 1.0 - 1e-5}
    found = {}
    for name in resnet.DETECTRON2.names(trunk):
        layer, _, leaf = name.rpartition('.')
        if leaf in values and name not in arrays and f'{layer}.weight' in arrays:
            shape = arrays[f'{layer}.weight'].shape
            found[name] = np.full(shape, values[leaf], np.float32)
    return found


def _take_settings(
    arrays: Mapping[str, NDArray[Any]],
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split the buffers that are settings from the parameters."""
    rest = dict(arrays)
    settings: dict[str, Any] = {}
    mean, std = rest.pop('pixel_mean', None), rest.pop('pixel_std', None)
    if mean is not None and std is not None:
        settings['pixels'] = pixels = _pixels(mean, std)
        if pixels.rgb:  # torchvision's backbones
            settings['style'] = 'pytorch'
    cells = [rest.pop(name) for name in sorted(rest) if name.startswith(CELL_ANCHORS)]
    if cells:
        settings['anchor_scales'] = anchor_scales(cells)
    return settings, rest


def _pixels(mean: NDArray[Any], std: NDArray[Any]) -> Pixels:
    """Read the normalisation; the order of ImageNet's means tells the order of the channels."""
    first, second, third = (round(float(value), 4) for value in mean.ravel())
    a, b, c = (round(float(value), 4) for value in std.ravel())
    return Pixels((first, second, third), (a, b, c), rgb=first > third)


def anchor_scales(cells: list[NDArray[Any]]) -> tuple[float, ...]:
    """Tell the scales of anchors from the anchors of the five levels.

    Args:
        cells: Of each level the anchors (A, 4) around the origin.

    Returns:
        Scales in multiples of a level's stride.

    Raises:
        UserError: The levels differ in scales, or the ratios are not those of the configs here.

    Example:
        >>> import numpy as np
        >>> h = np.sqrt([0.5, 1, 2]) * 32
        >>> cell = np.stack([-32 * 32 / h, -h, 32 * 32 / h, h], 1) / 2
        >>> anchor_scales([cell * 2**level for level in range(5)])
        (8.0,)
    """
    sizes = [np.asarray(cell, np.float64)[:, 2:] - cell[:, :2] for cell in cells]
    scales = [
        np.round(np.sqrt(size.prod(1)) / stride, 3)
        for size, stride in zip(sizes, (4, 8, 16, 32, 64), strict=False)
    ]
    ratios = sizes[0][:, 1] / sizes[0][:, 0]
    same = len(cells) == 5 and all(np.array_equal(scales[0], other) for other in scales)
    count = len(ratios) // len(RATIOS)
    if not same or not np.allclose(ratios, np.tile(RATIOS, count), atol=1e-3):
        listed = '; '.join(str(np.round(size, 1).tolist()) for size in sizes)
        raise UserError(
            f'anchors of these widths and heights, level by level, are not of ratios {RATIOS} and '
            f'of sizes that double from level to level: {listed}'
        )
    return tuple(float(scale) for scale in scales[0][:: len(RATIOS)])
