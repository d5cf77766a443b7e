"""What a test of a checkpoint does to its config."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.apis import test as testing
from mmnuc.engine.segment_settings import set_ensemble, set_tiles
from mmnuc.errors import UserError


def config(folder: Path) -> Config:
    evaluators = [
        dict(type='Score'),
        dict(type='Writer', outfile='answer.json'),
        dict(type='Writer', outfile=str(folder / 'other/answer.json')),
    ]
    hooks = dict(visualization=dict(type='DetVisualizationHook'))
    return Config(
        dict(work_dir=str(folder / 'run'), test_evaluator=evaluators, default_hooks=hooks)
    )


def test_files_without_a_folder_go_into_the_work_folder(tmp_path: Path) -> None:
    cfg = config(tmp_path)
    files = testing.place_results(cfg)
    assert files == [tmp_path / 'run/answer.json', tmp_path / 'other/answer.json']
    assert [evaluator.outfile for evaluator in cfg.test_evaluator[1:]] == list(map(str, files))
    assert (tmp_path / 'other').is_dir()


def test_predictions_and_pictures_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = config(tmp_path)
    files = testing.place_results(cfg, 'kept/p.pkl', 'pictures')
    assert files[2:] == [Path('kept/p.pkl'), Path('pictures')]
    assert cfg.test_evaluator[-1] == dict(type='mmnuc.DumpResults', out_file_path='kept/p.pkl')
    assert cfg.default_hooks.visualization.draw
    assert cfg.default_hooks.visualization.test_out_dir == str(tmp_path / 'pictures')


def test_one_evaluator_is_a_list_of_one(tmp_path: Path) -> None:
    cfg = config(tmp_path)
    cfg.test_evaluator = dict(type='Writer', outfile='answer.json')
    assert testing.place_results(cfg) == [tmp_path / 'run/answer.json']


TILES = {
    'nothing': ({}, None),
    'tiles': (dict(tile=64, overlap=8), dict(tile=64, overlap=8)),
    'cuts as they are': (dict(merge=False), dict(merge=False)),
    'views': (dict(tta=True), dict(tta=dict(type='mmnuc.NucleiTTA'))),
}


@pytest.mark.parametrize(('asked', 'settings'), TILES.values(), ids=TILES)
def test_tiles_are_settings_of_the_hook(asked: dict, settings: dict | None) -> None:
    cfg = Config(dict())
    set_tiles(cfg, **asked)
    hooks = [dict(type='mmnuc.SegmentHook', **settings)] if settings else None
    assert cfg.get('custom_hooks') == hooks


def test_what_is_not_asked_for_stays() -> None:
    cfg = Config(dict(custom_hooks=[dict(type='mmnuc.SegmentHook', tile=128, overlap=16)]))
    set_tiles(cfg, overlap=32)
    assert cfg.custom_hooks == [dict(type='mmnuc.SegmentHook', tile=128, overlap=32)]


def test_ensembles(tmp_path: Path) -> None:
    other = (tmp_path / 'b.py', tmp_path / 'b.pth')
    with pytest.raises(UserError, match='no such file'):
        set_ensemble(Config(dict()), [other])
    for path in other:
        path.touch()
    with pytest.raises(UserError, match='2 models need 2 weights'):
        set_ensemble(Config(dict()), [other], [1.0])
    cfg = Config(dict())
    set_ensemble(cfg, [other], [1.0, 2.0])
    (hook,) = cfg.custom_hooks
    assert hook.ensemble == [dict(config=str(other[0]), checkpoint=str(other[1]))]
    assert hook.weights == [1.0, 2.0]
