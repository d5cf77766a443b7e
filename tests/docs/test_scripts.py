"""What the site's scripts make of links, roles, formulas and the package."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    """A file of docs/scripts, which is no package."""
    path = ROOT / f'docs/scripts/{name}.py'
    spec = importlib.util.spec_from_file_location(f'docs_{name}', path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


outside, reference, notebook = script('outside'), script('reference'), script('notebook')

LINKS = {
    'a page of docs/ stays': ('masks.md', '[x](tiles.md#tiles)', '[x](tiles.md#tiles)'),
    'a table of results': (
        'masks.md',
        '[x](../benchmarks/results/masks.md)',
        '[x](benchmarks/masks.md)',
    ),
    'from a generated page back': (
        'models/index.md',
        '[x](../configs/mask_rcnn/README.md)',
        '[x](../configs/mask_rcnn.md)',
    ),
    'a file that the site lacks': ('masks.md', 'see [x](../Makefile)', 'see x'),
    'a file that does not exist': ('masks.md', '[x](../nowhere.md)', '[x](../nowhere.md)'),
    'another site': ('masks.md', '[x](https://a.org/b)', '[x](https://a.org/b)'),
    'code': ('masks.md', '`[x](../Makefile)`', '`[x](../Makefile)`'),
    'code as the text': (
        'contributing.md',
        '[`docs/design.md`](docs/design.md)',
        '[`docs/design.md`](design.md)',
    ),
    'a notebook': (
        'learn/index.md',
        '[x](first_ten_minutes.ipynb)',
        '[x](first_ten_minutes.md)',
    ),
}


@pytest.mark.parametrize(('page', 'text', 'expected'), LINKS.values(), ids=LINKS)
def test_links(page: str, text: str, expected: str) -> None:
    assert outside.relink(text, page, ROOT) == expected


def test_every_public_function_is_on_one_page() -> None:
    pages = reference.pages(ROOT)
    known = [
        f'{module.name}.{member}' for module in reference.modules(ROOT) for member in module.members
    ]
    assert len(known) == len(set(known)) > 300
    for module in reference.modules(ROOT):
        if module.members:
            assert f'::: {module.name}\n' in pages[reference.page_of(module.room)]
    door = reference.front_door(ROOT)
    assert set(door.values()) <= set(known)


def test_the_navigation_has_every_page_of_the_reference() -> None:
    listed = str(reference.navigation(ROOT))
    assert [page for page in reference.pages(ROOT) if page not in listed] == []


def test_pages_from_outside_are_in_the_navigation() -> None:
    listed = str([outside.navigation(ROOT, name) for name in ('models', 'configs', 'benchmarks')])
    wanted = [page for page in outside.pages(ROOT) if '/' in page]
    assert len(wanted) > 8
    assert [page for page in wanted if page not in listed] == []


def test_a_notebook_becomes_a_page_with_its_pictures() -> None:
    pages = notebook.pages(ROOT)
    text = pages['learn/first_ten_minutes.md']
    pictures = [path for path in pages if path.endswith('.webp')]
    assert text.startswith('# The first ten minutes')
    assert pictures
    assert all(path.partition('/')[2] in text for path in pictures)
