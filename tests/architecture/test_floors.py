"""The walls of docs/design.md: imports point down, pure floors stay pure, files stay short."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'mmnuc'

# Floors from the bottom up. A module imports from floors below, and from its own package.
FLOORS = [
    {'atomic', 'errors', 'lazy', 'registry', 'safe_pickle'},
    {'resources'},
    {'ops'},
    {'mmcv_operators'},
    {'mmcv_ext'},
    {'coco', 'images'},
    {'evaluation.functional'},
    {'annotations'},
    {'converters', 'export', 'evaluation.submission', 'model_converters'},
    {'evaluation.results', 'evaluation.scorecard'},
    {'evaluation.report'},
    {'structures'},
    {'stitching'},
    {'inference'},
    {'datasets', 'models', 'engine', 'evaluation.metrics', 'visualization'},
    {'apis'},
    {'doctor'},
    {'cli'},
    {'__main__'},
]
FLOOR_OF = {package: floor for floor, packages in enumerate(FLOORS) for package in packages}
HOST = {'torch', 'torchvision', 'mmcv', 'mmdet', 'mmengine'}
# Below the adapters nothing knows the host; the doctor examines it when it is asked to.
PURE = (
    'ops',
    'evaluation.functional',
    'evaluation.submission',
    'evaluation.results',
    'evaluation.scorecard',
    'evaluation.report',
    'converters',
    'export',
    'images',
    'annotations',
    'model_converters',
    'coco',
    'stitching',
    'safe_pickle',
)


def module_name(path: Path) -> str:
    """Dotted name below mmnuc; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def home(module: str) -> str:
    """The package of the table that a module belongs to; empty if none."""
    parts = module.split('.')
    return next((name for name in ('.'.join(parts[:2]), parts[0]) if name in FLOOR_OF), '')


def imports(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, also inside of functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise AssertionError(f'{module}:{node.lineno}: a relative import')
            yield from ((node.lineno, f'{node.module}.{alias.name}') for alias in node.names)


def faults(module: str, source: str) -> Iterator[str]:
    """What breaks the rules in a module, one line for each."""
    own = home(module)
    for line, name in imports(source, module):
        top, _, rest = name.partition('.')
        where = f'mmnuc.{module}:{line} imports {name}'
        if top in HOST and own in PURE:
            yield f'{where}: below the adapters nothing knows the host'
        if top != 'mmnuc' or not own:
            continue
        other = home(rest)
        if not other:
            yield f'{where}: name the module, not the package'
        elif other != own and FLOOR_OF[other] >= FLOOR_OF[own]:
            yield f'{where}: an import that points up or sideways'


def test_imports_point_down() -> None:
    found = [
        fault
        for path in PACKAGE.rglob('*.py')
        for fault in faults(module_name(path), path.read_text(encoding='utf-8'))
    ]
    assert not found, '\n'.join(found)


def test_every_module_has_a_floor() -> None:
    modules = {module_name(path) for path in PACKAGE.rglob('*.py')}
    assert {module for module in modules - {'', 'evaluation'} if not home(module)} == set()


BROKEN = {
    'up': ('ops.rle', 'from mmnuc.structures import CropMasks'),
    'up, inside of a function': ('ops.rle', 'def f():\n    import mmnuc.apis.demo'),
    'sideways': ('models.heads', 'from mmnuc.datasets.nuclei import NucleiDataset'),
    'host': ('converters.coco', 'import torch.nn'),
    'a leaf that grows': ('atomic', 'from mmnuc.ops import rle'),
    'everything': ('models.heads', 'import mmnuc'),
}
SOUND = {
    'down': ('structures.masks', 'from mmnuc.ops.codecs.rle import decode'),
    'own package': ('ops.rle', 'from mmnuc.ops.crops import Crops'),
    'submodule by name': ('engine.runner', 'from mmnuc import registry'),
    'host above': ('models.heads', 'import torch'),
}


@pytest.mark.parametrize(('module', 'source'), BROKEN.values(), ids=BROKEN)
def test_finds_what_breaks_the_rules(module: str, source: str) -> None:
    assert len(list(faults(module, source))) == 1


@pytest.mark.parametrize(('module', 'source'), SOUND.values(), ids=SOUND)
def test_leaves_sound_imports_alone(module: str, source: str) -> None:
    assert list(faults(module, source)) == []


def loaded_by(modules: list[str]) -> set[str]:
    """Top-level packages that come in with some modules, in a fresh interpreter."""
    code = (
        f'import sys; before = set(sys.modules); import {", ".join(modules)}\n'
        'print(*{name.partition(".")[0] for name in set(sys.modules) - before})'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_package_itself_loads_the_standard_library_alone() -> None:
    assert loaded_by(['mmnuc']) - set(sys.stdlib_module_names) == {'mmnuc'}


def test_pure_floors_load_no_host() -> None:
    modules = [module_name(path) for path in PACKAGE.rglob('*.py')]
    pure = [f'mmnuc.{module}' for module in modules if home(module) in PURE]
    assert len(pure) > 20
    assert loaded_by(pure) & HOST == set()


def test_registry_loads_of_the_host_only_mmengine() -> None:
    source = (PACKAGE / 'registry.py').read_text(encoding='utf-8')
    assert {name.partition('.')[0] for _, name in imports(source, 'registry')} == {'mmengine'}
