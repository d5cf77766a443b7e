"""No tool runs what a checkpoint holds, unless it is told to trust it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import mmnuc.apis
from mmnuc.apis import test as testing
from mmnuc.apis import train as training
from mmnuc.apis.checkpoints import score_checkpoints
from mmnuc.apis.model_zoo.import_weights import import_weights
from mmnuc.apis.model_zoo.publish import publish
from mmnuc.engine.checkpoints.loading import load
from mmnuc.errors import UserError


class Marking:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return Path.touch, (self.marker,)


@pytest.fixture
def checkpoint(trained: Path) -> dict[str, Any]:
    """What a finished training saved."""
    return load(trained.parent / 'run/iter_6.pth')


@pytest.fixture
def malicious(checkpoint: dict[str, Any], tmp_path: Path) -> Path:
    """A folder with a checkpoint that fits and makes a file ``marker`` beside it."""
    checkpoint['meta']['extra'] = Marking(tmp_path / 'marker')
    torch.save(checkpoint, tmp_path / 'a.pth')
    return tmp_path


def scored(config: Path, folder: Path, *options: str) -> None:
    testing.test(config, folder / 'a.pth', work_dir=folder / 'run', trust=bool(options))


def trained_with(config: Path, folder: Path, options: tuple[str, ...], **settings: Any) -> None:
    training.train(config, work_dir=folder / 'run', trust=bool(options), **settings)


def resumed(config: Path, folder: Path, *options: str) -> None:
    trained_with(config, folder, options, resume=folder / 'a.pth')


def started_from(config: Path, folder: Path, *options: str) -> None:
    settings = {'load_from': str(folder / 'a.pth'), 'train_cfg.max_iters': 1}
    trained_with(config, folder, options, cfg_options=settings)


def all_scored(config: Path, folder: Path, *options: str) -> None:
    score_checkpoints(config, folder, work_dir=folder / 'run', trust=bool(options))


def loaded(config: Path, folder: Path, *options: str) -> None:
    mmnuc.apis.load(config, folder / 'a.pth', 'cpu', trust=bool(options))


def imported(config: Path, folder: Path, *options: str) -> None:
    import_weights(folder / 'a.pth', folder / 'imported.pth', config, trust=bool(options))


def published(_: Path, folder: Path, *options: str) -> None:
    publish(folder / 'a.pth', folder / 'published', trust=bool(options))


ROADS = [scored, resumed, started_from, all_scored, loaded, imported, published]


@pytest.mark.parametrize('opened', ROADS)
def test_malicious_checkpoint(trained: Path, malicious: Path, opened: Callable[..., None]) -> None:
    with pytest.raises(UserError, match=r'it wants pathlib\.\S+, which is neither tensor nor pl'):
        opened(trained, malicious)
    assert not (malicious / 'marker').exists()
    opened(trained, malicious, '--trust-checkpoint')
    assert (malicious / 'marker').exists()
    with pytest.raises(UserError, match='--trust-checkpoint'):
        opened(trained, malicious)


def test_an_ensemble_trusts_none_of_its_models(trained: Path, malicious: Path) -> None:
    good, others = trained.parent / 'run/iter_6.pth', [(trained, malicious / 'a.pth')]
    with pytest.raises(UserError, match='--trust-checkpoint'):
        testing.test(trained, good, others=others, work_dir=malicious / 'run')
    assert not (malicious / 'marker').exists()


@pytest.mark.parametrize('options', [(), ('--trust-checkpoint',)], ids=['strict', 'trusted'])
def test_resuming_runs_no_config_of_the_checkpoint(
    trained: Path, checkpoint: dict[str, Any], tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Checkpoints of mmdet's second version hold their config, which mmengine would execute."""
    checkpoint['meta']['config'] = f"import pathlib\npathlib.Path('{tmp_path}/marker').touch()"
    torch.save(checkpoint, tmp_path / 'a.pth')
    resumed(trained, tmp_path, *options)
    assert not (tmp_path / 'marker').exists()


@pytest.mark.parametrize(
    'name',
    [
        'train.py',
        'test.py',
        'test_checkpoints.py',
        'predict.py',
        'ensemble.py',
        'import_weights.py',
        'publish_model.py',
    ],
)
def test_tools_have_the_option(
    call: Callable[..., int | None], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit):
        call(name, *(['models', '--help'] if name == 'ensemble.py' else ['--help']))
    assert '--trust-checkpoint' in capsys.readouterr().out
