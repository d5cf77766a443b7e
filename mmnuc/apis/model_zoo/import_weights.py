"""Weights of Detectron2, torchvision, Caffe2 or MMDetection become a checkpoint and a config."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from numpy.typing import NDArray

from mmnuc.atomic import atomic_path
from mmnuc.engine.checkpoints import loading as safe_loading
from mmnuc.engine.checkpoints.weights import Fit, fit
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError
from mmnuc.inference.pipeline import class_names_of
from mmnuc.model_converters import WRITTEN_HERE, Imported, child_config, translate, weights_in
from mmnuc.model_converters.tables import COUNTER, require_none
from mmnuc.resources import config_file, config_name, folder_of
from mmnuc.structures.host import to_numpy

CONFIGS = folder_of('configs') / 'mask_rcnn'
# Number of classes (None: a backbone alone), framework, backbone, and the config of ours that fits.
# None is any; the first match counts.
FITTING = (
    (80, None, 'ResNet-50', 'mask-rcnn_r50_fpn_3x_coco.py'),
    (80, None, None, 'mask-rcnn_r101_fpn_3x_coco.py'),
    (20, None, None, 'mask-rcnn_x101-32x8d_fpn_10k_tiny-voc.py'),
    (1, 'torchvision', 'ResNet-50', 'mask-rcnn_r50_fpn_adam-4parts_vrdl2021.py'),
    (1, 'torchvision', None, 'mask-rcnn_r101_fpn_adam-4parts_vrdl2021.py'),
    (1, None, 'ResNet-50', 'mask-rcnn_r101_fpn_5k_vrdl2021.py'),
    (1, None, 'ResNet-101', 'mask-rcnn_r101_fpn_5k_vrdl2021.py'),
    (1, None, None, 'mask-rcnn_x101-32x8d_fpn_3x_vrdl2021.py'),
    (None, None, 'ResNet-50', 'mask-rcnn_r50_fpn_3x_coco.py'),
    (None, None, 'ResNet-101', 'mask-rcnn_r101_fpn_3x_coco.py'),
    (None, None, None, 'mask-rcnn_x101-32x8d_fpn_10k_tiny-voc.py'),
)
TRUNK = ('backbone.', 'neck.')


@dataclass(frozen=True)
class Written:
    """What an import left.

    Attributes:
        checkpoint: The weights.
        config: The config that goes with them.
        dropped: Parameters of the source that do not fit the heads of the config.
        fresh: Parameters of the config's model that start at random.
    """

    checkpoint: Path
    config: Path
    dropped: tuple[str, ...]
    fresh: tuple[str, ...]


def import_weights(
    source: Path, target: Path, config: Path | None = None, *, trust: bool = False
) -> Written:
    """Import weights and say on stdout what came of it.

    Args:
        source: The file of another framework, told by the names of its parameters.
        target: The checkpoint to write, ``.pth``; the config is written beside it.
        config: The config to be a child of; by default the one of ours that fits. With another
            number of classes the heads that differ start at random.
        trust: Open a source that holds more than tensors and plain data, such as a whole model. It
            may run any program.

    Returns:
        What was written.

    Raises:
        UserError: The source is no such file, has parameters too many or too few, or does not fit
            the config; or a file would be replaced that no import wrote.
    """
    beside = target.with_suffix('.py')
    _require_free(target, beside, [path for path in (source, config) if path is not None])
    imported, notes = _read(source, trust)
    base = config_file(config) if config is not None else fitting_config(imported)
    asked = read_config(base)
    with atomic_path(beside) as path:
        path.write_text(_config_text(imported, base, asked, target), encoding='utf-8')
        cfg = read_config(path)
        state, found = _fitted(imported, cfg, base)
        _save(target, state, _meta(imported, cfg, source, notes))
    dropped = (*found.unknown, *found.reshaped)
    written = Written(target, beside, dropped, (*found.missing, *found.reshaped))
    print(_report(imported, written, base))
    return written


def fitting_config(imported: Imported) -> Path:
    """The config of ours for a backbone and a number of classes.

    Raises:
        UserError: There is none, or only the one who trained the weights can know.
    """
    if imported.settings is None:
        raise UserError('weights of MMDetection: name the config they are of with --to CONFIG')
    for classes, framework, trunk, name in FITTING:
        fits = framework in (None, imported.framework) and trunk in (None, str(imported.trunk))
        if classes == imported.classes and fits and (CONFIGS / name).is_file():
            return CONFIGS / name
    raise UserError(f'no config here has {imported.classes} classes: name one with --to CONFIG')


def _require_free(target: Path, beside: Path, needed: Sequence[Path]) -> None:
    """Refuse to replace anything but what an import wrote before.

    Raises:
        UserError: One of the two files can't be written there.
    """
    if target.suffix != '.pth':
        raise UserError(f'the checkpoint must end in .pth: {target}')
    places = (target, beside)
    for path in needed:
        if path.resolve() in [place.resolve() for place in places]:
            raise UserError(f'{path} would be replaced: choose another name than {target}')
    imported = beside.is_file() and beside.read_bytes().startswith(WRITTEN_HERE.encode())
    for place in places:
        if place.exists() and not imported:
            raise UserError(
                f'{place} exists and no import wrote it: choose another name than {target}'
            )


def _read(path: Path, trust: bool) -> tuple[Imported, dict[str, Any]]:
    """Read and translate a file; with what it says of itself."""
    if not path.is_file():
        raise UserError(f'no such file: {path}')
    try:
        with safe_loading.weights_only(not trust):
            content = safe_loading.load(path)
    except UserError:
        raise
    except Exception as error:  # zip, pickle, tensor storage: each breaks in its own way
        reason = str(error).strip().partition('\n')[0]
        raise UserError(f'cannot read {path}: {type(error).__name__}: {reason}') from error
    if isinstance(content, torch.nn.Module):
        content = content.state_dict()
    try:
        weights = weights_in(content)
        imported = translate({name: _array(value) for name, value in weights.items()})
    except UserError as error:
        raise UserError(f'{path}: {error}') from None
    meta = content.get('meta') if isinstance(content.get('meta'), Mapping) else {}
    return imported, dict(meta)


def _array(value: Any) -> NDArray[Any]:
    array = to_numpy(value)
    return array.astype(np.float32, copy=False) if array.dtype.kind == 'f' else array


def _config_text(imported: Imported, base: Path, asked: Config, target: Path) -> str:
    model = asked.get('model', {})
    roi_head = model.get('roi_head', {})
    if not isinstance(roi_head.get('bbox_head'), dict) or 'mask_head' not in roi_head:
        raise UserError(f'{base} is not the config of a Mask R-CNN with one box head')
    named = config_name(base) or os.path.relpath(base.resolve(), target.resolve().parent)
    whole = imported.classes == roi_head['bbox_head'].get('num_classes')
    pipelines = _pillow_pipelines(asked) if imported.framework == 'Detectron2' and whole else {}
    return child_config(imported, named, str(target.resolve()), pipelines, whole=whole)


def _pillow_pipelines(cfg: Config) -> dict[str, list[dict[str, Any]]]:
    """The pipelines of tests that resize, with Pillow as in Detectron2: it smooths what shrinks."""
    found = {}
    for loader in ('val_dataloader', 'test_dataloader'):
        dataset = (cfg.get(loader) or {}).get('dataset', {})
        steps = [dict(step) for step in dataset.get('pipeline', ())]
        if any(step['type'] == 'Resize' for step in steps):
            found[loader] = [
                {**step, 'backend': 'pillow'} if step['type'] == 'Resize' else step
                for step in steps
            ]
    return found


def _fitted(imported: Imported, cfg: Config, base: Path) -> tuple[dict[str, torch.Tensor], Fit]:
    """The weights that fit a config, and how they fit.

    Raises:
        UserError: The backbone or the neck does not fit, or heads for the same classes do not.
    """
    model_state = _empty_model(cfg)
    state = {name: torch.from_numpy(np.array(value)) for name, value in imported.state.items()}
    if imported.backbone_only:
        prefix = 'backbone.'
        model_state = {
            name.removeprefix(prefix): value
            for name, value in model_state.items()
            if name.startswith(prefix)
        }
    found = fit(model_state, state)
    others = cfg.model.roi_head.bbox_head.num_classes != imported.classes
    if not found.exact and (imported.backbone_only or not others):
        require_none((*found.unknown, *_reshaped(found)), found.missing)
    unfit = [name for name in (*found.missing, *found.reshaped) if name.startswith(TRUNK)]
    if unfit:
        raise UserError(f'the backbone or the neck of {base} is another: {", ".join(unfit)}')
    zero = torch.zeros((), dtype=torch.int64)
    counters = {name: state.get(name, zero) for name in model_state if name.endswith(COUNTER)}
    return {**counters, **{name: state[name] for name in found.fitting}}, found


def _empty_model(cfg: Config) -> dict[str, torch.Tensor]:
    """Shapes of a model's tensors, without memory."""
    scope = cfg.get('default_scope', 'mmdet')
    init_default_scope(scope)
    with torch.device('meta'):
        model = MODELS.build(cfg.model, default_args={'_scope_': scope})
    return dict(model.state_dict())


def _reshaped(found: Fit) -> list[str]:
    return [f'{name} {theirs} for {ours}' for name, (theirs, ours) in found.reshaped.items()]


def _meta(
    imported: Imported, cfg: Config, source: Path, notes: Mapping[str, Any]
) -> dict[str, Any]:
    meta: dict[str, Any] = {
        'origin': {
            'framework': imported.framework,
            'file': source.name,
            'sha256': hashlib.sha256(source.read_bytes()).hexdigest(),
        }
    }
    if not imported.backbone_only:
        meta['dataset_meta'] = {'classes': _class_names(cfg, notes)}
    return meta


def _class_names(cfg: Config, notes: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the classes: the file's own (mmdet keeps them) where they fit, else the config's."""
    of_file = (notes.get('dataset_meta') or {}).get('classes') or notes.get('CLASSES') or ()
    named = (of_file,) if isinstance(of_file, str) else tuple(map(str, of_file))
    count = cfg.model.roi_head.bbox_head.num_classes
    return named if len(named) == count else class_names_of(cfg)


def _save(path: Path, state: dict[str, torch.Tensor], meta: dict[str, Any]) -> None:
    with atomic_path(path) as temporary:
        torch.save({'meta': meta, 'state_dict': state}, temporary)


def _report(imported: Imported, written: Written, base: Path) -> str:
    classes = '' if imported.backbone_only else f', {_counted(imported.classes)}'
    count = len(imported.state) - len(written.dropped)
    trunk = f', {imported.trunk}' if imported.trunk else ''
    lines = [
        f'from {imported.framework}{trunk}{classes}',
        f'{count} parameters in {written.checkpoint}',
        f'config {written.config}, a child of {base}',
    ]
    if imported.unused:
        lines.append('no network here needs: ' + ', '.join(imported.unused))
    if written.dropped or written.fresh:
        lines.append(
            'other heads: not loaded '
            + (', '.join(written.dropped) or 'nothing')
            + '; these start at random: '
            + (', '.join(written.fresh) or 'none')
        )
    return '\n'.join(lines)


def _counted(classes: int | None) -> str:
    return '1 class' if classes == 1 else f'{classes} classes'
