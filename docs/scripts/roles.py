"""Docstrings as they are written here, made into what mkdocstrings reads.

``:func:`~mmnuc.x.y` `` becomes a cross reference to what it names, looked up from the place where
it is written; one that names nothing is a warning, and so an error of the strict build.
``Example:`` becomes the section that griffe knows, and ``Returns:`` gets the signature's type.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r':(?:func|class|mod|meth|attr|data|obj|exc):`(~?)([\w.]+)`', re.DOTALL)
# The first line of the section: griffe takes what stands before a colon for the type.
_RETURNS = re.compile(r'^(Returns:\n\s+)(?=\S)', re.MULTILINE)
_EXAMPLE = re.compile(r'^(\s*)Example:$', re.MULTILINE)
_LOGGER = griffe.get_logger(__name__)


class Roles(griffe.Extension):
    """Rewrites the docstrings of a package once all of it is read."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Go through the package."""
        for item in _walk(pkg):
            if item.docstring:
                text = _EXAMPLE.sub(r'\1Examples:', _typed(item, item.docstring.value))
                item.docstring.value = _ROLE.sub(lambda role, item=item: _link(role, item), text)


def _typed(item: Any, text: str) -> str:
    returned = str(getattr(item, 'returns', None) or '')
    if not returned or ':' in returned:
        return text
    return _RETURNS.sub(lambda found: f'{found[1]}{returned}: ', text)


def _walk(item: Any) -> Any:
    yield item
    for member in item.members.values():
        if not member.is_alias:
            yield from _walk(member)


def _link(role: re.Match[str], item: Any) -> str:
    short, name = role.groups()
    target = _target(item, name)
    if target is None:
        _LOGGER.warning('%s: %s names nothing', item.path, role[0])
        return f'`{name}`'
    label = name.rpartition('.')[2] if short or name.startswith('mmnuc.') else name
    if any(part.startswith('_') for part in target.split('.')):
        return f'`{label}`'
    return f'<autoref identifier="{target}" optional><code>{label}</code></autoref>'


def _target(item: Any, name: str) -> str | None:
    """Full name of what a role names: from the package, or from the scopes around the role."""
    package = item.package
    if name.startswith('mmnuc.'):
        return _member(package, name.split('.')[1:])
    scope = item
    while scope is not None:
        found = _member(scope, name.split('.'))
        if found:
            return found
        scope = scope.parent
    return None


def _member(scope: Any, names: list[str]) -> str | None:
    for name in names:
        members = getattr(scope, 'all_members', None) or {}
        if name not in members:
            return None
        scope = members[name]
        if scope.is_alias:
            try:
                scope = scope.final_target
            except griffe.GriffeError:
                return None
    return scope.path
