"""Every module has a test that reaches it, and tests lie where their room does."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'mmnuc'
# Tests of what is no room of the package.
OTHER_TESTS = {'architecture', 'docs', 'tools'}


def name_of(path: Path) -> str:
    """Dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


MODULES = {name_of(path): path for path in PACKAGE.rglob('*.py')}


def mentions(source: str, package: str) -> Iterator[str]:
    """Full names of what is imported, and text that may name a module, as in a table.

    Text is taken for a full name, and for the name of what lies beside the file, as in
    ``'geojson.write_geojson'``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            yield f'{package}.{node.value}'


@cache
def leads_to(path: Path) -> frozenset[str]:
    """Modules that a file imports or names."""
    found = set()
    for name in mentions(path.read_text(encoding='utf-8'), name_of(path.parent / '__init__.py')):
        if name in MODULES:
            found.add(name)
        elif name.rpartition('.')[0] in MODULES:
            found.add(name.rpartition('.')[0])
    return frozenset(found)


def room(module: str) -> str:
    """The room of a module: the first folder below the package."""
    return module.split('.')[1] if '.' in module else ''


def reached(tests: Mapping[Path, frozenset[str]]) -> set[str]:
    """Modules that tests import, and what these import of their own room."""
    open_ones = {module for names in tests.values() for module in names}
    done: set[str] = set()
    while open_ones:
        module = open_ones.pop()
        done.add(module)
        own = {name for name in leads_to(MODULES[module]) if room(name) == room(module)}
        open_ones |= own - done
    return done


def test_every_module_has_a_test_that_reaches_it() -> None:
    tests = {path: leads_to(path) for path in (ROOT / 'tests').rglob('*.py')}
    # A package's own file is a table of contents.
    modules = {name for name, path in MODULES.items() if path.name != '__init__.py'}
    assert sorted(modules - reached(tests)) == []


def test_folders_of_tests_mirror_rooms() -> None:
    folders = {path.parent.relative_to(ROOT / 'tests') for path in ROOT.glob('tests/**/test_*.py')}
    strange = {
        str(folder)
        for folder in folders
        if not (PACKAGE / folder).is_dir() and folder.parts[0] not in OTHER_TESTS
    }
    assert strange == set()
