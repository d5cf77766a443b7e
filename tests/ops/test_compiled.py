"""Kernels are compiled at import and cached wherever a cache can be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmnuc.ops.codecs import label_map, polygons, rle_kernels
from mmnuc.ops.crops import kernels as crop_kernels
from mmnuc.ops.crops import roi_align
from mmnuc.ops.crops import warp as crops_warp
from mmnuc.ops.overlap import masks as overlap

MODULES = (crop_kernels, crops_warp, label_map, overlap, polygons, rle_kernels, roi_align)


@pytest.mark.parametrize('module', MODULES, ids=lambda module: module.__name__)
def test_kernels_are_compiled_at_import(module) -> None:
    kernels = [value for value in vars(module).values() if hasattr(value, 'nopython_signatures')]
    assert kernels
    for function in kernels:
        assert len(function.nopython_signatures) == 1
        assert not function._can_compile


# Compiles one kernel of a copy of the module, and says where the machine code went.
SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from compiled import INT, U8, kernel
@kernel(INT(U8))
def total(values):
    return values.sum()
assert total(np.arange(4, dtype=np.uint8)) == 6
print(sum(total.stats.cache_hits.values()), sum(total.stats.cache_misses.values()))
"""


def run(folder: Path, home: Path) -> tuple[int, int]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(('NUMBA', 'XDG'))}
    environment |= {'HOME': str(home), 'PYTHONDONTWRITEBYTECODE': '1'}
    script = folder / 'script.py'
    command = [sys.executable, str(script), str(folder)]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    hits, misses = out.stdout.split()
    return int(hits), int(misses)


@pytest.fixture
def package(tmp_path: Path, repository: Path) -> Path:
    folder = tmp_path / 'package'
    folder.mkdir()
    shutil.copy(repository / 'mmnuc' / 'ops' / 'compiled.py', folder)
    (folder / 'script.py').write_text(SCRIPT)
    return folder


def test_the_second_process_finds_the_cache(package: Path, tmp_path: Path) -> None:
    assert run(package, tmp_path) == (0, 1)
    assert run(package, tmp_path) == (1, 0)
    assert list((package / '__pycache__').glob('script*.nbi'))


def test_a_folder_that_cannot_be_written(package: Path, tmp_path: Path) -> None:
    # A file in its place keeps everybody out, root too.
    (package / '__pycache__').write_text('')
    home = tmp_path / 'home'
    home.mkdir()
    assert run(package, home) == (0, 1)
    assert run(package, home) == (1, 0)
    assert list(home.rglob('script*.nbi'))


def test_no_folder_at_all(package: Path, tmp_path: Path) -> None:
    (package / '__pycache__').write_text('')
    home = tmp_path / 'home'
    home.write_text('')
    assert run(package, home) == run(package, home) == (0, 1)
    assert not list(tmp_path.rglob('*.nbi'))


def test_kernels_let_other_threads_run() -> None:
    assert crop_kernels.sums.targetoptions['nogil']
