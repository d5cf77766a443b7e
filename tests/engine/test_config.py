"""Configs read from anywhere, with bases of ours by name and a user's own modules."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.engine.config import read_config
from mmnuc.errors import UserError
from mmnuc.resources import config_file

NAME = 'mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021'
CHILD = """
_base_ = {base!r}
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline[:2]))
model = dict(backbone=dict(depth=34))
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize('text', [CHILD, CHILD.replace('{base!r}', '[{base!r}]')])
def test_a_base_by_name_is_the_base_by_path(tmp_path: Path, text: str) -> None:
    by_name = write(tmp_path / 'name.py', text.format(base=f'mmnuc::{NAME}.py'))
    by_path = write(tmp_path / 'path.py', text.format(base=str(config_file(NAME))))
    assert read_config(by_name).pretty_text == read_config(by_path).pretty_text
    assert '_scope_' not in read_config(by_name).pretty_text


def test_bases_of_bases_and_of_mmdet_still_work(tmp_path: Path) -> None:
    bases = ['mmnuc::_base_/datasets/vrdl2021.py', 'mmdet::_base_/models/mask-rcnn_r50_fpn.py']
    write(tmp_path / 'a/middle.py', f'_base_ = {bases}')
    child = write(tmp_path / 'b/child.py', "_base_ = '../a/middle.py'\nmax_iters = 7")
    cfg = read_config(child)
    assert (cfg.model.type, cfg.data_root, cfg.max_iters) == ('MaskRCNN', 'data/vrdl2021/', 7)
    assert cfg.train_dataloader.dataset.type == 'mmnuc.NucleiDataset'
    assert 'import_folders' not in cfg
    used = write(tmp_path / 'used.py', f'_base_ = {bases[1]!r}\nmodel = dict(_base_.model, a=1)')
    assert read_config(used).model._scope_ == 'mmdet'  # as mmengine stamps foreign bases


def test_a_config_by_name_takes_options() -> None:
    cfg = read_config(NAME.rpartition('/')[2], {'train_cfg.max_iters': 3})
    assert cfg.train_cfg.max_iters == 3
    assert Path(cfg.filename) == config_file(NAME)


def test_a_mistyped_base_names_the_right_one(tmp_path: Path) -> None:
    child = write(tmp_path / 'child.py', f"_base_ = 'mmnuc::{NAME}0.py'")
    with pytest.raises(UserError, match=rf'cannot read config .*child\.py: .*did you mean {NAME}'):
        read_config(child)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of a module that no other test has, lying in ``own/``; it is forgotten afterwards."""
    name = f'my_nuclei_{tmp_path.name}'.replace('-', '_')
    monkeypatch.setattr(sys, 'path', [*sys.path])
    write(tmp_path / f'own/{name}.py', 'LOADED = True\n')
    write(tmp_path / 'own/my.py', f'custom_imports = dict(imports=[{name!r}])\n')
    yield name
    sys.modules.pop(name, None)


def test_a_module_beside_the_config(tmp_path: Path, own: str) -> None:
    cfg = read_config(tmp_path / 'own/my.py')
    assert sys.modules[own].LOADED
    assert cfg.import_folders == [str(tmp_path / 'own')]
    assert str(tmp_path / 'own') == sys.path[-1]


def test_a_module_beside_a_base(tmp_path: Path, own: str) -> None:
    read_config(write(tmp_path / 'other/child.py', "_base_ = '../own/my.py'"))
    assert sys.modules[own].LOADED


def test_the_copy_in_a_work_folder_finds_the_module(tmp_path: Path, own: str) -> None:
    copy = tmp_path / 'work_dirs/my.py'
    copy.parent.mkdir()
    read_config(tmp_path / 'own/my.py').dump(copy)
    del sys.modules[own]
    sys.path.remove(str(tmp_path / 'own'))
    assert read_config(copy).pretty_text == read_config(tmp_path / 'own/my.py').pretty_text
    assert sys.modules[own].LOADED


def test_installed_modules_need_no_folder(tmp_path: Path) -> None:
    config = write(tmp_path / 'my.py', "custom_imports = dict(imports='json.decoder')")
    before = [*sys.path]
    assert 'import_folders' not in read_config(config)
    assert sys.path == before


def test_a_missing_module_says_where_to_put_it(tmp_path: Path) -> None:
    config = write(tmp_path / 'my.py', "custom_imports = dict(imports=['no_such_nuclei'])")
    with pytest.raises(UserError, match=r'need the module no_such_nuclei, .*beside the config'):
        read_config(config)
    allowed = "custom_imports = dict(imports=['no_such_nuclei'], allow_failed_imports=True)"
    read_config(write(tmp_path / 'allowed.py', allowed))


def test_another_module_of_that_name_is_no_silent_substitute(tmp_path: Path, own: str) -> None:
    read_config(tmp_path / 'own/my.py')
    write(tmp_path / f'other/{own}.py', 'LOADED = False\n')
    config = write(tmp_path / 'other/my.py', f'custom_imports = dict(imports=[{own!r}])\n')
    with pytest.raises(UserError, match='another one of that name was loaded'):
        read_config(config)


def test_readers_that_are_not_ours_find_bases_by_name_too(tmp_path: Path) -> None:
    child = write(tmp_path / 'child.py', f"_base_ = 'mmnuc::{NAME}.py'")
    assert Config.fromfile(child).model.type == 'MaskRCNN'
