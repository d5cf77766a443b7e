"""The order inside of `mmnuc.ops`: rooms import from rooms below, never from beside or above."""

import ast
from pathlib import Path

import pytest

OPS = Path(__file__).resolve().parents[2] / 'mmnuc' / 'ops'
# From the bottom up.
ORDER = [
    {'arrays', 'compiled'},
    {'crops', 'stain'},
    {'codecs', 'drawing'},
    {'overlap'},
    {'morphology'},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}


def imported(source: str) -> set[str]:
    """Rooms of ops that a module imports from."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f'{node.module}.{alias.name}' for alias in node.names]
    return {name.split('.')[2] for name in names if name.startswith('mmnuc.ops.')}


def faults(room: str, source: str) -> set[str]:
    """Rooms that a module of a room may not import from."""
    return {
        other for other in imported(source) if other != room and FLOOR_OF[other] >= FLOOR_OF[room]
    }


def room_of(path: Path) -> str:
    """The room of a module of ops; a file beside the rooms is one of its own."""
    return path.relative_to(OPS).with_suffix('').parts[0]


def test_every_room_has_a_place() -> None:
    rooms = {room_of(path) for path in OPS.rglob('*.py')} - {'__init__'}
    assert rooms == set(FLOOR_OF)


@pytest.mark.parametrize('path', sorted(OPS.rglob('*.py')), ids=lambda p: str(p.relative_to(OPS)))
def test_imports_point_down(path: Path) -> None:
    if path.parent == OPS and path.stem == '__init__':
        assert imported(path.read_text(encoding='utf-8')) == set()
        return
    assert faults(room_of(path), path.read_text(encoding='utf-8')) == set()


BROKEN = {
    'up': ('crops', 'from mmnuc.ops.codecs.rle import rles_to_crops'),
    'sideways': ('codecs', 'from mmnuc.ops.drawing import draw'),
    'inside of a function': ('overlap', 'def f():\n    import mmnuc.ops.morphology.split'),
}


@pytest.mark.parametrize(('room', 'source'), BROKEN.values(), ids=BROKEN)
def test_finds_what_breaks_the_order(room: str, source: str) -> None:
    assert faults(room, source)


def test_leaves_sound_imports_alone() -> None:
    assert not faults('overlap', 'from mmnuc.ops.crops import Crops\nimport numpy')
