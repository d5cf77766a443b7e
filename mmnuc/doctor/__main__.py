"""The command: run the checks, print them, exit 1 if one fails."""

import argparse
import sys
import warnings
from collections.abc import Iterable

from mmnuc.doctor import machine, opencv, operators, packages, resources
from mmnuc.doctor.check_result import Check, CheckResult, examine

CHECKS: dict[str, Check] = {
    'python': packages.python,
    'packages': packages.pinned,
    'torch': packages.torch,
    'operators': operators.operators,
    'cuda': machine.accelerator,
    'opencv': opencv.opencv,
    'numba': machine.numba,
    'configs': resources.configs,
    'weights': resources.weights,
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
        for result in examine(name, CHECKS[name]):
            print(line(result), flush=True)
            failed += not result.ok
    if failed:
        print(f'{failed} of the checks failed', file=sys.stderr)
    return min(failed, 1)


def line(result: CheckResult) -> str:
    """Format a result.

    Example:
        >>> print(line(CheckResult('disk', False, '1 GB free', 'free some')))
        FAIL  disk               1 GB free → free some
    """
    remedy = '' if result.ok else f' → {result.remedy}'
    return f'{"ok" if result.ok else "FAIL":5} {result.name:18} {result.words}{remedy}'


if __name__ == '__main__':
    sys.exit(main())
