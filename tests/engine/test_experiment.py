"""From a config and options to the config that runs."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.engine.experiment import prepare, with_options
from mmnuc.errors import UserError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / 'mine.py'
    path.write_text('train_cfg = dict(max_iters=5)\nnames = ["a"]\n')
    return path


def test_a_file_is_read_with_options(file: Path) -> None:
    cfg = with_options(file, {'train_cfg.max_iters': 7})
    assert cfg.train_cfg.max_iters == 7


def test_a_config_that_was_read_stays_as_it_is(file: Path) -> None:
    before = Config.fromfile(str(file))
    after = with_options(before, {'train_cfg.max_iters': 7})
    assert (before.train_cfg.max_iters, after.train_cfg.max_iters) == (5, 7)


@pytest.mark.parametrize('known', [True, False], ids=['read before', 'a file'])
def test_options_that_do_not_fit(file: Path, known: bool) -> None:
    config = Config.fromfile(str(file)) if known else file
    with pytest.raises(UserError, match='do not fit'):
        with_options(config, {'names.5': 'b'})


FOLDERS = {
    'asked for': ('asked', None, 'asked'),
    'asked for and by config': ('asked', 'own', 'asked'),
    'by config': (None, 'own', 'own'),
    'by name': (None, None, str(Path('work_dirs', 'mine'))),
}


@pytest.mark.parametrize(('asked', 'own', 'used'), FOLDERS.values(), ids=FOLDERS)
def test_work_folder(file: Path, asked: str | None, own: str | None, used: str) -> None:
    options = {} if own is None else {'work_dir': own}
    cfg = prepare(file, work_dir=asked, cfg_options=options)
    assert (cfg.work_dir, cfg.launcher) == (used, 'none')


def test_a_config_of_no_file_needs_a_folder() -> None:
    with pytest.raises(UserError, match='name a folder'):
        prepare(Config(dict(model=dict(type='A'))))
