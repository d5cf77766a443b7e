"""The versions of everything that computes, also where something is missing."""

import sys
from importlib import metadata

import pytest

import mmnuc
from mmnuc.cli import version
from mmnuc.cli.main import main


def fields(text: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in text.splitlines())


def test_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['--version']) == 0
    found = fields(capsys.readouterr().out)
    assert list(found) == [
        'mmnuc', 'python', 'torch', 'torchvision', 'mmdet', 'mmengine', 'mmcv', 'device',
    ]  # fmt: skip
    assert found['mmnuc'] == mmnuc.__version__
    assert found['torch'] == metadata.version('torch')
    assert 'operators: ' in found['mmcv']
    assert found['device'].startswith(('cpu', 'cuda'))


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def version_of(name: str) -> str:
        if 'mmdet' in name:
            raise metadata.PackageNotFoundError(name)
        return '1.0'

    monkeypatch.setattr(metadata, 'version', version_of)
    assert fields(version.version_text())['mmdet'] == 'not installed'


def test_operators_that_do_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'mmcv._ext', None)
    assert 'operators: do not load (ModuleNotFoundError' in version.version_text()
