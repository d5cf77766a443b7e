"""Published weights: what goes into the file, the name and the card."""

import doctest
import hashlib
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.logging import HistoryBuffer
from torch import nn

from mmnuc.apis.model_zoo import card as model_card
from mmnuc.apis.model_zoo import publish as publishing
from mmnuc.apis.model_zoo.publish import publish
from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.loading import load
from mmnuc.errors import UserError

CONFIG = """data_root = 'data/vrdl2021/'
load_from = None
model = dict(
    type='MaskRCNN')
train_dataloader = dict(dataset=dict(data_root='data/vrdl2021/', resume=1))
work_dir = (
    '/home/me/run')
"""
LAST = {'message_hub': {'runtime_info': {'best_ckpt': 'run/best_ap_iter_4.pth'}}}


def checkpoint(**changes: Any) -> dict[str, Any]:
    """What a training saved as its best one after 6 iterations."""
    torch.manual_seed(0)
    return {
        'meta': {
            'iter': 6,
            'epoch': 0,
            'cfg': CONFIG,
            'experiment_name': 'mask-rcnn_tiny_20261121_101500',
            'time': '20261121_102000',
            'dataset_meta': {'classes': ('nucleus', 'a|b')},
        },
        'state_dict': nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).state_dict(),
        'message_hub': {
            'runtime_info': {'best_ckpt': '/a/best_coco_segm_mAP_iter_6.pth'},
            'log_scalars': {
                'train/loss': HistoryBuffer([9.0], [1]),
                'val/time': HistoryBuffer([9.0], [1]),
                'val/coco/segm_mAP': HistoryBuffer([0.1, 0.25], [1, 1]),
                'val/nuclei/hausdorff': HistoryBuffer([float('nan')], [1]),
            },
        },
        'optimizer': {'state': {0: {'momentum_buffer': torch.ones(1000)}}},
        'random_state': {'python': [1, 2]},
        **changes,
    }


def saved(folder: Path, **changes: Any) -> Path:
    torch.save(checkpoint(**changes), folder / 'a.pth')
    return folder / 'a.pth'


@pytest.mark.parametrize('module', [model_card, publishing])
def test_examples(module) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize('file_format', ['safetensors', 'pth'])
@pytest.mark.parametrize('half', [False, True])
def test_round_trip(tmp_path: Path, file_format: str, half: bool) -> None:
    source = saved(tmp_path)
    found = publish(source, tmp_path / 'out', file_format=file_format, half=half)
    content = load(found.weights)
    assert content.keys() == {'meta', 'state_dict'}
    assert list(content['meta']['dataset_meta']['classes']) == ['nucleus', 'a|b']
    state = weights.read_state(str(found.weights))
    before = checkpoint()['state_dict']
    assert state.keys() == before.keys()
    for name, value in before.items():
        if half and value.is_floating_point():
            assert state[name].dtype == torch.float16
            torch.testing.assert_close(state[name].float(), value, rtol=2**-11, atol=1e-7)
        else:
            assert torch.equal(state[name], value)


def test_half_of_numbers_that_are_too_large(tmp_path: Path) -> None:
    state = {
        'large': torch.tensor([1e6, 1.0]),
        'count': torch.tensor(70_000),
        'none': torch.ones(0),
    }
    found = publish(saved(tmp_path, state_dict=state), tmp_path / 'out', half=True)
    read = weights.read_state(str(found.weights))
    assert torch.equal(read['large'], state['large'])
    assert torch.equal(read['count'], state['count'])


def test_weights_that_share_memory(tmp_path: Path) -> None:
    shared = torch.ones(2, 2)
    state = {'a': shared, 'b': shared, 'c': shared.T}
    found = publish(saved(tmp_path, state_dict=state), tmp_path / 'out')
    assert weights.read_state(str(found.weights)).keys() == {'a', 'b', 'c'}


@pytest.mark.parametrize('file_format', ['safetensors', 'pth'])
def test_the_name_says_what_is_inside(tmp_path: Path, file_format: str) -> None:
    found = publish(saved(tmp_path), tmp_path / 'out', file_format=file_format)
    digits = hashlib.sha256(found.weights.read_bytes()).hexdigest()[:8]
    assert found.weights.name == f'mask-rcnn_tiny_20261121-{digits}.{file_format}'
    assert {path.name for path in (tmp_path / 'out').iterdir()} == {
        found.weights.name,
        found.config.name,
        found.card.name,
    }


@pytest.mark.parametrize('file_format', ['safetensors', 'pth'])
def test_publishing_again_changes_nothing(tmp_path: Path, file_format: str) -> None:
    source = saved(tmp_path)
    first = publish(source, tmp_path / 'out', file_format=file_format)
    assert publish(source, tmp_path / 'out', file_format=file_format) == first
    assert publish(source, tmp_path / 'b', file_format=file_format).weights.name == (
        first.weights.name
    )


@pytest.mark.parametrize('kind', ['weights', 'config', 'card'])
def test_nothing_else_is_overwritten(tmp_path: Path, kind: str) -> None:
    source = saved(tmp_path)
    path = getattr(publish(source, tmp_path / 'out'), kind)
    path.write_bytes(b'mine')
    with pytest.raises(UserError, match=f'{path} exists and holds something else'):
        publish(source, tmp_path / 'out')
    assert path.read_bytes() == b'mine'


def test_config_without_what_is_of_one_run(tmp_path: Path) -> None:
    text = publish(saved(tmp_path), tmp_path / 'out').config.read_text()
    assert '/home/me' not in text
    assert 'load_from' not in text
    assert 'resume=1' in text
    assert "type='MaskRCNN'" in text


def test_config_of_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    meta = {'cfg': f"import pathlib\npathlib.Path('{tmp_path}/marker').touch()"}
    publish(saved(tmp_path, meta=meta), tmp_path / 'out')
    assert not (tmp_path / 'marker').exists()


NAMES = {
    '../../evil': 'evil',
    '/etc/passwd': 'etc-passwd',
    'a\n# b c': 'a-b-c',
    'x' * 300: 'x' * 100,
    '..': 'model',
}


@pytest.mark.parametrize('name', NAMES, ids=NAMES.values())
def test_a_checkpoint_does_not_say_where_files_go(tmp_path: Path, name: str) -> None:
    meta = {'cfg': 'a = 1', 'experiment_name': name, 'dataset_meta': {'classes': 3}}
    found = publish(saved(tmp_path, meta=meta), tmp_path / 'deep/out')
    assert found.weights.parent == tmp_path / 'deep/out'
    assert found.weights.name.rpartition('_')[0] == NAMES[name]


def test_card(tmp_path: Path) -> None:
    found = publish(saved(tmp_path), tmp_path / 'out', half=True, licence='CC-BY-4.0')
    rows = found.card.read_text().splitlines()
    assert rows[0] == '# mask-rcnn_tiny'
    for row in (
        f'| config | `{found.config.name}` |',
        '| classes | nucleus, a\\|b |',
        '| data | vrdl2021 |',
        '| licence | CC-BY-4.0 |',
        '| date | 2026-11-21 |',
        '| training | 6 iterations |',
        '| weights | the last, 16 bits |',
        f'| SHA-256 | `{hashlib.sha256(found.weights.read_bytes()).hexdigest()}` |',
        '| coco/segm_mAP | 0.2500 |',
        f'mmnuc test {found.config.name} {found.weights.name}',
    ):
        assert row in rows
    assert 'hausdorff' not in found.card.read_text()


def test_scores_of_other_weights_are_none(tmp_path: Path) -> None:
    found = publish(saved(tmp_path, **LAST), tmp_path / 'out')
    assert 'None were given, and the checkpoint was not validated' in found.card.read_text()


def test_what_is_said_comes_first(tmp_path: Path) -> None:
    (tmp_path / 'test.json').write_text('{"nuclei/aji": 0.5, "spread": {}, "best": null}')
    found = publish(
        *(saved(tmp_path, **LAST), tmp_path / 'out'),
        name='best-of-all',
        data='24 tiles',
        scores=tmp_path / 'test.json',
    )
    text = found.card.read_text()
    assert found.weights.name.startswith('best-of-all_20261121-')
    assert '| data | 24 tiles |' in text
    assert (
        'Measured on: test.json.\n\n| score | value |\n|---|---|\n| nuclei/aji | 0.5000 |' in text
    )


def test_imported_weights_say_where_they_came_from(tmp_path: Path) -> None:
    origin = {'framework': 'Detectron2', 'file': 'model_final.pth'}
    source = saved(tmp_path, meta={'origin': origin, 'cfg': CONFIG})
    os.utime(source, (0, 0))
    found = publish(source, tmp_path / 'out')
    assert '| origin: framework | Detectron2 |' in found.card.read_text()
    assert found.weights.name.startswith('a_19700101-')


def test_averaged_weights_are_taken(tmp_path: Path) -> None:
    model = nn.Linear(1, 1, bias=False)
    runner = SimpleNamespace(model=model, iter=0, epoch=0)
    hook = EMAHook(momentum=0.5)
    hook.before_run(runner)
    for value in (4.0, 8.0):
        nn.init.constant_(model.weight, value)
        hook.after_train_iter(runner, 0)
    content = checkpoint(state_dict=model.state_dict())
    hook.before_save_checkpoint(runner, content)
    torch.save(content, tmp_path / 'a.pth')
    found = publish(tmp_path / 'a.pth', tmp_path / 'out')
    # The first step takes the weights as they are, the second the mean of 4 and 8.
    assert weights.read_state(str(found.weights))['weight'].item() == 6
    assert '| weights | averaged over the training (EMA), 32 bits |' in found.card.read_text()


BAD: dict[str, tuple[dict[str, Any], str]] = {
    'format': ({'file_format': 'onnx'}, 'no such format: onnx; there are safetensors, pth'),
    'name': ({'name': '../a'}, 'the name has other characters'),
    'no config': ({'config': 'no.py'}, 'no such config: no.py'),
    'no scores': ({'scores': 'no.json'}, 'cannot read scores no.json'),
}


@pytest.mark.parametrize('case', BAD)
def test_bad_options(tmp_path: Path, case: str) -> None:
    options, reason = BAD[case]
    with pytest.raises(UserError, match=reason):
        publish(saved(tmp_path), tmp_path / 'out', **options)
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('content', ['[1]', '{"a": "b"}', '{"a": true}', '{'])
def test_bad_scores(tmp_path: Path, content: str) -> None:
    (tmp_path / 'scores.json').write_text(content)
    with pytest.raises(UserError, match=r'scores'):
        publish(saved(tmp_path), tmp_path / 'out', scores=tmp_path / 'scores.json')


def test_bad_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such checkpoint'):
        publish(tmp_path / 'no.pth', tmp_path / 'out')
    with pytest.raises(UserError, match='does not say of which config it is: --config'):
        publish(saved(tmp_path, meta={}), tmp_path / 'out')
    with pytest.raises(UserError, match=r'the config in checkpoint .* is none'):
        publish(saved(tmp_path, meta={'cfg': 'a ='}), tmp_path / 'out')
    with pytest.raises(UserError, match=r'the config in checkpoint .* is none'):
        publish(saved(tmp_path, meta={'cfg': 'a = "\udc80"'}), tmp_path / 'out')
    with pytest.raises(UserError, match='holds no weights of MMDetection'):
        publish(saved(tmp_path, state_dict={'a': 1}), tmp_path / 'out')
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='not a folder'):
        publish(saved(tmp_path), tmp_path / 'file')
    assert not (tmp_path / 'out').exists()


def test_description_is_in_the_file(tmp_path: Path) -> None:
    found = publish(saved(tmp_path), tmp_path / 'out', licence='MIT')
    about = load(found.weights)['meta']['published']
    assert about['licence'] == 'MIT'
    assert about['scores'] == {'coco/segm_mAP': 0.25}
    assert json.loads(json.dumps(about)) == about


def test_the_scale_is_stated(tmp_path: Path) -> None:
    plain = publish(saved(tmp_path), tmp_path / 'plain').card.read_text()
    assert '| pixel size | not stated |' in plain
    source = saved(tmp_path)
    content = torch.load(source, weights_only=False)
    content['meta']['cfg'] += '\npixel_size = 0.25\ndiameter = 21.4\n'
    torch.save(content, source)
    found = publish(source, tmp_path / 'out')
    card = found.card.read_text()
    assert '| pixel size | 0.25 µm |' in card
    assert '| nucleus diameter | 21.4 pixels |' in card
    assert 'pixel_size = 0.25' in found.config.read_text()
