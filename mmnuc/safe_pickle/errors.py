"""The two ways in which a pickle is not taken."""

from __future__ import annotations

import pickle
import re

_NAME = re.compile(r'[\w.<>-]{1,200}')


class RefusedError(Exception):
    """A pickle wants what it may not have; the message is the name of that."""


class DamagedError(pickle.UnpicklingError):
    """A pickle is damaged, beyond a limit, or of a form that plain data does not have."""


def refused(name: str) -> RefusedError:
    """The refusal of a name, which is shown as it is only where it is one word.

    Example:
        >>> print(refused('posix.system'), refused('a\\nb'))
        posix.system 'a\\nb'
    """
    return RefusedError(name if _NAME.fullmatch(name) else ascii(name[:200]))
