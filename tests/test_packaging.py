"""The wheel: built from the checkout, complete, with the one list of requirements."""

import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import mmnuc

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the checkout's packages are made of: building leaves folders behind."""
    source = tmp_path_factory.mktemp('source')
    for folder in ('mmnuc', 'configs', 'weights'):
        ignored = shutil.ignore_patterns('__pycache__')
        shutil.copytree(ROOT / folder, source / folder, ignore=ignored)
    for name in ('pyproject.toml', 'setup.py', 'MANIFEST.in', 'README.md', 'LICENSE'):
        shutil.copy(ROOT / name, source)
    for path in ROOT.glob('requirements*.txt'):
        shutil.copy(path, source)
    (source / 'weights/fetched_from_the_net.pth').write_bytes(b'not ours')
    (source / 'weights/imported_20261101-00000000.py').write_text('of = "the user"')
    return source


@pytest.fixture(scope='module')
def wheel(source: Path) -> zipfile.ZipFile:
    """The wheel of the checkout."""
    return wheel_of(source, source.parent / 'direct')


def wheel_of(source: Path | str, folder: Path) -> zipfile.ZipFile:
    """Build a wheel as pip does when it installs."""
    command = [sys.executable, '-m', 'pip', 'wheel', str(source), '--no-deps', '-q', '-w', folder]
    run([*command, '--no-build-isolation'])
    (path,) = folder.glob('*.whl')
    return zipfile.ZipFile(path)


def run(command: list[object], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def metadata(wheel: zipfile.ZipFile) -> dict[str, list[str]]:
    (name,) = (name for name in wheel.namelist() if name.endswith('.dist-info/METADATA'))
    message = Parser().parsestr(wheel.read(name).decode())
    return {key: message.get_all(key, []) for key in message.keys()}  # noqa: SIM118


def test_holds_every_module_and_the_type_marker(wheel: zipfile.ZipFile) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / 'mmnuc').rglob('*.py')}
    assert modules | {'mmnuc/py.typed'} <= set(wheel.namelist())


def test_holds_nothing_but_the_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split('/')[0] for name in wheel.namelist()}
    assert tops == {'mmnuc', f'mmnuc-{mmnuc.__version__}.dist-info'}


@pytest.mark.parametrize('folder', ['configs', 'weights'])
def test_holds_the_folder_as_the_checkout_has_it(wheel: zipfile.ZipFile, folder: str) -> None:
    held = {
        name.removeprefix('mmnuc/'): wheel.read(name)
        for name in wheel.namelist()
        if name.startswith(f'mmnuc/{folder}/')
    }
    tracked = run(['git', 'ls-files', '-cozX.gitignore', folder], ROOT).split('\0')[:-1]
    assert held == {name: (ROOT / name).read_bytes() for name in tracked}


def test_the_sdist_builds_the_same_wheel(source: Path, wheel: zipfile.ZipFile) -> None:
    code = 'from setuptools import build_meta; build_meta.build_sdist("sdist")'
    run([sys.executable, '-c', code], source)
    (archive,) = (source / 'sdist').glob('*.tar.gz')
    again = wheel_of(archive, source.parent / 'from_sdist')
    assert sums(again) == sums(wheel)


def sums(wheel: zipfile.ZipFile) -> dict[str, int]:
    return {entry.filename: entry.CRC for entry in wheel.infolist()}


def test_is_light(wheel: zipfile.ZipFile) -> None:
    assert Path(str(wheel.filename)).stat().st_size <= 100e6


def test_asks_for_what_requirements_txt_lists(wheel: zipfile.ZipFile) -> None:
    asked = metadata(wheel)['Requires-Dist']
    lines = (ROOT / 'requirements.txt').read_text(encoding='utf-8').splitlines()
    listed = [line for line in lines if line and not line.startswith('#')]
    assert len([line for line in asked if 'extra ==' not in line]) == len(listed)
    assert {'torch==2.12.1', 'torchvision==0.27.1', 'onedl-mmcv==2.3.6'} <= set(asked)
    assert any(line.startswith('pytest') and 'extra == "dev"' in line for line in asked)


def test_says_the_licence_of_all_it_holds(wheel: zipfile.ZipFile) -> None:
    about = metadata(wheel)
    assert about['License-Expression'] == ['Apache-2.0 AND CC-BY-NC-SA-4.0 AND CC0-1.0']
    held = wheel.namelist()
    for name in about['License-File']:
        assert f'mmnuc-{mmnuc.__version__}.dist-info/licenses/{name}' in held
    assert {Path(name).stem for name in about['License-File']} >= {
        'LICENSE', 'CC-BY-NC-SA-4.0', 'CC0-1.0',
    }  # fmt: skip
    assert not any(line.startswith('License ::') for line in about['Classifier'])


def test_each_card_names_a_licence_of_the_expression(wheel: zipfile.ZipFile) -> None:
    (expression,) = metadata(wheel)['License-Expression']
    cards = [name for name in wheel.namelist() if re.match(r'mmnuc/weights/\w+-\w{8}\.md', name)]
    assert len(cards) == 2
    for name in cards:
        (licence,) = re.findall(r'\| licence \| ([^,|]+)', wheel.read(name).decode())
        spdx = {'CC BY-NC-SA 4.0': 'CC-BY-NC-SA-4.0', 'CC0': 'CC0-1.0'}[licence]
        assert spdx in expression.split(' AND ')


def test_runs_on_the_pythons_it_says(wheel: zipfile.ZipFile) -> None:
    about = metadata(wheel)
    assert about['Requires-Python'] == ['<3.14,>=3.11']
    named = {line.rpartition(' ')[2] for line in about['Classifier'] if ':: 3.' in line}
    assert named == {'3.11', '3.12', '3.13'}
