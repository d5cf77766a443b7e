"""Public classes have names of their own, and no file is without a home."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'mmnuc'
HOMELESS = {'utils', 'core', 'common', 'helpers', 'misc'}

FILES = sorted(
    path
    for folder in ('mmnuc', 'tools', 'tests', 'benchmarks')
    for path in (ROOT / folder).rglob('*.py')
)


def public_types(source: str) -> Iterator[str]:
    """Names of the public classes of a module, and of its aliases of types."""
    for node in ast.parse(source).body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.ClassDef):
            targets = [ast.Name(node.name)]
        elif isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        # CamelCase: a capital first, no underscore, and not capitals alone as in a constant.
        for target in targets:
            if isinstance(target, ast.Name) and re.fullmatch('(?=.*[a-z])[A-Z][^_]*', target.id):
                yield target.id


def test_no_two_public_classes_share_a_name() -> None:
    homes = defaultdict(list)
    for path in sorted(PACKAGE.rglob('*.py')):
        for name in public_types(path.read_text(encoding='utf-8')):
            homes[name].append(str(path.relative_to(PACKAGE)))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_types_are_told_from_constants() -> None:
    source = (
        'class Image: ...\nTile = list[int]\nRow: TypeAlias = dict\n'
        'class _Own: ...\nSIZE = 3\n_Key = str\nname = Tile\nF64 = 1\nU8Array = bytes\n'
    )
    assert list(public_types(source)) == ['Image', 'Tile', 'Row', 'U8Array']


def test_nothing_is_homeless() -> None:
    names = {part for path in FILES for part in path.relative_to(ROOT).with_suffix('').parts}
    assert names & HOMELESS == set()
