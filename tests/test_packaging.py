"""The wheel: built from the checkout, complete, with the one list of requirements."""

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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of a copy of the checkout: building leaves folders behind."""
    source = tmp_path_factory.mktemp('source')
    shutil.copytree(ROOT / 'mmnuc', source / 'mmnuc', ignore=shutil.ignore_patterns('__pycache__'))
    for name in ('pyproject.toml', 'README.md', 'LICENSE', 'requirements.txt'):
        shutil.copy(ROOT / name, source)
    shutil.copy(ROOT / 'requirements-dev.txt', source)
    command = [sys.executable, '-m', 'pip', 'wheel', '.', '--no-deps', '--no-build-isolation']
    done = subprocess.run(
        [*command, '-q', '-w', 'dist'], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (source / 'dist').glob('*.whl')
    return zipfile.ZipFile(path)


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


def test_asks_for_what_requirements_txt_lists(wheel: zipfile.ZipFile) -> None:
    asked = metadata(wheel)['Requires-Dist']
    lines = (ROOT / 'requirements.txt').read_text(encoding='utf-8').splitlines()
    listed = [line for line in lines if line and not line.startswith('#')]
    assert len([line for line in asked if 'extra ==' not in line]) == len(listed)
    assert {'torch==2.12.1', 'torchvision==0.27.1', 'onedl-mmcv==2.3.6'} <= set(asked)
    assert any(line.startswith('pytest') and 'extra == "dev"' in line for line in asked)


def test_says_its_licence(wheel: zipfile.ZipFile) -> None:
    assert metadata(wheel)['License-Expression'] == ['Apache-2.0']
    assert any(name.endswith('LICENSE') for name in wheel.namelist())
