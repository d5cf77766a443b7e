"""Options that commands share mean what they mean to MMDetection's users."""

import argparse

import pytest
from mmengine.config import DictAction

from mmnuc.cli import options
from mmnuc.cli.main import parse
from mmnuc.errors import UserError

SETTINGS = [
    'a=1', 'a=-2', 'a=1.5', 'a=1e-3', 'a=true', 'a=False', 'a=None', 'a=none', 'a=text', 'a=',
    'a=x=y', 'a.b.0.c=d', 'a=1,2,3', 'a=[1,2,3]', 'a=(1,2)', 'a=[(1,2),[a,b],c]', 'a=[]', 'a=()',
    'a="[1, 2]"', "a='x'", 'a=[1, 2 ,x y]', 'a=nan', 'a=inf', 'a=1_000', 'a=[[1]]', 'a=data/mine/',
]  # fmt: skip


def of_mmengine(words: list[str]) -> dict:
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args(['--cfg-options', *words]).cfg_options


@pytest.mark.parametrize('word', SETTINGS)
def test_settings_are_read_as_by_mmengine(word: str) -> None:
    ours, theirs = options.config_options([word]), of_mmengine([word])
    assert repr(ours) == repr(theirs)


def test_several_settings_in_several_options() -> None:
    words = ['train', 'c.py', '--cfg-options', 'a=1', 'b=2', '--seed', '1', '--cfg-options', 'a=3']
    assert options.config_options(parse(words).cfg_options) == {'a': 3, 'b': 2}


def test_no_settings() -> None:
    assert options.config_options(parse(['train', 'c.py']).cfg_options) == {}
    again = parse(['train', 'c.py', '--cfg-options', 'a=1'])
    assert again.cfg_options == ['a=1']
    assert parse(['train', 'c.py']).cfg_options == []


@pytest.mark.parametrize('word', ['a', '=1', 'a=[1,2', 'a=(1,2]', 'a=1),2'])
def test_malformed_settings(word: str) -> None:
    with pytest.raises(UserError, match='--cfg-options'):
        options.config_options([word])


def test_who_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('RANK', 'SLURM_PROCID'):
        monkeypatch.delenv(name, raising=False)
    assert options.is_first_process()
    monkeypatch.setenv('SLURM_PROCID', '1')
    assert not options.is_first_process()
    monkeypatch.setenv('RANK', '0')
    assert options.is_first_process()
