"""What a check says."""

from collections.abc import Callable, Iterator
from typing import NamedTuple


class CheckResult(NamedTuple):
    """One line of the report."""

    name: str
    ok: bool
    words: str
    remedy: str = ''


Check = Callable[[], Iterator[CheckResult]]

SET_UP = 'call `make setup`, or `pip install -r requirements.txt`'


def examine(name: str, check: Check) -> Iterator[CheckResult]:
    """Run a check; one that breaks off has failed.

    Libraries fail in many ways on a damaged machine (a missing shared library is an ``OSError``,
    two copies of one a ``RuntimeError``), and each way is a finding.

    Example:
        >>> def broken():
        ...     yield CheckResult('disk', True, 'fine')
        ...     raise OSError('libc is missing')
        >>> [(finding.ok, finding.words) for finding in examine('disk', broken)]
        [(True, 'fine'), (False, 'OSError: libc is missing')]
    """
    try:
        yield from check()
    except Exception as error:
        first_line = (str(error).strip() or 'no message').splitlines()[0]
        yield CheckResult(name, False, f'{type(error).__name__}: {first_line}', SET_UP)
