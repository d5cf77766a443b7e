"""Files outside of docs/ that are pages of the site, and links that lead to them."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

# A pattern in the repository → the page; {} is the stem of the file, {folder} its folder's name.
_TABLE = {
    'CHANGELOG.md': 'changelog.md',
    'CONTRIBUTING.md': 'contributing.md',
    'weights/README.md': 'models/index.md',
    'weights/*.md': 'models/{stem}.md',
    'benchmarks/README.md': 'benchmarks/index.md',
    'benchmarks/results/*.md': 'benchmarks/{stem}.md',
    'configs/README.md': 'configs/index.md',
    'configs/*/README.md': 'configs/{folder}.md',
}
# Code is passed over; a link whose text is code begins before the code does.
_LINK = re.compile(
    r'```.*?```|(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]'
    r'\((?P<link>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)|`[^`\n]*`',
    re.DOTALL,
)
_HEADINGS = {'benchmarks/results': '# Benchmark: {title}\n\n'}


def places(root: Path) -> dict[str, str]:
    """File in the repository → page of the site."""
    found: dict[str, str] = {}
    for pattern, page in _TABLE.items():
        for path in sorted(root.glob(pattern)):
            source = path.relative_to(root).as_posix()
            name = re.sub(r'_\d{8}-[0-9a-f]{8}$', '', path.stem)
            found.setdefault(source, page.format(stem=name, folder=path.parent.name))
    return found


def pages(root: Path) -> dict[str, str]:
    """The pages with their content; those without a heading get one."""
    texts = {}
    for source, page in places(root).items():
        text = (root / source).read_text(encoding='utf-8')
        heading = _HEADINGS.get(posixpath.dirname(source), '')
        if heading and not text.startswith('# '):
            text = heading.format(title=Path(source).stem) + text
        texts[page] = text
    return texts


def navigation(root: Path, folder: str) -> list[str | dict[str, str]]:
    """Entries of the navigation for the pages of one folder of the site, its overview first."""
    found = sorted(page for page in places(root).values() if page.startswith(f'{folder}/'))
    index = f'{folder}/index.md'
    entries: list[str | dict[str, str]] = [page for page in found if page == index]
    return entries + [{Path(page).stem: page} for page in found if page != index]


def relink(markdown: str, page: str, root: Path) -> str:
    """Make links of a page fit the site.

    A link to a file that has a page leads to the page. One to another file of the repository loses
    its target and keeps its text: the site doesn't hold it. One to a file that does not exist stays
    as it is, so that the strict build names it.

    Args:
        markdown: Text of the page.
        page: Where it lies below docs/.
        root: The repository.
    """
    known = places(root)
    source = {target: path for path, target in known.items()}.get(page, f'docs/{page}')

    def new(found: re.Match[str]) -> str:
        image, text, link, anchor = found.group('image', 'text', 'link', 'anchor')
        if link is None or re.match(r'\w+:', link):
            return found[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
        own = known.get(target) or (target[5:] if target.startswith('docs/') else None)
        if own is None:
            return text if (root / target).exists() else found[0]
        own = re.sub(r'\.ipynb$', '.md', own)
        relative = posixpath.relpath(own, posixpath.dirname(page) or '.')
        return f'{image}[{text}]({relative}{anchor or ""})'

    return _LINK.sub(new, markdown)
