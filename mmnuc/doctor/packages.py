"""Python, and the packages that mmnuc asks for."""

import importlib
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from mmnuc.doctor.check_result import SET_UP, CheckResult, checkout


def python() -> Iterator[CheckResult]:
    """Is this a Python that mmnuc runs on?"""
    yield CheckResult(
        'python',
        (3, 11) <= sys.version_info < (3, 14),
        f'{platform.python_version()} ({sys.executable})',
        'use Python 3.11 to 3.13: make setup PYTHON=/path/to/python3.12',
    )


def pinned() -> Iterator[CheckResult]:
    """Is every package there, in the version that is asked for?

    The exact pins have a line each, the others share one; OpenCV's have a check of their own.
    """
    others = []
    for name, specifier in requirements():
        if name.startswith('opencv'):
            continue
        result = _compare(name, specifier)
        if specifier.startswith('=='):
            yield result
        else:
            others.append(result)
    bad = [result for result in others if not result.ok]
    words = ', '.join(f'{result.name} {result.words}' for result in bad or others)
    # An installation without its list would otherwise look complete.
    yield CheckResult('others', bool(others) and not bad, words or 'no requirements listed', SET_UP)


def torch() -> Iterator[CheckResult]:
    """Do the packages load? A package can be there and yet be broken."""
    for name in ('torch', 'torchvision', 'mmcv', 'mmengine', 'mmdet'):
        importlib.import_module(name)
    yield CheckResult('imports', True, 'torch, torchvision, mmcv, mmengine and mmdet load')


def requirements() -> Iterator[tuple[str, str]]:
    """Names and version specifiers, from the checkout or else from the installed package.

    Example:
        >>> dict(requirements())['torch'].startswith('==')
        True
    """
    folder = checkout()
    if folder:
        lines = (folder / 'requirements.txt').read_text(encoding='utf-8').splitlines()
    else:
        lines = metadata.requires('mmnuc') or []
    for line in lines:
        requirement, _, marker = line.partition('#')[0].partition(';')
        match = re.match(r'([\w.-]+)\s*\(?([=<>!~][^)]*)?', requirement)
        if match and _applies(marker):
            yield match[1], (match[2] or '').strip()


def _compare(name: str, specifier: str) -> CheckResult:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return CheckResult(
            name, False, f'not installed, needs {specifier or "any version"}', SET_UP
        )
    if _satisfies(version, specifier):
        return CheckResult(name, True, version)
    return CheckResult(name, False, f'{version} installed, needs {specifier}', SET_UP)


def _applies(marker: str) -> bool:
    """Whether a requirement's marker, such as ``python_version < "3.12"``, holds here."""
    if not marker.strip() or 'extra' in marker:
        return not marker.strip()
    try:
        from packaging.markers import Marker
    except ImportError:
        return True
    return Marker(marker).evaluate()


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
