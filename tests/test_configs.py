"""What a config claims: every one loads, every type resolves, every model builds."""

import copy
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmdet.registry import (
    DATA_SAMPLERS,
    DATASETS,
    HOOKS,
    LOG_PROCESSORS,
    LOOPS,
    METRICS,
    MODELS,
    OPTIM_WRAPPERS,
    OPTIMIZERS,
    PARAM_SCHEDULERS,
    TASK_UTILS,
    TRANSFORMS,
    VISBACKENDS,
    VISUALIZERS,
)
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import DefaultScope, Registry
from torch.nn import Module

from mmnuc.registry import POST_PROCESSING
from mmnuc.resources import config_file, config_names

FOLDER = Path(__file__).resolve().parents[1] / 'configs'
EXPERIMENTS = sorted(path for path in FOLDER.rglob('*.py') if '_base_' not in path.parts)
OF_NUCLEI = [path for path in EXPERIMENTS if not path.stem.endswith(('_coco', '_tiny-voc'))]
# Of each detector: how a config's name begins, its RoI head, its mask head.
FAMILIES = {
    'MaskRCNN': ('mask-rcnn', 'CropStandardRoIHead', 'CropFCNMaskHead'),
    'CascadeRCNN': ('cascade-mask-rcnn', 'CropCascadeRoIHead', 'CropFCNMaskHead'),
    'HybridTaskCascade': ('htc', 'CropHybridTaskCascadeRoIHead', 'CropHTCMaskHead'),
    'MaskScoringRCNN': ('ms-rcnn', 'CropMaskScoringRoIHead', 'CropFCNMaskHead'),
    'PointRend': ('point-rend', 'CropPointRendRoIHead', 'CropCoarseMaskHead'),
}
MMDET_X101 = 'mmdet::mask_rcnn/mask-rcnn_x101-32x8d_fpn_ms-poly-3x_coco.py'

# Where the classes that a part of a config names are registered.
DATA = (DATASETS, TRANSFORMS, DATA_SAMPLERS)
REGISTRIES: dict[str, tuple[Registry, ...]] = {
    'model': (MODELS, TASK_UTILS),
    'train_dataloader': DATA,
    'val_dataloader': DATA,
    'test_dataloader': DATA,
    'train_cfg': (LOOPS,),
    'val_cfg': (LOOPS,),
    'test_cfg': (LOOPS,),
    'val_evaluator': (METRICS,),
    'test_evaluator': (METRICS,),
    'optim_wrapper': (OPTIM_WRAPPERS, OPTIMIZERS),
    'param_scheduler': (PARAM_SCHEDULERS,),
    'default_hooks': (HOOKS,),
    'custom_hooks': (HOOKS, POST_PROCESSING),
    'visualizer': (VISUALIZERS, VISBACKENDS),
    'log_processor': (LOG_PROCESSORS,),
}
# Names that mmcv looks up by other means: a way to start weights, and functions.
NOT_REGISTERED_HERE = {'Pretrained', 'RoIAlign', 'SimpleRoIAlign', 'nms'}


@pytest.fixture(autouse=True)
def mmdet_scope() -> Iterator[None]:
    """Look bare names up in mmdet, as every config of ours says."""
    with DefaultScope.overwrite_default_scope('mmdet'):
        yield


@pytest.fixture(scope='module', params=EXPERIMENTS, ids=lambda path: path.stem)
def cfg(request: pytest.FixtureRequest) -> Config:
    """Each experiment in turn."""
    return Config.fromfile(request.param)


def types_of(part: Any) -> Iterator[str]:
    """Give every ``type`` in a part of a config, at any depth."""
    if isinstance(part, dict):
        if isinstance(part.get('type'), str):
            yield part['type']
        for value in part.values():
            yield from types_of(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from types_of(value)


def resolves(name: str, registries: tuple[Registry, ...]) -> bool:
    """Say whether one of the registries knows a name, loading what it needs for that."""
    for registry in registries:
        try:
            if registry.get(name) is not None:
                return True
        except RuntimeError:  # an unknown name with a dot
            continue
    return False


def test_there_are_experiments() -> None:
    assert len(EXPERIMENTS) >= 14


def test_every_experiment_has_a_name_that_finds_it() -> None:
    assert [config_file(name) for name in config_names()] == EXPERIMENTS
    assert [config_file(f'mmnuc::{path.stem}') for path in EXPERIMENTS] == EXPERIMENTS


def written_out(text: str) -> set[str]:
    """Every name in backticks, with its braces as a shell takes them.

    Example:
        >>> sorted(written_out('`a_{b,c}d`'))
        ['a_bd', 'a_cd']
    """
    names = set()
    for quoted in re.findall(r'`([^`\n]+)`', text):
        parts = [part.split(',') for part in re.split(r'[{}]', quoted)]
        names |= set(map(''.join, itertools.product(*parts)))
    return names


@pytest.mark.parametrize('folder', sorted({path.parent for path in EXPERIMENTS}), ids=str)
def test_a_table_names_every_config_of_the_folder(folder: Path) -> None:
    text = (folder / 'README.md').read_text(encoding='utf-8')
    assert {path.stem for path in folder.glob('*.py')} <= written_out(text)
    assert f'({folder.name}/README.md)' in (FOLDER / 'README.md').read_text(encoding='utf-8')


def test_a_table_names_every_base() -> None:
    bases = {path.relative_to(FOLDER / '_base_') for path in (FOLDER / '_base_').rglob('*.py')}
    text = (FOLDER / '_base_/README.md').read_text(encoding='utf-8')
    assert {str(path.with_suffix('')) for path in bases} <= written_out(text)


@pytest.mark.parametrize('page', sorted(FOLDER.rglob('*.md')), ids=lambda page: page.parent.name)
def test_what_a_table_links_to_and_runs_exists(page: Path) -> None:
    text = page.read_text(encoding='utf-8')
    for link in re.findall(r'\]\(([^)#:]+)[^):]*\)', text):
        assert (page.parent / link).exists(), link
    # CONFIG stands for any.
    for name in re.findall(r'mmnuc (?:train|test|config print|config copy) (?!CONFIG)(\S+)', text):
        assert config_file(name) in EXPERIMENTS


@pytest.mark.parametrize('name', ['mmnuc.NoSuchThing', 'NoSuchThing'])
def test_unknown_types_do_not_resolve(name: str) -> None:
    assert not resolves(name, DATA)


def test_every_type_resolves(cfg: Config) -> None:
    assert cfg.default_scope == 'mmdet'
    unknown = [
        (key, name)
        for key, registries in REGISTRIES.items()
        for name in sorted(set(types_of(cfg.get(key))) - NOT_REGISTERED_HERE)
        if not resolves(name, registries)
    ]
    assert unknown == []


def test_model_builds_without_files(cfg: Config) -> None:
    assert sum(value.numel() for value in build(cfg).state_dict().values()) > 1e6


def test_name_says_model_and_data(cfg: Config) -> None:
    """``{model}_{backbone}_{neck}_{schedule}_{dataset}``, as mmdet names its own."""
    model, backbone, neck, _, data = Path(cfg.filename).stem.split('_')
    assert model == FAMILIES[cfg.model.type][0]
    own = cfg.model.backbone
    assert str(own.get('depth', '')) in backbone
    assert own.get('model_name', backbone).endswith(backbone)
    assert neck.startswith('fpn')
    # What learns from several sets is called by what they show.
    assert data.replace('-', '_') in cfg.get('data_root', 'histology fluorescence')


def test_weights_to_start_from_have_a_source(cfg: Config) -> None:
    checkpoint = (cfg.model.backbone.get('init_cfg') or {}).get('checkpoint')
    for file in filter(None, [cfg.load_from, checkpoint]):
        if file.startswith('package:'):
            assert file.removeprefix('package:').replace('_', '-') in cfg.weights_source[file]
            continue
        assert file.startswith('weights/')
        assert cfg.weights_source[file].endswith(Path(file).name)


@pytest.mark.parametrize('path', OF_NUCLEI, ids=lambda path: path.stem)
def test_nuclei_are_dense_and_small(path: Path) -> None:
    cfg = Config.fromfile(path)
    _, roi_head, mask_head = FAMILIES[cfg.model.type]
    assert cfg.model.roi_head.type == f'mmnuc.{roi_head}'
    boxes, masks = cfg.model.roi_head.bbox_head, cfg.model.roi_head.mask_head
    assert {head.num_classes for head in each(boxes)} == {1}
    assert {head.type for head in each(masks)} == {f'mmnuc.{mask_head}'}
    assert cfg.model.test_cfg.rcnn.max_per_img >= 2000
    anchors = cfg.model.rpn_head.anchor_generator
    assert min(anchors.scales) * min(anchors.strides) <= 12


def each(heads: Any) -> list[Any]:
    """List the heads of a cascade, or the one there is."""
    return heads if isinstance(heads, list) else [heads]


def build(cfg: Config) -> Module:
    """Build a model, shapes without memory."""
    with torch.device('meta'):
        return MODELS.build(copy.deepcopy(cfg.model))


def flat(part: Any, prefix: str = '') -> dict[str, Any]:
    """Flatten a part of a config, without the scopes that foreign bases leave in it."""
    if not isinstance(part, dict):
        return {prefix: part}
    return {
        name: value
        for key, inner in part.items()
        if key != '_scope_'
        for name, value in flat(inner, f'{prefix}.{key}' if prefix else key).items()
    }


def difference(cfg: Config, other: Config) -> dict[str, tuple[Any, Any]]:
    """What two models differ in: name → (here, there)."""
    ours, theirs = flat(cfg.model), flat(other.model)
    return {
        name: (ours.get(name), theirs.get(name))
        for name in ours.keys() | theirs.keys()
        if ours.get(name) != theirs.get(name)
    }


def test_x101_is_mmdets() -> None:
    ours = Config.fromfile(FOLDER / '_base_/models/mask-rcnn_x101-32x8d_fpn.py')
    assert difference(ours, get_config(MMDET_X101)) == {
        # A local file instead of a download.
        'backbone.init_cfg.checkpoint': (
            'weights/resnext101_32x8d-1516f1aa.pth',
            'open-mmlab://detectron2/resnext101_32x8d',
        ),
    }


def test_x101_for_nuclei_differs_from_mmdets_in_this_alone() -> None:
    ours = Config.fromfile(FOLDER / 'mask_rcnn/mask-rcnn_x101-32x8d_fpn_5k_vrdl2021.py')
    theirs = get_config(MMDET_X101)
    assert difference(ours, theirs) == {
        # The COCO weights hold the backbone.
        'backbone.init_cfg.type': (None, 'Pretrained'),
        'backbone.init_cfg.checkpoint': (None, 'open-mmlab://detectron2/resnext101_32x8d'),
        # One class of small objects, by the thousand.
        'rpn_head.anchor_generator.scales': ([3], [8]),
        'roi_head.bbox_head.num_classes': (1, 80),
        'roi_head.mask_head.num_classes': (1, 80),
        # Masks as small as nuclei.
        'roi_head.type': ('mmnuc.CropStandardRoIHead', 'StandardRoIHead'),
        'roi_head.mask_head.type': ('mmnuc.CropFCNMaskHead', 'FCNMaskHead'),
        'train_cfg.rpn.assigner.gpu_assign_thr': (1200, None),
        'train_cfg.rpn_proposal.nms_pre': (4000, 2000),
        'train_cfg.rpn_proposal.max_per_img': (3000, 1000),
        # Proposals by score, however many.
        'rpn_head.type': ('mmnuc.DenseRPNHead', 'RPNHead'),
        'test_cfg.rpn.score_thr': (0.3, None),
        'test_cfg.rpn.nms_pre': (20000, 1000),
        'test_cfg.rpn.max_per_img': (10000, 1000),
        'test_cfg.rcnn.max_per_img': (5000, 100),
        # The tuned number of RoIs.
        'train_cfg.rcnn.sampler.num': (256, 512),
    }


def test_published_x101_weights_fit_but_for_the_last_layers() -> None:
    ours = build(Config.fromfile(FOLDER / 'mask_rcnn/mask-rcnn_x101-32x8d_fpn_5k_vrdl2021.py'))
    theirs = build(get_config(MMDET_X101)).state_dict()
    own = ours.state_dict()
    assert own.keys() == theirs.keys()
    other_shape = {name.rpartition('.')[0] for name in own if own[name].shape != theirs[name].shape}
    assert other_shape == {
        'roi_head.bbox_head.fc_cls',
        'roi_head.bbox_head.fc_reg',
        'roi_head.mask_head.conv_logits',
    }
