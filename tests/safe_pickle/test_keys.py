"""What may be hashed, and what would hang or crash where it is."""

from typing import Any

import numpy as np
import pytest

from mmnuc.safe_pickle import DamagedError
from mmnuc.safe_pickle.keys import require_keys

PLAIN = ['a', b'a', 1, -(2**63), True, None, 0.5, (), (1, ('a', 2)), frozenset({1}), np.int8(1)]
PLAIN += [np.str_('a')]


@pytest.mark.parametrize('key', PLAIN, ids=repr)
def test_plain_keys(key: Any) -> None:
    require_keys([key, key], most=10)


def laughing(levels: int) -> Any:
    key: Any = 0
    for _ in range(levels):
        key = (key, key)
    return key


def deep(levels: int) -> Any:
    key: Any = 0
    for _ in range(levels):
        key = (key,)
    return key


REFUSED = {
    'list': [1],
    'array': np.ones(1),
    'name': len,
    'large number': 2**64,
    'in a tuple': (1, [2]),
    'laughing': laughing(60),
    'deep': deep(100_000),
    'long': (1,) * 1000,
}


@pytest.mark.parametrize('name', REFUSED)
def test_refused_keys(name: str) -> None:
    with pytest.raises(DamagedError, match=r'^a key of'):
        require_keys(['a', REFUSED[name]], most=100)
