"""A published model is read by every tool, and answers as it did."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import mmnuc.apis
from mmnuc.engine.checkpoints.weights import read_state
from mmnuc.errors import UserError


@pytest.fixture
def published(call, trained: Path, tmp_path: Path):
    """Run the tool: ``published('--fp16')`` returns the weights and the config."""

    def run(*options: object) -> tuple[Path, Path]:
        checkpoint = trained.parent / 'run/iter_6.pth'
        call('publish_model.py', checkpoint, tmp_path / 'out', *options)
        config = next((tmp_path / 'out').glob('*.py'))
        return next(config.parent.glob(f'{config.stem}.[sp]*t*')), config

    return run


@pytest.mark.parametrize('options', [(), ('--format', 'pth', '--fp16')], ids=['whole', 'half'])
def test_published_model_answers_as_before(trained: Path, published, options: tuple) -> None:
    weights, config = published(*options)
    tile = cv2.imread(str(trained.parent / 'data/images/tile_7.png'))[..., ::-1]
    before = mmnuc.apis.load(trained, trained.parent / 'run/iter_6.pth', 'cpu')([tile])[0]
    now = mmnuc.apis.load(config, weights, 'cpu')([tile])[0]
    if options:
        assert abs(len(now) - len(before)) <= 2
        assert np.isclose(now.scores.max(), before.scores.max(), atol=1e-3)
    else:
        assert np.array_equal(now.scores, before.scores)
        assert np.array_equal(now.boxes_xyxy, before.boxes_xyxy)


def test_half_precision_is_within_its_bits(trained: Path, published) -> None:
    weights, _ = published('--fp16', '--config', trained)
    before = read_state(str(trained.parent / 'run/iter_6.pth'))
    for name, value in read_state(str(weights)).items():
        torch.testing.assert_close(value.float(), before[name].float(), rtol=2**-11, atol=1e-7)
    assert weights.stat().st_size < 0.55 * sum(v.nbytes for v in before.values())


def test_the_test_tool_reads_it(trained: Path, published, tmp_path: Path, tool) -> None:
    weights, config = published()
    finished = tool('test.py', config, weights, '--work-dir', tmp_path / 'tested')
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / 'tested/answer.json').is_file()
    assert trained.stem in weights.name


@pytest.mark.parametrize('file_format', ['safetensors', 'pth'])
def test_published_weights_are_imported(published, tmp_path: Path, call, file_format: str) -> None:
    weights, config = published('--format', file_format)
    call('import_weights.py', weights, tmp_path / 'imported.pth', '--to', config)
    before, now = read_state(str(weights)), read_state(str(tmp_path / 'imported.pth'))
    assert before.keys() == now.keys()
    assert all(torch.equal(before[name], now[name]) for name in before)


def test_weights_of_another_config(published, world: Path) -> None:
    text = world.read_text().replace('fc_out_channels=16', 'fc_out_channels=8')
    world.write_text(text)
    with pytest.raises(UserError, match='does not fit the model of this config'):
        published('--config', world)
