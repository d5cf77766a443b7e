"""What a check says."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


class CheckResult(NamedTuple):
    """One line of the report."""

    name: str
    ok: bool
    words: str
    remedy: str = ''


Check = Callable[[], Iterator[CheckResult]]


def checkout() -> Path | None:
    """The folder of the project's checkout; None where mmnuc is installed without one."""
    folder = Path(__file__).resolve().parents[2]
    # Site-packages holds no pyproject.toml, though now and then a stray requirements.txt.
    return folder if (folder / 'pyproject.toml').is_file() else None


SET_UP = (
    'call `make setup`, or `pip install -r requirements.txt`'
    if checkout()
    else 'install mmnuc with pip into a fresh environment, which brings what it needs'
)


def examine(name: str, check: Check) -> Iterator[CheckResult]:
    """Run a check; one that breaks off has failed.

    Libraries fail in many ways on a damaged machine (a missing shared library is an ``OSError``,
    two copies of one a ``RuntimeError``), and each way is a result.

    Example:
        >>> def broken():
        ...     yield CheckResult('disk', True, 'fine')
        ...     raise OSError('libc is missing')
        >>> [(result.ok, result.words) for result in examine('disk', broken)]
        [(True, 'fine'), (False, 'OSError: libc is missing')]
    """
    try:
        yield from check()
    except Exception as error:
        first_line = (str(error).strip() or 'no message').splitlines()[0]
        yield CheckResult(name, False, f'{type(error).__name__}: {first_line}', SET_UP)
