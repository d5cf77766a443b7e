"""What the page of the design claims about rooms is true."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'design.md').read_text(encoding='utf-8')
PICTURE = re.search(r'```\n(.*?)```', PAGE, re.DOTALL)[1]
# Said in the text below the picture, or no room.
NO_ROOMS = {'__init__.py', '__main__.py'}


def test_the_picture_shows_every_room() -> None:
    package = ROOT / 'mmnuc'
    rooms = {path.relative_to(package).parts[0] for path in package.rglob('*.py')} - NO_ROOMS
    assert sorted(room for room in rooms if room not in PICTURE) == []


def test_the_picture_shows_only_rooms_that_exist() -> None:
    folders = set(re.findall(r'\b([a-z_]+/(?:[a-z_]+/)*)(?=\s|$)', PICTURE))
    assert sorted(name for name in folders if not (ROOT / 'mmnuc' / name).is_dir()) == []


def test_files_that_the_page_names_exist() -> None:
    named = set(re.findall(r'`((?:[a-z_]+/)+[a-z_]+\.py)`', PAGE))
    missing = [
        name
        for name in named
        if not any((ROOT / folder / name).is_file() for folder in ('', 'mmnuc', 'docs'))
    ]
    assert missing == []
