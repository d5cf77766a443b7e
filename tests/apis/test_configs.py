"""Configs listed, printed, and copied to be changed."""

import argparse
import re
from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.apis.configs import about_config, copy_config, list_configs, print_config
from mmnuc.cli.commands import config as command
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError
from mmnuc.resources import config_file, config_name, config_names

LIGHT = 'mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021'

# Configs whose data or lengths are said in different ways.
SHAPES = {
    'several evaluators': LIGHT,
    'a wrapped data set, in epochs': 'mask_rcnn/mask-rcnn_r50_fpn_adam-16parts_vrdl2021',
    'of mmdet, weights to start from': 'mask_rcnn/mask-rcnn_r50_fpn_1x_coco',
    'parts of one file': 'mask_rcnn/mask-rcnn_x101-32x8d_fpn_10k_tiny-voc',
}


def call(*words: object) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args([str(word) for word in words]))


def test_every_experiment_is_listed_with_a_line_about_it() -> None:
    infos = list_configs()
    assert [info.name for info in infos] == config_names()
    assert all(len(info.about) > 20 for info in infos)
    assert all('\n' not in info.about for info in infos)


ABOUT = {
    'one line': ('# Discs.\n_base_ = []', 'Discs'),
    'two lines': ('# Discs\n# and rings.\nx = 1', 'Discs and rings'),
    'only the first sentence': ('# Rate 0.5 of mmdet. Why.\n', 'Rate 0.5 of mmdet'),
    'none': ('x = 1  # Discs', ''),
}


@pytest.mark.parametrize(('text', 'about'), ABOUT.values(), ids=ABOUT)
def test_about(tmp_path: Path, text: str, about: str) -> None:
    (tmp_path / 'c.py').write_text(text)
    assert about_config(tmp_path / 'c.py') == about


def test_list_takes_words(capsys: pytest.CaptureFixture[str]) -> None:
    call('list', 'Synthetic', 'demo')
    assert capsys.readouterr().out.startswith(
        'mask_rcnn/mask-rcnn_r18_fpn-light_demo_synthetic  The demo: '
    )
    call('list', 'no such word')
    assert capsys.readouterr().out == ''


def test_print_is_a_config_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ('train_cfg.max_iters=3', 'anchors=[1,2]')
    call('print', LIGHT, '--cfg-options', *options)
    printed = capsys.readouterr().out
    assert printed.rstrip('\n') == print_config(
        LIGHT, {'train_cfg.max_iters': 3, 'anchors': [1, 2]}
    ).rstrip('\n')
    (tmp_path / 'printed.py').write_text(printed)
    assert Config.fromfile(tmp_path / 'printed.py').train_cfg.max_iters == 3


@pytest.mark.parametrize('name', SHAPES.values(), ids=SHAPES)
def test_a_copy_changes_nothing_until_a_line_is_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    child = copy_config(name, 'child.py')
    assert f'_base_ = {config_name(config_file(name))!r}' in child.read_text()
    whole = print_config(name)
    assert print_config(child) == whole
    # Its comments hold the base's values: used as they are, they change nothing either.
    used = re.sub(r'^# (?=[\w\s\]]+( =|\]$|dict\())|^# (?=\]$)', '', child.read_text(), flags=re.M)
    child.write_text(used)
    assert used.count('\n#') <= 4
    assert print_config(child) == whole


def test_other_data_reach_every_loader(tmp_path: Path) -> None:
    child = copy_config(LIGHT, tmp_path / 'child.py')
    lines = [line.removeprefix('# ') for line in child.read_text().splitlines()]
    start = lines.index("data_root = 'data/vrdl2021/'")
    end = next(number for number, line in enumerate(lines) if line.startswith('train_cfg'))
    lines[start] = "data_root = 'data/mine/'"
    lines[2:start] = []
    child.write_text('\n'.join(['# A child.', lines[1], *lines[2 : end - start + 2]]))
    cfg = read_config(child)
    assert 'data/vrdl2021' not in cfg.pretty_text
    assert cfg.val_evaluator[0].ann_file == 'data/mine/val.json'


def test_a_copy_of_the_users_own_config_names_its_path(tmp_path: Path) -> None:
    own = tmp_path / 'own.py'
    own.write_text(f'_base_ = {config_name(config_file(LIGHT))!r}\nmax_iters = 7')
    (tmp_path / 'there').mkdir()
    assert read_config(copy_config(own, tmp_path / 'there/child.py')).max_iters == 7


def test_a_copy_replaces_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / 'child.py'
    call('copy', LIGHT, target)
    assert capsys.readouterr().out == f'{target}\n'
    before = target.read_bytes()
    with pytest.raises(UserError, match=r'child\.py exists'):
        call('copy', LIGHT, target)
    assert target.read_bytes() == before


BAD = {
    'no python': ('child.txt', r'ends in \.py'),
    'no folder': ('no/child.py', 'no such folder'),
}


@pytest.mark.parametrize(('target', 'message'), BAD.values(), ids=BAD)
def test_a_bad_target(tmp_path: Path, target: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        copy_config(LIGHT, tmp_path / target)
