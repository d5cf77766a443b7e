"""Options that commands share mean what they mean to MMDetection's users."""

import argparse

import pytest
from mmengine.config import DictAction

from mmnuc.cli import options
from mmnuc.cli.main import parse
from mmnuc.errors import UserError
from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize

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


def test_what_is_read() -> None:
    words = ['--series', '2', '--channel', 'DAPI', '--plane', '3', '--range', '0', '4095']
    found = options.reading(parse(['predict', 'a.tif', *words, '--pixel-size', '0.5,0.25']))
    assert (found.series, found.channels, found.plane) == (2, ('DAPI',), 3)
    assert (found.value_range, found.pixel_size) == ((0, 4095), PixelSize(0.5, 0.25))
    colours = ['--channel', '3', '--channel', 'red', '--channel', '1', '--project', 'max']
    found = options.reading(parse(['predict', 'a.tif', *colours, '--pixel-size', '0.5']))
    assert (found.channels, found.project) == ((3, 'red', 1), 'max')
    assert found.pixel_size == PixelSize(0.5, 0.5)
    assert options.reading(parse(['predict', 'a.tif'])) == ReadOptions()


BAD_READING = {
    'a series before the first': (['--series', '0'], '--series counts from 1, not 0'),
    'a plane before the first': (['--plane', '-1'], '--plane counts from 1, not -1'),
    'one plane and all': (['--plane', '1', '--project', 'max'], 'leave one out'),
    'two channels': (['--channel', '1', '--channel', '2'], 'once or three times, not 2 times'),
    'an empty range': (['--range', '5', '5'], 'LOW below HIGH, not 5 5'),
    'no range': (['--range', 'nan', '5'], 'LOW below HIGH, not nan 5'),
    'no size': (['--pixel-size', '0'], 'micrometres above 0, one number or X,Y, not 0'),
    'no number': (['--pixel-size', '0.5um'], 'one number or X,Y, not 0.5um'),
    'three sizes': (['--pixel-size', '1,2,3'], 'one number or X,Y, not 1,2,3'),
    'an endless size': (['--pixel-size', 'inf'], 'not inf'),
}


@pytest.mark.parametrize(('words', 'message'), BAD_READING.values(), ids=BAD_READING)
def test_what_can_not_be_read(words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        options.reading(parse(['predict', 'a.tif', *words]))


@pytest.mark.parametrize('word', ['0', '-1', 'nan', 'inf', 'large', ''])
def test_no_diameter(word: str) -> None:
    args = parse(['predict', 'a.tif', f'--diameter={word}'])
    with pytest.raises(UserError, match=f'takes pixels above 0, or auto, not {word}'):
        args.run(args)


@pytest.mark.parametrize('text', ['nan', 'inf', '-inf', 'x'])
def test_a_score_that_is_no_number_is_refused(text: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        parse(['evaluate', 'a.json', 'b.json', f'--score-thr={text}'])
    assert '--score-thr' in capsys.readouterr().err
