"""A published model, trained further on own images by one command, and used at once."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmnuc.apis.finetune import finetuning
from mmnuc.apis.model_zoo.publish import publish
from mmnuc.cli.main import main
from mmnuc.engine.checkpoints.weights import read_state
from mmnuc.errors import UserError

Call = Callable[..., int | None]


@pytest.fixture
def weights(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny model, published as the histology model that comes with the project."""
    folder = tmp_path / 'weights'
    found = publish(trained.parent / 'run/iter_6.pth', folder, name='histology')
    monkeypatch.setenv('MMNUC_WEIGHTS', str(folder))
    monkeypatch.chdir(tmp_path)
    return found.weights


@pytest.fixture
def data(world: Path) -> Path:
    """A folder as ``mmnuc convert`` writes it."""
    return (world.parent / 'data').rename(world.parent / 'mine')


def short(*more: str) -> tuple[str, ...]:
    return ('--cfg-options', 'train_cfg.max_iters=2', *more)


def test_one_command_and_the_result_predicts(
    weights: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['train', '--from', 'histology', '--data', str(data), *short()]) is None
    said = capsys.readouterr().out
    assert f'starts from {weights}' in said
    nuclei = len(json.loads((data / 'train.json').read_text())['annotations'])
    assert f'4 images with {nuclei} nuclei; validated on 2 images with' in said
    assert 'frozen: backbone, neck, rpn_head; 2 iterations' in said
    run = tmp_path / 'work_dirs/histology_mine'
    before, after = read_state(str(weights)), read_state(str(run / 'iter_2.pth'))
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert {name.partition('.')[0] for name in before if name not in same} == {'roi_head'}
    assert all(name in same for name in before if not name.startswith('roi_head'))

    (line,) = re.findall('find nuclei with it: mmnuc (.+)', said)
    words = [str(data / 'images/tile_7.png') if w == 'IMAGES' else w for w in shlex.split(line)]
    assert main([*words, '--out', 'found']) == 0
    assert json.loads((tmp_path / 'found/tile_7.geojson').read_text())['type']


@pytest.mark.usefixtures('weights')
def test_without_images_to_validate_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / 'val.json').unlink()
    run = tmp_path / 'run'
    work_dir = ('--work-dir', str(run))
    main(['train', '--from', 'histology', '--data', str(data), *work_dir, *short()])
    said = capsys.readouterr().out
    assert f'no {data / "val.json"}: without validation' in said
    assert f'--checkpoint {run / "iter_2.pth"}' in said.splitlines()[-1]
    assert not list(run.glob('best_*'))


@pytest.mark.usefixtures('weights')
def test_everything_may_learn(data: Path) -> None:
    assert finetuning('histology', data, freeze=()).config.frozen == []
    assert 'frozen: nothing' in finetuning('histology', data, freeze=()).description()


@pytest.mark.usefixtures('weights')
def test_the_settings_of_the_training(data: Path) -> None:
    cfg = finetuning('histology', data, cfg_options={'optim_wrapper.optimizer.lr': 1e-5}).config
    assert cfg.train_cfg.max_iters == 300
    assert cfg.optim_wrapper.optimizer.lr == 1e-5
    roots = {cfg[f'{split}_dataloader'].dataset.data_root for split in ('train', 'val', 'test')}
    assert roots == {f'{data}/'}
    evaluators = [*cfg.val_evaluator, *cfg.test_evaluator]
    assert {evaluator.ann_file for evaluator in evaluators} == {str(data / 'val.json')}
    assert isinstance(cfg, Config)


def no_folder(data: Path) -> None:
    data.rename(data.parent / 'elsewhere')


def images_alone(data: Path) -> None:
    (data / 'train.json').unlink()


def annotations_alone(data: Path) -> None:
    (data / 'images').rename(data.parent / 'elsewhere')


def other_classes(data: Path) -> None:
    text = (data / 'val.json').read_text()
    (data / 'val.json').write_text(text.replace('"nucleus"', '"tumour cell"'))


def truncated(data: Path) -> None:
    (data / 'train.json').write_text('{"images": [')


FAULTS = {
    'no folder': (no_folder, 'mmnuc convert FORMAT SRC'),
    'images alone': (images_alone, 'holds no train.json beside images/'),
    'annotations alone': (annotations_alone, 'holds no train.json beside images/'),
    'other classes': (other_classes, 'has the classes tumour cell, but the histology model knows'),
    'truncated': (truncated, 'is no COCO json: the file ends too early'),
}


@pytest.mark.usefixtures('weights')
@pytest.mark.parametrize(('spoil', 'words'), FAULTS.values(), ids=FAULTS)
def test_other_folders(data: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(data)
    with pytest.raises(UserError, match=words):
        finetuning('histology', data)


WRONG = {
    'neither': ([], 'name a config, or a model'),
    'both': (['a.py', '--from', 'histology', '--data', 'd'], 'name a config, or a model'),
    'no data': (['--from', 'histology'], 'go together'),
    'no model': (['a.py', '--data', 'd'], 'go together'),
}


@pytest.mark.parametrize(('words', 'said'), WRONG.values(), ids=WRONG)
def test_arguments_that_do_not_go_together(words: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        main(['train', *words])
