"""Pages of the reference: one for each room of the package, made from the tree.

The sources are read, never imported: neither torch nor mmdet is needed. A new module, room or
function is on its page with the next build.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Subjects and their rooms, in the order of the navigation. A room inside of another follows it,
# one that no subject names under the last.
SUBJECTS = {
    'Values and whole jobs': ('structures', 'apis'),
    'Images in, nuclei out': ('images', 'inference', 'stitching', 'export'),
    'Scores and results': (
        'evaluation.functional',
        'evaluation.metrics',
        'evaluation.scorecard',
        'evaluation.results',
        'evaluation.report',
        'evaluation.submission',
    ),
    'Data': ('converters', 'coco', 'datasets'),
    'Training and models': ('engine', 'models', 'model_converters'),
    'Arithmetic': ('ops',),
    'Pictures': ('visualization',),
    'Below and around': (),
}
_ROLE = re.compile(r':\w+:`~?([\w.]+)`')
# How a reader meets them; other names follow.
FIRST = ('load', 'segment', 'Nuclei', 'predict', 'train', 'test', 'evaluate')


@dataclass(frozen=True)
class Module:
    """A module of the package, as far as its page needs it.

    Attributes:
        name: Dotted name from ``mmnuc`` on.
        is_package: It is an ``__init__.py``.
        summary: First line of the docstring.
        members: Public functions and classes that have a docstring, in the order of the file.
    """

    name: str
    is_package: bool
    summary: str
    members: tuple[str, ...]

    @property
    def room(self) -> str:
        """The package whose page describes it, without ``mmnuc.``; empty for the top level."""
        name = self.name if self.is_package else self.name.rpartition('.')[0]
        return name.partition('.')[2]


@cache
def modules(root: Path) -> tuple[Module, ...]:
    """Every module of the package, sorted by name."""
    found = []
    for path in sorted((root / 'mmnuc').rglob('*.py')):
        parts = path.relative_to(root).with_suffix('').parts
        is_package = parts[-1] == '__init__'
        tree = ast.parse(path.read_text(encoding='utf-8'))
        members = tuple(node.name for node in tree.body if _is_documented(node))
        summary = _ROLE.sub(r'`\1`', (ast.get_docstring(tree) or '').split('\n')[0])
        name = '.'.join(parts[:-1] if is_package else parts)
        found.append(Module(name, is_package, summary, members))
    return tuple(found)


def _is_documented(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return False
    return not node.name.startswith('_') and ast.get_docstring(node) is not None


def front_door(root: Path) -> dict[str, str]:
    """What ``import mmnuc`` offers: name → where it is defined.

    Read off the imports for type checkers in ``mmnuc/__init__.py``, which loads nothing by itself.
    """
    known = {f'{module.name}.{member}' for module in modules(root) for member in module.members}
    homes = _imports(root / 'mmnuc/__init__.py', type_checking=True)
    names = [name for name in FIRST if name in homes]
    names += [name for name in homes if name not in FIRST]
    return {name: _definition(root, known, *homes[name]) for name in names}


def _imports(path: Path, *, type_checking: bool = False) -> dict[str, tuple[str, str]]:
    """Name → module and name there, of what a file imports from the package."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    blocks = [node for node in tree.body if isinstance(node, ast.If)] if type_checking else [tree]
    return {
        alias.asname or alias.name: (node.module or '', alias.name)
        for block in blocks
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom) and (node.module or '').startswith('mmnuc')
        for alias in node.names
    }


def _definition(root: Path, known: set[str], module: str, name: str) -> str:
    """Follow re-exports of packages to the module that defines a name."""
    while f'{module}.{name}' not in known:
        module, name = _imports(root / module.replace('.', '/') / '__init__.py')[name]
    return f'{module}.{name}'


def rooms(root: Path) -> dict[str, list[Module]]:
    """Room → its modules, the package itself first; rooms with nothing to show are left out."""
    found: dict[str, list[Module]] = {}
    for module in sorted(modules(root), key=lambda module: (not module.is_package, module.name)):
        found.setdefault(module.room, []).append(module)
    return {room: listed for room, listed in found.items() if any(one.members for one in listed)}


def by_subject(root: Path) -> dict[str, list[str]]:
    """Subject → rooms."""
    found: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
    for room in sorted(rooms(root), key=_rank):
        found[list(SUBJECTS)[_rank(room)[0]]].append(room)
    return {subject: listed for subject, listed in found.items() if listed}


def _rank(room: str) -> tuple[int, int, str]:
    """Number of the subject, number of the named room in it, name."""
    return next(
        (
            (subject, place, room)
            for subject, names in enumerate(SUBJECTS.values())
            for place, name in enumerate(names)
            if room == name or room.startswith(f'{name}.')
        ),
        (len(SUBJECTS) - 1, 0, room),
    )


def page_of(room: str) -> str:
    """Path of a room's page below docs/."""
    return f'reference/{room or "package"}.md'


def navigation(root: Path) -> list[dict[str, object]]:
    """Entries of the navigation."""
    subjects = [
        {subject: [{room or 'mmnuc': page_of(room)} for room in listed]}
        for subject, listed in by_subject(root).items()
    ]
    return [
        {'Overview': 'reference/index.md'},
        {'The front door': 'reference/mmnuc.md'},
        {'Command line': 'reference/command-line.md'},
        *subjects,
    ]


def pages(root: Path) -> dict[str, str]:
    """All pages: the front door, every room, and the table of them."""
    door = front_door(root)
    found = {page_of(room): _room_page(room, listed, door) for room, listed in rooms(root).items()}
    found['reference/mmnuc.md'] = _front_page(door)
    found['reference/index.md'] = _index(root)
    return found


def _front_page(door: dict[str, str]) -> str:
    rows = ''.join(f'| [`mmnuc.{name}`][{path}] | `{path}` |\n' for name, path in door.items())
    return (
        '# The front door\n\n'
        '`import mmnuc` loads the standard library alone. Each of these names is loaded when it is '
        f'first asked for.\n\n| name | home |\n|---|---|\n{rows}\n'
    ) + '\n'.join(
        f'::: {path}\n    options:\n      heading: mmnuc.{name}\n      toc_label: mmnuc.{name}\n'
        for name, path in door.items()
    )


def _room_page(room: str, listed: list[Module], door: dict[str, str]) -> str:
    """The modules of a room; what stands on the page of the front door is linked, not repeated."""
    name = f'mmnuc.{room}'.rstrip('.')
    blocks = [f'# {name}\n', _summary(listed)]
    for module in (module for module in listed if module.members):
        paths = {member: f'{module.name}.{member}' for member in module.members}
        names = [member for member, path in paths.items() if path not in door.values()]
        members = f'members: [{", ".join(names)}]'
        blocks.append(f'::: {module.name}\n    options:\n      {members}\n')
        blocks += [
            f'[`{member}`][{path}] is described on the page of the front door.\n'
            for member, path in paths.items()
            if member not in names
        ]
    return '\n'.join(blocks)


def _summary(listed: list[Module]) -> str:
    return next((f'{one.summary}\n' for one in listed if one.is_package and not one.members), '')


def _index(root: Path) -> str:
    text = (
        '# Reference\n\nEvery public function and class from its docstring, with its source. Start '
        'with [the front door](mmnuc.md) or with the [command line](command-line.md). The rooms '
        'behind them are sorted by subject; [the design](../design.md) says who may use whom.\n'
    )
    packages = {one.room: one.summary for one in modules(root) if one.is_package}
    for subject, listed in by_subject(root).items():
        text += f'\n## {subject}\n\n| room | what it holds |\n|---|---|\n'
        for room in listed:
            page = page_of(room).removeprefix('reference/')
            text += f'| [`{f"mmnuc.{room}".rstrip(".")}`]({page}) | {packages[room]} |\n'
    return text
