"""The doctor's lines: what they say about a sound machine and about damaged ones."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
import torch

from mmnuc.doctor import __main__ as doctor
from mmnuc.doctor import machine, opencv, operators, packages
from mmnuc.doctor.check_result import CheckResult, examine


def all_findings(name: str) -> list[CheckResult]:
    return list(examine(name, doctor.CHECKS[name]))


@pytest.mark.parametrize('name', ['python', 'torch', 'operators', 'numba', 'folders'])
def test_sound_machine(name: str) -> None:
    assert [finding.ok for finding in all_findings(name)] == [True]


def test_prints_a_line_a_check_and_exits_with_the_worst(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> Iterator[CheckResult]:
        yield CheckResult('cuda', False, 'the driver is too old', 'update it')

    assert doctor.main(['--only', 'python']) == 0
    monkeypatch.setitem(doctor.CHECKS, 'cuda', failing)
    assert doctor.main(['--only', 'python', 'cuda']) == 1
    output = capsys.readouterr().out.splitlines()
    assert len(output) == 3
    assert output[-1].split(maxsplit=2)[:2] == ['FAIL', 'cuda']
    assert output[-1].endswith('the driver is too old → update it')


def test_readable_without_a_single_package(tmp_path: Path) -> None:
    # -S hides site-packages, so nothing but the standard library and mmnuc is there.
    root = Path(packages.__file__).resolve().parents[2]
    command = [sys.executable, '-S', '-m', 'mmnuc.doctor']
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={'PYTHONPATH': str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert all(line.startswith(('ok', 'FAIL')) for line in lines)
    assert any('torch' in line and 'not installed, needs ==' in line for line in lines)
    assert all('→' in line for line in lines if line.startswith('FAIL'))
    assert 'Traceback' not in done.stderr


VERSIONS = {
    'the pin': ('2.12.1', '==2.12.1', True),
    'a build of the pin': ('2.12.1+cu130', '==2.12.1', True),
    'another': ('2.13.0', '==2.12.1', False),
    'in the range': ('2.2.6', '>=2.1,<2.3', True),
    'past the range': ('2.3.0', '>=2.1,<2.3', False),
}


@pytest.mark.parametrize(('version', 'specifier', 'ok'), VERSIONS.values(), ids=VERSIONS)
def test_versions(monkeypatch: pytest.MonkeyPatch, version: str, specifier: str, ok: bool) -> None:
    monkeypatch.setattr(metadata, 'version', lambda _name: version)
    monkeypatch.setattr(packages, 'requirements', lambda: iter([('torch', specifier)]))
    assert next(packages.pinned()).ok is ok


def test_reads_the_pins_with_their_comments() -> None:
    pins = dict(packages.requirements())
    assert pins['onedl-mmcv'] == '==2.3.6'
    assert pins['pycocotools'] == '==2.0.11'
    assert pins['numpy'].startswith('>=')


def test_reads_the_pins_of_an_installed_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packages, 'REQUIREMENTS', tmp_path / 'missing.txt')
    listing = ['torch==2.12.1', 'numpy<2.3,>=2.1', 'ruff==0.17.5; extra == "dev"']
    monkeypatch.setattr(metadata, 'requires', lambda _name: listing)
    assert dict(packages.requirements()) == {'torch': '==2.12.1', 'numpy': '<2.3,>=2.1'}


def test_operators_that_compute_wrong_results_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmcv.ops

    monkeypatch.setattr(mmcv.ops, 'nms', lambda boxes, *_: (boxes, torch.tensor([0])))
    (finding,) = operators.operators()
    assert not finding.ok
    assert 'wrong on cpu: nms' in finding.words


def test_compiled_operators_that_do_not_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library = tmp_path / '_ext.py'
    library.write_text("raise ImportError('undefined symbol: _ZN2at')")
    package = ModuleType('mmcv')
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, 'mmcv', package)
    monkeypatch.delitem(sys.modules, 'mmcv._ext', raising=False)
    (finding,) = operators.operators()
    assert not finding.ok
    assert 'undefined symbol' in finding.words
    assert '--no-cache-dir' in finding.remedy


OPENCV = {
    'none': ({}, None, False),
    'headless on top': (
        {'opencv-python': '4.12', opencv.HEADLESS: '4.12'},
        opencv.HEADLESS,
        True,
    ),
    'the one with windows on top': (
        {'opencv-python': '4.12', opencv.HEADLESS: '4.12'},
        'opencv-python',
        sys.platform != 'linux',
    ),
    'mixed versions': (
        {'opencv-python': '4.11', opencv.HEADLESS: '4.12'},
        opencv.HEADLESS,
        False,
    ),
    'a foreign file on top': ({opencv.HEADLESS: '4.12'}, None, False),
}


@pytest.mark.parametrize(('versions', 'owner', 'ok'), OPENCV.values(), ids=OPENCV)
def test_opencv(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], owner: str | None, ok: bool
) -> None:
    monkeypatch.setattr(opencv, '_version', versions.get)
    monkeypatch.setattr(opencv, '_is_on_disk', lambda name: name == owner)
    (finding,) = opencv.opencv()
    assert finding.ok is ok
    assert finding.ok or finding.remedy


def test_opencv_on_disk_is_recognised() -> None:
    installed = [name for name in opencv.DISTRIBUTIONS if opencv._version(name)]
    assert [opencv._is_on_disk(name) for name in installed].count(True) == 1


def test_closed_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.tempfile, 'gettempdir', lambda: '/proc/nowhere')
    (finding,) = machine.folders()
    assert not finding.ok
    assert finding.words == 'not writable: /proc/nowhere'


def test_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1e8

    monkeypatch.setattr(machine.shutil, 'disk_usage', lambda _path: Usage)
    (finding,) = machine.disk()
    assert not finding.ok
    assert '0.1 GB free' in finding.words
