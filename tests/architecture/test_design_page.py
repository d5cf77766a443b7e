"""What the page of the design claims about rooms is true."""

import importlib.util
import itertools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'design.md').read_text(encoding='utf-8')
ROWS = re.findall(r'^\| (.*?) \|', PAGE[: PAGE.index('## The one idea')], re.MULTILINE)
ROOMS = set(re.findall(r'`([a-z_/]+(?:/|\.py))`', ' '.join(ROWS)))
# No rooms.
NO_ROOMS = {'__init__.py', '__main__.py'}


def test_the_table_shows_every_room() -> None:
    package = ROOT / 'mmnuc'
    rooms = {path.relative_to(package).parts[0] for path in package.rglob('*.py')} - NO_ROOMS
    shown = {room.partition('/')[0] for room in ROOMS}
    assert sorted(rooms - shown) == []


def test_the_table_shows_only_rooms_that_exist() -> None:
    assert sorted(room for room in ROOMS if not (ROOT / 'mmnuc' / room).exists()) == []


def test_rows_stand_in_the_order_of_the_floors() -> None:
    spec = importlib.util.spec_from_file_location(
        'floors', Path(__file__).parent / 'test_floors.py'
    )
    floors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(floors)
    names = [re.findall(r'`([a-z_/]+)(?:/|\.py)`', row) for row in ROWS]
    heights = [{floors.FLOOR_OF[name.replace('/', '.')] for name in row} for row in names if row]
    assert len(heights) > 10
    assert all(min(upper) >= max(lower) for upper, lower in itertools.pairwise(heights))


def test_files_that_the_page_names_exist() -> None:
    named = set(re.findall(r'`((?:[a-z_]+/)+[a-z_]+\.py)`', PAGE))
    missing = [
        name
        for name in named
        if not any((ROOT / folder / name).is_file() for folder in ('', 'mmnuc', 'docs'))
    ]
    assert missing == []
