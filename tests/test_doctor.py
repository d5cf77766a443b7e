"""The doctor's lines: what they say about a sound machine and about damaged ones."""

import hashlib
import shutil
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


def all_results(name: str) -> list[CheckResult]:
    return list(examine(name, doctor.CHECKS[name]))


@pytest.mark.parametrize('name', ['python', 'torch', 'operators', 'numba', 'folders'])
def test_sound_machine(name: str) -> None:
    assert [result.ok for result in all_results(name)] == [True]


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


LISTINGS = {
    'a pin, a range, an extra': (
        ['torch==2.12.1', 'numpy<2.3,>=2.1', 'ruff==0.17.5; extra == "dev"'],
        {'torch': '==2.12.1', 'numpy': '<2.3,>=2.1'},
    ),
    'in brackets, and without a version': (
        ['rich (>=13)', 'tqdm'],
        {'rich': '>=13', 'tqdm': ''},
    ),
    'for another Python': (
        ['scipy>=1; python_version < "3"', 'numba>=1; python_version >= "3"'],
        {'numba': '>=1'},
    ),
}


@pytest.mark.parametrize(('listing', 'read'), LISTINGS.values(), ids=LISTINGS)
def test_reads_the_requirements_of_an_installed_package(
    monkeypatch: pytest.MonkeyPatch, listing: list[str], read: dict[str, str]
) -> None:
    monkeypatch.setattr(packages, 'checkout', lambda: None)
    monkeypatch.setattr(metadata, 'requires', lambda _name: listing)
    assert dict(packages.requirements()) == read


def test_an_installation_without_its_list_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, 'checkout', lambda: None)
    monkeypatch.setattr(metadata, 'requires', lambda _name: None)
    (result,) = packages.pinned()
    assert (result.ok, result.words) == (False, 'no requirements listed')


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages with mmnuc in it, beside a stray requirements.txt."""
    package = Path(packages.__file__).resolve().parents[1]
    # As a wheel has it, but for the configs and weights.
    ignored = shutil.ignore_patterns('__pycache__', 'configs', 'weights')
    shutil.copytree(package, tmp_path / 'mmnuc', ignore=ignored)
    (tmp_path / 'requirements.txt').write_text('django==1.0\n')
    information = tmp_path / 'mmnuc-9.9.dist-info'
    information.mkdir()
    (information / 'METADATA').write_text(
        'Metadata-Version: 2.4\nName: mmnuc\nVersion: 9.9\nRequires-Dist: torch==2.12.1\n'
    )
    return tmp_path


def test_without_a_checkout(site: Path) -> None:
    command = [sys.executable, '-S', '-m', 'mmnuc.doctor', '--only', 'packages', 'configs']
    done = subprocess.run(
        [*command, 'weights'],
        cwd=site,
        env={'PYTHONPATH': str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ['FAIL', name] for name in ('torch', 'others', 'configs', 'weights', 'weights')
    ]
    assert 'not installed, needs ==2.12.1 → install mmnuc with pip' in lines[0]
    assert f'0 in {site / "mmnuc" / "configs"}' in lines[2]
    assert 'django' not in done.stdout


def test_configs_and_weights_of_the_project_are_whole() -> None:
    (configs,) = all_results('configs')
    assert configs.ok
    assert [result.ok for result in all_results('weights')] == [True, True]


def test_damaged_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('MMNUC_WEIGHTS', str(tmp_path))
    whole = b'weights'
    name = f'histology_20260101-{hashlib.sha256(whole).hexdigest()[:8]}'
    path = tmp_path / f'{name}.safetensors'
    path.write_bytes(whole[:-1])
    histology, fluorescence = all_results('weights')
    assert f'{path} is damaged' in histology.words
    assert 'weights of the fluorescence model' in fluorescence.words
    path.write_bytes(whole)
    assert f'has no config {name}.py' in all_results('weights')[0].words
    path.with_suffix('.py').write_text('')
    assert all_results('weights')[0].ok


def test_kernels_of_every_package_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = machine.numba()
    caches = machine._kernel_caches()
    # In these packages, at the least, loops are compiled.
    for package in ('ops.codecs', 'stitching', 'evaluation.functional', 'export'):
        assert any(name.startswith(f'mmnuc.{package}.') for name in caches)
    assert result.ok
    folders = {name: None if 'export' in name else '/cache' for name in caches}
    monkeypatch.setattr(machine, '_kernel_caches', lambda: folders)
    (result,) = machine.numba()
    assert not result.ok
    assert 'those of mmnuc.export.' in result.words
    assert 'mmnuc.stitching' not in result.words


def test_operators_that_compute_wrong_results_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmcv.ops

    monkeypatch.setattr(mmcv.ops, 'nms', lambda boxes, *_: (boxes, torch.tensor([0])))
    (result,) = operators.operators()
    assert not result.ok
    assert 'wrong on cpu: nms' in result.words


def test_compiled_operators_that_do_not_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library = tmp_path / '_ext.py'
    library.write_text("raise ImportError('undefined symbol: _ZN2at')")
    package = ModuleType('mmcv')
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, 'mmcv', package)
    monkeypatch.delitem(sys.modules, 'mmcv._ext', raising=False)
    (result,) = operators.operators()
    assert not result.ok
    assert 'undefined symbol' in result.words
    assert '--no-cache-dir' in result.remedy


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
    (result,) = opencv.opencv()
    assert result.ok is ok
    assert result.ok or result.remedy


def test_opencv_on_disk_is_recognised() -> None:
    installed = [name for name in opencv.DISTRIBUTIONS if opencv._version(name)]
    assert [opencv._is_on_disk(name) for name in installed].count(True) == 1


def test_closed_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.tempfile, 'gettempdir', lambda: '/proc/nowhere')
    (result,) = machine.folders()
    assert not result.ok
    assert result.words == 'not writable: /proc/nowhere'


def test_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1e8

    monkeypatch.setattr(machine.shutil, 'disk_usage', lambda _path: Usage)
    (result,) = machine.disk()
    assert not result.ok
    assert '0.1 GB free' in result.words
