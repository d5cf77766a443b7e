"""Python and the packages of requirements.txt."""

import importlib
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from mmnuc.doctor.finding import SET_UP, Finding

REQUIREMENTS = Path(__file__).resolve().parents[2] / 'requirements.txt'


def python() -> Iterator[Finding]:
    """Is this a Python that mmnuc runs on?"""
    yield Finding(
        'python',
        (3, 11) <= sys.version_info < (3, 14),
        f'{platform.python_version()} ({sys.executable})',
        'use Python 3.11 to 3.13: make setup PYTHON=/path/to/python3.12',
    )


def pinned() -> Iterator[Finding]:
    """Is every package there, in the version that is asked for?

    The exact pins have a line each, the others share one; OpenCV's have a check of their own.
    """
    others = []
    for name, specifier in requirements():
        if name.startswith('opencv'):
            continue
        finding = _compare(name, specifier)
        if specifier.startswith('=='):
            yield finding
        else:
            others.append(finding)
    bad = [finding for finding in others if not finding.ok]
    words = ', '.join(f'{finding.name} {finding.words}' for finding in bad or others)
    yield Finding('others', not bad, words, SET_UP)


def torch() -> Iterator[Finding]:
    """Do the packages load? A package can be there and yet be broken."""
    for name in ('torch', 'torchvision', 'mmcv', 'mmengine', 'mmdet'):
        importlib.import_module(name)
    yield Finding('imports', True, 'torch, torchvision, mmcv, mmengine and mmdet load')


def requirements() -> Iterator[tuple[str, str]]:
    """Names and version specifiers, from the checkout or else from the installed package.

    Example:
        >>> dict(requirements())['torch'].startswith('==')
        True
    """
    if REQUIREMENTS.is_file():
        lines = REQUIREMENTS.read_text(encoding='utf-8').splitlines()
    else:
        lines = metadata.requires('mmnuc') or []
    for line in lines:
        match = re.match(r'([\w.-]+)\s*([=<>!~][^#;]*)?(?!.*extra ==)', line)
        if match:
            yield match[1], (match[2] or '').strip()


def _compare(name: str, specifier: str) -> Finding:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, False, f'not installed, needs {specifier or "any version"}', SET_UP)
    if _satisfies(version, specifier):
        return Finding(name, True, version)
    return Finding(name, False, f'{version} installed, needs {specifier}', SET_UP)


def _satisfies(version: str, specifier: str) -> bool:
    # A build's tag is no part of the version: torch calls itself 2.12.1+cpu.
    version = version.partition('+')[0]
    if specifier.startswith('=='):
        return version == specifier[2:].strip()
    try:
        from packaging.specifiers import SpecifierSet
    except ImportError:
        return True
    return SpecifierSet(specifier).contains(version, prereleases=True)
