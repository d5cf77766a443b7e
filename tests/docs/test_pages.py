"""Pages of the documentation: reachable, readable, with pictures that exist."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
WIDEST = 120
PAGES = sorted(
    ROOT / name
    for name in subprocess.run(
        ['git', 'ls-files', '*.md'], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    if not name.startswith('tests/')
)
LINK = re.compile(r'\]\(([^)#\s]+)(?:#[^)]*)?\)')
# What can't be broken: rows of tables, and lines that are nothing but a link or a word.
WHOLE = re.compile(r'^\s*(\||!?\[.*\]\(\S+\)\s*$|\S+$)')


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_is_no_wider_than_120_columns(page: Path) -> None:
    lines = page.read_text(encoding='utf-8').splitlines()
    assert [x for x in lines if len(x) > WIDEST and not WHOLE.match(x)] == []


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r'```.*?```|`[^`\n]*`', '', page.read_text(encoding='utf-8'), flags=re.DOTALL)
    links = [link for link in LINK.findall(text) if not re.match(r'\w+:', link)]
    made = ('reference/',)  # at build time; the strict build checks them
    wanted = [link for link in links if not link.startswith(made)]
    assert [link for link in wanted if not (page.parent / link).exists()] == []


def test_every_page_is_in_the_navigation() -> None:
    config = (ROOT / 'mkdocs.yml').read_text(encoding='utf-8')
    navigation = config[config.index('\nnav:') :]
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob('*.md')}
    pages |= {
        path.relative_to(DOCS).with_suffix('.md').as_posix() for path in DOCS.rglob('*.ipynb')
    }
    listed = set(re.findall(r'[\w./-]+\.md', navigation))
    assert pages - listed == set()


def test_every_picture_is_used() -> None:
    pictures = {path for path in (DOCS / 'images').rglob('*') if path.is_file()}
    used = set()
    for page in PAGES:
        links = LINK.findall(page.read_text(encoding='utf-8'))
        used |= {(page.parent / link).resolve() for link in links if not re.match(r'\w+:', link)}
    assert pictures - used == set()


def test_the_gallery_stays_small() -> None:
    files = list((DOCS / 'images/gallery').iterdir())
    assert len(files) == 8
    assert sum(path.stat().st_size for path in files) < 1_500_000
