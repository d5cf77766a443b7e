"""Names come in when they are asked for, and bring only what they need."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import mmnuc
from mmnuc.lazy import lazy_names

HEAVY = ('torch', 'mmcv', 'mmengine', 'mmdet', 'cv2', 'pandas', 'pyarrow', 'tifffile', 'matplotlib')
LAZY = ('mmnuc', 'mmnuc.export', 'mmnuc.structures')


def loaded_by(code: str) -> set[str]:
    """Top-level packages that a line of code brings in, in a fresh interpreter."""
    lines = (
        f'import json, sys\n{code}\nprint(json.dumps([n.partition(".")[0] for n in sys.modules]))'
    )
    done = subprocess.run([sys.executable, '-c', lines], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


NUCLEI = """
import numpy as np
from mmnuc import Nuclei
nuclei = Nuclei.from_label_map(np.array([[1, 1, 0, 2]]), scores=[0.9, 0.4])
assert nuclei.filter(score_threshold=0.5).to_label_map().tolist() == [[1, 1, 0, 0]]
assert nuclei.translate(1, 0).areas.tolist() == [2]
"""
LIGHT = {
    'the package': ('import mmnuc; dir(mmnuc)', (*HEAVY, 'numpy', 'numba')),
    'the table of formats': (
        'from mmnuc.export import FORMATS, format_of; format_of("a.geojson")',
        (*HEAVY, 'numpy', 'numba'),
    ),
    'nuclei': (NUCLEI, HEAVY),
    'nuclei and their measurements': (
        NUCLEI + 'from mmnuc.export.measure import measure; measure(nuclei)',
        HEAVY,
    ),
    'stitching': ('from mmnuc.stitching import fusion, stitcher', HEAVY),
}


@pytest.mark.parametrize(('code', 'unwanted'), LIGHT.values(), ids=LIGHT)
def test_brings_in_only_what_it_needs(code: str, unwanted: tuple[str, ...]) -> None:
    assert loaded_by(code) & set(unwanted) == set()


@pytest.mark.parametrize('package', LAZY)
def test_every_name_is_there_and_seen_by_editors(package: str) -> None:
    module = import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name if name != 'FORMATS' else module.FORMATS
    assert set(module.__all__) <= set(dir(module))
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding='utf-8'))
    typed = next(node for node in tree.body if isinstance(node, ast.If))
    names = {alias.name for node in typed.body for alias in getattr(node, 'names', ())}
    assert names == set(module.__all__)


def test_the_front_door() -> None:
    assert set(mmnuc.__all__) == {
        *('Nuclei', 'evaluate', 'load', 'predict', 'segment', 'test', 'train')
    }


def test_a_name_that_is_not_there() -> None:
    get, listed = lazy_names('pack', {'sqrt': 'math'})
    assert listed() == ['sqrt']
    with pytest.raises(AttributeError, match="'pack' has no attribute 'cube'"):
        get('cube')
    with pytest.raises(ImportError, match='cannot import name'):
        exec('from mmnuc import no_such_name')
