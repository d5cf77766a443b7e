"""The models that come with the project, as a table and as json."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from mmnuc.apis.model_zoo.listing import list_models, table
from mmnuc.apis.model_zoo.pretrained import PRETRAINED, pretrained_weights
from mmnuc.cli.commands import models as command
from mmnuc.errors import UserError

CARD = """# histology

| about | this model |
|---|---|
| data | ten tiles \\| ten more |
| licence | CC0 |

## Scores

Measured on: two tiles.

| score | value |
|---|---|
| nuclei/pq | 0.5000 |
| coco/segm_mAP_l | -1.0000 |
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights, in place of the project's."""
    monkeypatch.setenv('MMNUC_WEIGHTS', str(tmp_path))
    return tmp_path


def output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args(words))
    return capsys.readouterr().out


def test_every_model_is_described_in_full() -> None:
    models = list_models()
    assert tuple(model.name for model in models) == PRETRAINED
    for model in models:
        assert model.file == pretrained_weights(model.name)
        assert model.size == model.file.stat().st_size
        assert model.config.is_file()
        assert 'not stated' not in vars(model).values()
        assert {'nuclei/pq', 'nuclei/aji', 'coco/segm_mAP_50'} <= model.scores.keys()


def test_scores_are_those_of_the_weights() -> None:
    for model in list_models():
        with model.file.open('rb') as stream:
            size = int.from_bytes(stream.read(8), 'little')
            meta = json.loads(json.loads(stream.read(size))['__metadata__']['meta'])
        said = meta['published']['scores']
        assert dict(model.scores) == {name: pytest.approx(said[name], abs=5e-5) for name in said}


def test_a_card_of_another_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / 'histology_20261101-00000000.safetensors').write_bytes(b'12345')
    (folder / 'histology_20261101-00000000.md').write_text(CARD)
    (model,) = list_models()
    assert (model.size, model.data, model.licence) == (5, 'ten tiles | ten more', 'CC0')
    assert (model.scored_on, model.date) == ('two tiles', 'not stated')
    assert model.scores == {'nuclei/pq': 0.5, 'coco/segm_mAP_l': -1.0}
    assert output(capsys, 'list').splitlines()[1].split() == [
        'histology', '0', 'not', 'stated', '-', '-', '0.5000',
    ]  # fmt: skip


def test_a_model_without_a_card(folder: Path) -> None:
    (folder / 'histology_20261101-00000000.safetensors').touch()
    with pytest.raises(UserError, match='cannot read the model card'):
        list_models()


def test_no_models(folder: Path) -> None:
    assert table(list_models()) == f'no models in the folder: {folder}'


def test_json_says_all(capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(output(capsys, '--json'))
    assert [model['name'] for model in said] == list(PRETRAINED)
    assert Path(said[0]['config']).is_file()
    assert said[0]['licence'].startswith('CC BY-NC-SA 4.0')


def test_the_list_needs_no_torch() -> None:
    code = (
        'import sys; from mmnuc.apis.model_zoo.listing import list_models, table;'
        'table(list_models()); assert not {"torch", "numpy", "mmengine"} & set(sys.modules)'
    )
    subprocess.run([sys.executable, '-c', code], check=True)
