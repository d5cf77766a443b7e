"""From a file of another framework to a checkpoint and a config that belong together."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from mmnuc.apis.model_zoo.import_weights import CONFIGS, FITTING, fitting_config, import_weights
from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.network import load_network
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError
from mmnuc.model_converters import (
    Imported,
    child_config,
    detectron2,
    resnet,
    torchvision,
    translate,
)
from mmnuc.model_converters.resnet import Trunk
from mmnuc.model_converters.tables import both, prefixed

COCO = CONFIGS / 'mask-rcnn_r50_fpn_3x_coco.py'
NUCLEI = CONFIGS / 'mask-rcnn_r101_fpn_5k_vrdl2021.py'
R50, X101 = Trunk(50), Trunk(101, 32, 8)


def shapes_of(config: Path, trunk: Trunk = R50) -> dict[str, tuple[int, ...]]:
    """Shapes of an experiment's tensors, with another backbone, by our names."""
    cfg = Config.fromfile(config)
    kind = (
        dict(type='ResNet') if trunk.groups == 1 else dict(type='ResNeXt', groups=32, base_width=8)
    )
    cfg.model.backbone.update(depth=trunk.depth, init_cfg=None, **kind)
    return {name: tuple(value.shape) for name, value in empty_model(cfg).state_dict().items()}


def empty_model(cfg: Config) -> torch.nn.Module:
    init_default_scope('mmdet')
    with torch.device('meta'):
        return MODELS.build(cfg.model)


def detectron2_zeros(config: Path) -> dict[str, np.ndarray]:
    """A ResNet-50 of Detectron2 with the heads of a config; half precision, to be quick."""
    names = zip(
        prefixed(resnet.DETECTRON2.names(R50), detectron2.TRUNK),
        prefixed(resnet.TORCHVISION.names(R50), 'backbone.'),
        strict=True,
    )
    shapes = shapes_of(config)
    table = {**dict(names), **both(detectron2.LAYERS)}
    return {name: np.zeros(shapes[ours], np.float16) for name, ours in table.items()}


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Detectron2 model of nuclei."""
    state = detectron2_zeros(NUCLEI)
    state['roi_heads.box_predictor.cls_score.bias'] += np.array([1, 2], np.float16)
    path = tmp_path_factory.mktemp('source') / 'model_final.pkl'
    path.write_bytes(pickle.dumps({'model': state, '__author__': 'someone'}, protocol=2))
    return path


def test_checkpoint_and_config_fit(source: Path, tmp_path: Path) -> None:
    written = import_weights(source, tmp_path / 'deep' / 'nuclei.pth')
    assert written.config == tmp_path / 'deep' / 'nuclei.py'
    assert written.dropped == written.fresh == ()
    cfg = read_config(written.config)
    network = load_network(cfg, written.checkpoint)
    assert network.roi_head.bbox_head.fc_cls.bias.tolist() == [1, 2]
    assert network.roi_head.bbox_head.fc_cls.bias.dtype == torch.float32
    assert network.backbone.style == 'caffe'
    assert network.rpn_head.prior_generator.scales.tolist() == [8]
    assert network.test_cfg.rpn.score_thr == 0
    assert cfg.load_from == str(written.checkpoint)
    # As Detectron2 resizes; this config's test does not.
    assert 'Resize' not in str(cfg.test_dataloader)
    assert Path(cfg.data_root) == Path(Config.fromfile(NUCLEI).data_root)


def test_meta_says_classes_and_origin(source: Path, tmp_path: Path) -> None:
    written = import_weights(source, tmp_path / 'nuclei.pth')
    content = torch.load(written.checkpoint, weights_only=True)
    assert content['meta']['dataset_meta'] == {'classes': ('nucleus',)}
    origin = content['meta']['origin']
    assert (origin['framework'], origin['file']) == ('Detectron2', 'model_final.pkl')
    assert len(origin['sha256']) == 64
    assert content['state_dict']['backbone.bn1.num_batches_tracked'] == 0


def test_other_heads_start_at_random_and_are_named(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = import_weights(source, tmp_path / 'coco.pth', COCO)
    last = [
        f'roi_head.{layer}.{leaf}'
        for layer in ('bbox_head.fc_cls', 'bbox_head.fc_reg', 'mask_head.conv_logits')
        for leaf in ('weight', 'bias')
    ]
    assert sorted(written.dropped) == sorted(written.fresh) == sorted(last)
    lines = [line for line in capsys.readouterr().out.splitlines() if 'random' in line]
    assert len(lines) == 1
    assert all(name in lines[0] for name in last)
    cfg = read_config(written.config)
    assert cfg.model.roi_head.bbox_head.num_classes == 80
    found = weights.require_trunk(empty_model(cfg), str(written.checkpoint))
    assert sorted(found.missing) == sorted(last)
    assert not found.unknown


def test_resizing_is_that_of_detectron2_with_its_heads(tmp_path: Path) -> None:
    path = tmp_path / 'coco.pkl'
    path.write_bytes(pickle.dumps({'model': detectron2_zeros(COCO)}))
    cfg = read_config(import_weights(path, tmp_path / 'coco.pth').config)
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        resize = [step for step in loader.dataset.pipeline if step.type == 'Resize']
        assert [step.backend for step in resize] == ['pillow']


def test_own_weights_go_round(source: Path, tmp_path: Path) -> None:
    first = import_weights(source, tmp_path / 'first.pth')
    again = import_weights(first.checkpoint, tmp_path / 'again.pth', first.config)
    states = [weights.read_state(str(written.checkpoint)) for written in (first, again)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert read_config(again.config).model == read_config(first.config).model
    with pytest.raises(UserError, match='name the config they are of with --to'):
        import_weights(first.checkpoint, tmp_path / 'third.pth')


def test_a_backbone_alone_is_what_a_training_starts_from(tmp_path: Path) -> None:
    shapes = shapes_of(COCO)
    state = {
        name: torch.full(shapes[f'backbone.{name}'], 0.5) for name in resnet.TORCHVISION.names(R50)
    }
    torch.save({**state, 'fc.weight': torch.zeros(1)}, tmp_path / 'resnet50.pth')
    written = import_weights(tmp_path / 'resnet50.pth', tmp_path / 'backbone.pth', NUCLEI)
    cfg = read_config(written.config)
    assert cfg.load_from is None
    init_default_scope('mmdet')
    backbone = MODELS.build(cfg.model.backbone)
    backbone.init_weights()
    assert backbone.layer4[2].conv3.weight.unique().tolist() == [0.5]


def test_a_whole_model_needs_trust(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(1, 1), tmp_path / 'model.pth')
    with pytest.raises(UserError, match=r'wants torch\.nn.*--trust-checkpoint'):
        import_weights(tmp_path / 'model.pth', tmp_path / 'out.pth')
    with pytest.raises(UserError, match='no network that is known here has a parameter weight'):
        import_weights(tmp_path / 'model.pth', tmp_path / 'out.pth', trust=True)


class Malice:
    """What a pickle calls when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize('name', ['bad.pkl', 'bad.pth'])
def test_malice_does_not_run(tmp_path: Path, name: str) -> None:
    mark, path = tmp_path / 'it_ran', tmp_path / name
    content = {'model': {'a': Malice(mark)}}
    if name.endswith('.pkl'):
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path)
    with pytest.raises(UserError, match='wants pathlib'):
        import_weights(path, tmp_path / 'out.pth')
    assert not mark.exists()


def test_what_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    state = detectron2_zeros(NUCLEI)
    state['roi_heads.box_head.fc1.weight'] = np.zeros((1024, 1), np.float16)
    path = tmp_path / 'wide.pkl'
    path.write_bytes(pickle.dumps({'model': state}))
    with pytest.raises(UserError, match=r'left over: .*shared_fcs\.0\.weight \(1024, 1\) for'):
        import_weights(path, tmp_path / 'out.pth')
    assert [file.name for file in tmp_path.iterdir()] == ['wide.pkl']


def test_an_import_replaces_nothing_but_an_import(source: Path, tmp_path: Path) -> None:
    first = import_weights(source, tmp_path / 'nuclei.pth')
    again = import_weights(source, tmp_path / 'nuclei.pth')
    assert first == again
    with pytest.raises(UserError, match=r'nuclei\.pth would be replaced'):
        import_weights(first.checkpoint, first.checkpoint, NUCLEI)
    with pytest.raises(UserError, match=r'nuclei\.py would be replaced'):
        import_weights(source, first.checkpoint, first.config)
    first.config.write_text('model = dict()')
    with pytest.raises(UserError, match=r'nuclei\.pth exists and no import wrote it'):
        import_weights(source, first.checkpoint)
    first.checkpoint.unlink()
    with pytest.raises(UserError, match=r'nuclei\.py exists and no import wrote it'):
        import_weights(source, first.checkpoint)
    assert first.config.read_text() == 'model = dict()'


BAD_INPUT = {
    'no file': ('none.pkl', 'out.pth', 'no such file'),
    'no checkpoint': ('text.pth', 'out.pth', 'cannot read'),
    'another suffix': ('text.pth', 'out.pkl', 'must end in .pth'),
    'no suffix': ('text.pth', 'out', 'must end in .pth'),
    'a folder': ('text.pth', 'folder.pth', 'exists and no import wrote it'),
}


@pytest.mark.parametrize(('given', 'target', 'reason'), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input(tmp_path: Path, given: str, target: str, reason: str) -> None:
    (tmp_path / 'text.pth').write_text('text')
    (tmp_path / 'folder.pth').mkdir()
    with pytest.raises(UserError, match=reason):
        import_weights(tmp_path / given, tmp_path / target)


SOURCES: dict[str, tuple[Callable, str, str]] = {
    'Detectron2': (detectron2.import_detector, detectron2.TRUNK, 'box_predictor.cls_score'),
    'torchvision': (torchvision.import_detector, torchvision.TRUNK, 'box_predictor.cls_score'),
}
DETECTORS = [row for row in FITTING if row[0] is not None]


def renamed_back(module: Callable, shapes: dict[str, tuple[int, ...]], trunk: Trunk) -> dict:
    """Arrays of full shape without memory under the names of a framework."""
    home = detectron2 if module is detectron2.import_detector else torchvision
    naming = resnet.DETECTRON2 if home is detectron2 else resnet.TORCHVISION
    table = dict(
        zip(
            prefixed(naming.names(trunk), home.TRUNK),
            prefixed(resnet.TORCHVISION.names(trunk), 'backbone.'),
            strict=True,
        )
    )
    table.update(both(home.LAYERS))
    return {
        name: np.broadcast_to(
            np.float32(0), _with_background(name, shapes[ours], home is torchvision)
        )
        for name, ours in table.items()
    }


def _with_background(name: str, shape: tuple[int, ...], first: bool) -> tuple[int, ...]:
    """torchvision's boxes and masks have rows for the background."""
    if not first:
        return shape
    extra = {'box_predictor.bbox_pred': 4, 'mask_predictor.mask_fcn_logits': 1}
    more = next((rows for layer, rows in extra.items() if layer in name), 0)
    return (shape[0] + more, *shape[1:])


@pytest.mark.parametrize('trunk', [R50, Trunk(101), X101], ids=str)
@pytest.mark.parametrize('framework', SOURCES)
@pytest.mark.parametrize('base', [NUCLEI, COCO], ids=['nuclei', 'coco'])
def test_every_backbone_fits_its_config(
    tmp_path: Path, trunk: Trunk, framework: str, base: Path
) -> None:
    shapes = shapes_of(base, trunk)
    imported: Imported = translate(renamed_back(SOURCES[framework][0], shapes, trunk))
    assert (imported.framework, imported.trunk) == (framework, trunk)
    config = tmp_path / 'imported.py'
    config.write_text(child_config(imported, str(fitting_config(imported)), 'a.pth', whole=True))
    model = empty_model(Config.fromfile(config))
    found = weights.fit(
        model.state_dict(),
        {name: torch.empty(value.shape, device='meta') for name, value in imported.state.items()},
    )
    assert found.exact, str(found)


def test_every_fitting_config_is_there_and_has_the_classes() -> None:
    for classes, _, _, name in DETECTORS:
        assert Config.fromfile(CONFIGS / name).model.roi_head.bbox_head.num_classes == classes
