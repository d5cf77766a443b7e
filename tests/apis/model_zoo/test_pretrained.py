"""The models that come with the project: found, looked at, and named instead of two files."""

import hashlib
from pathlib import Path

import pytest

from mmnuc.apis.model_zoo import pretrained as shipped
from mmnuc.apis.model_zoo.pretrained import pretrained_weights, with_weights
from mmnuc.errors import UserError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights, in place of the project's."""
    monkeypatch.setenv('MMNUC_WEIGHTS', str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, content: bytes, digits: str = '') -> Path:
    digits = digits or hashlib.sha256(content).hexdigest()[:8]
    path = folder / f'{name}-{digits}.safetensors'
    path.write_bytes(content)
    return path


def test_the_newest_of_a_name_is_taken(folder: Path) -> None:
    put(folder, 'histology_20261101', b'old')
    newest = put(folder, 'histology_20261121', b'new')
    put(folder, 'fluorescence_20261122', b'other')
    assert pretrained_weights('histology') == newest
    assert with_weights('histology', None) == (newest.with_suffix('.py'), newest)


@pytest.mark.parametrize('digits', ['00000000', 'not-hex-'])
def test_damaged_weights_are_refused(folder: Path, digits: str) -> None:
    put(folder, 'histology_20261101', b'half', digits)
    with pytest.raises(UserError, match='damaged or incomplete'):
        pretrained_weights('histology')


def test_missing_weights_say_where_they_were_looked_for(folder: Path) -> None:
    with pytest.raises(UserError, match=f'not in {folder}: .*MMNUC_WEIGHTS'):
        pretrained_weights('fluorescence')


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(UserError, match='no such model: cells; there are histology, fluor'):
        with_weights('cells', None)


def test_a_checkpoint_belongs_to_its_own_config() -> None:
    assert with_weights('c.py', 'w.pth') == ('c.py', 'w.pth')


@pytest.mark.parametrize('config', ['c.py', Path('c.py')])
def test_a_config_without_weights_is_no_model(config: str | Path) -> None:
    with pytest.raises(UserError, match=r'belong to the config c\.py\?'):
        with_weights(config, None)


@pytest.mark.parametrize('name', shipped.PRETRAINED)
def test_the_project_has_each_of_its_models(name: str) -> None:
    path = pretrained_weights(name)
    assert path.stat().st_size <= 40e6
    assert path.with_suffix('.py').is_file()
    assert 'licence' in path.with_suffix('.md').read_text(encoding='utf-8')
