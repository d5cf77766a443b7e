"""The import finder: who answers for ``mmcv._ext``, and what is said about missing operators."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from mmnuc import mmcv_ext


def run_python(code: str, *, path: Path | None = None) -> str:
    """Run code in a fresh interpreter, in the checkout, and return what it prints."""
    lines = ['import sys', f'sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})']
    if path is not None:
        lines.append(f'sys.path.insert(0, {str(path)!r})')
    command = [sys.executable, '-c', '\n'.join([*lines, code])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def package_with_extension(folder: Path, extension: str | None) -> Path:
    """A package called mmcv in a folder, with or without a module ``_ext``."""
    (folder / 'mmcv').mkdir()
    (folder / 'mmcv' / '__init__.py').write_text('')
    if extension is not None:
        (folder / 'mmcv' / '_ext.py').write_text(extension)
    return folder


def test_installed_module_wins(tmp_path: Path) -> None:
    package_with_extension(tmp_path, "nms = 'compiled'")
    code = 'import mmnuc, mmcv._ext; print(mmcv._ext.nms, "torch" in sys.modules)'
    assert run_python(code, path=tmp_path).split() == ['compiled', 'False']


def test_installed_module_wins_whatever_the_order_of_finders(tmp_path: Path) -> None:
    package_with_extension(tmp_path, "nms = 'compiled'")
    code = (
        'import mmnuc; sys.meta_path.insert(0, sys.meta_path.pop())\n'
        'import mmcv._ext; print(mmcv._ext.nms)'
    )
    assert run_python(code, path=tmp_path).split() == ['compiled']


def test_installed_module_that_fails_to_load_is_not_hidden(tmp_path: Path) -> None:
    package_with_extension(tmp_path, "raise ImportError('undefined symbol: _ZN2at')")
    code = (
        'import mmnuc\ntry:\n    import mmcv._ext\nexcept ImportError as error:\n    print(error)'
    )
    assert 'undefined symbol' in run_python(code, path=tmp_path)


def test_without_an_installed_module_torchvision_stands_in(tmp_path: Path) -> None:
    package_with_extension(tmp_path, None)
    code = (
        'import mmnuc, mmcv\nprint("torch" in sys.modules)\nimport mmcv._ext\n'
        'print(mmcv._ext.__spec__.origin, mmcv._ext.nms.__module__)'
    )
    assert run_python(code, path=tmp_path).split() == [
        'False',
        'mmnuc.mmcv_operators',
        'mmnuc.mmcv_operators.boxes',
    ]


def test_mmcv_finds_its_operators_and_mmdet_imports_quietly() -> None:
    printed = run_python(
        'import warnings; warnings.simplefilter("error", UserWarning)\n'
        'import mmnuc, mmdet.models, mmcv.ops\n'
        'from mmcv.utils.ext_loader import check_ops_exist\n'
        'print(check_ops_exist(), mmdet.models.layers.bbox_nms.batched_nms.__module__)'
    )
    assert printed.splitlines()[-1] == 'True mmcv.ops.nms'


def test_mmdet_before_mmnuc_is_warned_about(tmp_path: Path) -> None:
    (tmp_path / 'mmdet' / 'structures').mkdir(parents=True)
    for folder in (tmp_path / 'mmdet', tmp_path / 'mmdet' / 'structures'):
        (folder / '__init__.py').write_text('')
    assert 'Import mmnuc first' in run_python('import mmdet.structures, mmnuc', path=tmp_path)
    assert run_python('import mmdet, mmnuc', path=tmp_path) == ''


def test_is_installed_once_and_last() -> None:
    importlib.import_module('mmnuc')
    mmcv_ext.install()
    finders = [isinstance(finder, mmcv_ext.OperatorFinder) for finder in sys.meta_path]
    assert finders.count(True) == 1


def test_answers_for_nothing_else() -> None:
    finder = mmcv_ext.OperatorFinder()
    assert finder.find_spec('mmcv._extra') is None
    assert finder.find_spec('_ext') is None


def test_operators_that_are_missing_say_how_to_compile_mmcv() -> None:
    operator = mmcv_ext.missing_operator('carafe_forward')
    with pytest.raises(NotImplementedError, match=r"'carafe_forward'.*--no-build-isolation"):
        operator(1, scale=2)


def test_private_names_are_no_operators() -> None:
    with pytest.raises(AttributeError, match='__wrapped__'):
        mmcv_ext.missing_operator('__wrapped__')


def test_torchvision_without_its_operators_is_named() -> None:
    code = (
        'import mmnuc, torchvision\ntorchvision.extension._has_ops = lambda: False\n'
        'try:\n    import mmcv.ops\nexcept RuntimeError as error:\n    print(error)'
    )
    pytest.importorskip('torchvision')
    if importlib.import_module(mmcv_ext.NAME).__spec__.origin != mmcv_ext.ORIGIN:
        pytest.skip('compiled operators do not need torchvision')
    assert 'install the two together' in run_python(code)
