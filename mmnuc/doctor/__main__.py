"""The command: run the checks, print them, exit 1 if one fails."""

import argparse
import sys
import warnings
from collections.abc import Iterable

from mmnuc.doctor import machine, opencv, operators, packages
from mmnuc.doctor.finding import Check, Finding, examine

CHECKS: dict[str, Check] = {
    'python': packages.python,
    'packages': packages.pinned,
    'torch': packages.torch,
    'operators': operators.operators,
    'cuda': machine.accelerator,
    'opencv': opencv.opencv,
    'numba': machine.numba,
    'folders': machine.folders,
    'disk': machine.disk,
    'memory': machine.memory,
}


def main(argv: list[str] | None = None) -> int:
    """Print one line for each check.

    Args:
        argv: Arguments, the process's own by default.

    Returns:
        ``0`` if all is well, ``1`` if a check failed.
    """
    parser = argparse.ArgumentParser(prog='python -m mmnuc.doctor', description=__doc__)
    parser.add_argument('--only', nargs='+', choices=CHECKS, default=list(CHECKS), metavar='CHECK')
    return examine_machine(parser.parse_args(argv).only)


def examine_machine(names: Iterable[str]) -> int:
    """Print one line for each of some checks.

    Args:
        names: Keys of :data:`CHECKS`.

    Returns:
        ``0`` if all is well, ``1`` if a check failed.
    """
    # A library's warning would stand between the lines, and its cause shows in them.
    warnings.simplefilter('ignore')
    failed = 0
    for name in names:
        for finding in examine(name, CHECKS[name]):
            print(line(finding), flush=True)
            failed += not finding.ok
    if failed:
        print(f'{failed} of the checks failed', file=sys.stderr)
    return min(failed, 1)


def line(finding: Finding) -> str:
    """Format a finding.

    Example:
        >>> print(line(Finding('disk', False, '1 GB free', 'free some')))
        FAIL  disk               1 GB free → free some
    """
    remedy = '' if finding.ok else f' → {finding.remedy}'
    return f'{"ok" if finding.ok else "FAIL":5} {finding.name:18} {finding.words}{remedy}'


if __name__ == '__main__':
    sys.exit(main())
