"""Bytes, sets and ordered dicts, which pickles of older protocols make by calling names."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.keys import require_keys
from mmnuc.safe_pickle.limits import DEFAULT
from mmnuc.safe_pickle.stand_in import Function


def _encode(text: Any, encoding: Any = 'latin1') -> bytes:
    """What protocol 2 calls for bytes."""
    if type(text) is not str or type(encoding) is not str or encoding not in ('latin1', 'latin-1'):
        raise DamagedError('bytes that are not text in latin1')
    return text.encode('latin1')


def _no_bytes() -> bytes:
    """What protocol 2 calls for no bytes at all."""
    return b''


def _set(members: Any = ()) -> set[Any]:
    if type(members) not in (list, tuple):
        raise DamagedError(f'a set of a {type(members).__name__}')
    require_keys(members, DEFAULT.key_values)
    return set(members)


def _ordered(pairs: Any = ()) -> OrderedDict[Any, Any]:
    """What is called without pairs, but by Python 2."""
    if type(pairs) not in (list, tuple) or not all(_is_pair(pair) for pair in pairs):
        raise DamagedError('an ordered dict that is not of pairs')
    require_keys((key for key, _ in pairs), DEFAULT.key_values)
    return OrderedDict(pairs)


def _is_pair(value: Any) -> bool:
    return type(value) in (list, tuple) and len(value) == 2


CONTAINERS: dict[str, Function] = {
    'builtins.bytes': Function(_no_bytes),
    'builtins.set': Function(_set),
    '_codecs.encode': Function(_encode),
    'collections.OrderedDict': Function(_ordered),
}
