"""Configs of the project are found by name from any folder."""

from pathlib import Path

import pytest

from mmnuc.errors import UserError
from mmnuc.resources import config_file, config_names, folder_of

NAME = 'mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021'
STEM = NAME.rpartition('/')[2]
SPELLINGS = {
    'name': NAME,
    'with ending': f'{NAME}.py',
    'stem': STEM,
    'stem with ending': f'{STEM}.py',
    'prefix': f'mmnuc::{NAME}.py',
    'prefix and stem': f'mmnuc::{STEM}',
    'as in a checkout': f'configs/{NAME}.py',
    'a path object': Path(f'{NAME}.py'),
}
FAR = {
    'mistyped': (f'{NAME[:-2]}1', NAME),
    'in another folder': (f'htc/{STEM}.py', NAME),
    'mistyped stem': (STEM.replace('light', 'ligth'), NAME),
}


@pytest.mark.parametrize('name', SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_a_name(
    name: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config_file(name) == folder_of('configs') / f'{NAME}.py'


def test_a_file_comes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f'{STEM}.py').touch()
    assert config_file(f'{STEM}.py') == Path(f'{STEM}.py')


@pytest.mark.parametrize(('name', 'near'), FAR.values(), ids=FAR)
def test_a_mistyped_name_gives_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UserError, match=f'no such config: {name}; did you mean .*{near}'):
        config_file(name)


def test_nothing_near() -> None:
    with pytest.raises(UserError, match=r'no such config: no\.py$'):
        config_file('no.py')


def test_a_stem_of_two_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ('first', 'second'):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'tiny_model.py').touch()
    monkeypatch.setattr('mmnuc.resources.folder_of', lambda _: tmp_path)
    with pytest.raises(UserError, match=r'did you mean first/tiny_model, second/tiny_model\?'):
        config_file('tiny_model')


def test_names_are_those_of_the_files() -> None:
    names = config_names()
    assert NAME in names
    assert names == sorted(names)
    assert not any('_base_' in name for name in names)
    assert config_file('_base_/datasets/vrdl2021').is_file()
