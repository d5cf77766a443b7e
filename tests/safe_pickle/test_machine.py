"""Pickles that take all memory, all time or the stack of Python's own unpickler."""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mmnuc.safe_pickle import DamagedError, read_pickle


def by(*codes: bytes, **repeated: int) -> bytes:
    """A pickle of some instructions, of which ``times`` follow the first."""
    first, *others = codes
    return b'\x80\x04' + first + b''.join(others) * repeated.get('times', 1)


def laughing(of_ten: Callable[[list], Any]) -> Any:
    """Twenty levels that each hold ten times the one below."""
    content: Any = 0
    for _ in range(20):
        content = of_ten([content] * 10)
    return content


ENDLESS = b'\xff' * 8
BOMBS = {
    'text of all memory': by(b'\x8d' + ENDLESS, b'.'),
    'bytes of all memory': by(b'\x8e' + ENDLESS, b'.'),
    'frame of all memory': by(b'\x95' + ENDLESS, b'.'),
    'bytearray of all memory': by(b'\x96' + ENDLESS, b'.'),
    'integer of a gigabyte': by(b'\x8b\x00\x00\x00\x40', b'.'),
    'integer of many digits': b'L' + b'9' * 5000 + b'L\n.',
    'laughing lists': pickle.dumps(laughing(list)),
    'laughing dicts': pickle.dumps(laughing(lambda ten: dict(enumerate(ten)))),
    'deep list': by(b']' * 200_000, b'a' * 199_999 + b'.'),
    'deep tuple as a key': by(b'}N' + b'\x85' * 200_000, b'Ns.'),
    'deep tuple in a set': by(b'\x8f(N' + b'\x85' * 200_000, b'\x90.'),
    'laughing key of a dict': by(b'}K\x00' + b'2\x86' * 60, b'Ns.'),
    'laughing member of a set': by(b'\x8f(K\x00' + b'2\x86' * 60, b'\x90.'),
    'laughing member of a frozen set': by(b'(K\x00' + b'2\x86' * 60, b'\x91.'),
    'laughing tuple': by(b'K\x00' + b'2\x86' * 60, b'.'),
    'laughing list of tuples': by(b'](' + b'K\x00' + b'2\x86' * 90, b'e.'),
    'keys of one hash': pickle.dumps({k * (2**61 - 1): None for k in range(1000)}),
    'list as a key': by(b'}]Ns.'),
    'array as a key': by(b'}cnumpy\ndtype\n\x8c\x02f4\x85RNs.'),
    'name alone': by(b'cnumpy\ndtype\n.'),
    'entries for a number': by(b'K\x01K\x02a.'),
    'entries for a stand-in': by(b'cnumpy\ndtype\n\x8c\x02f4\x85RK\x00Ns.'),
    'call of text': by(b'\x8c\x01a)R.'),
    'call with a list': by(b'cnumpy\ndtype\n]R.'),
    'new object of a name': by(b'cnumpy\ndtype\n)\x81.'),
    'something outside': by(b'\x8c\x01aQ.'),
    'registered extension': by(b'\x82\x01.'),
    'no value': by(b'.'),
    'two values': by(b'NN.'),
    'an open mark': by(b'N(N.'),
    'of a protocol to come': b'\x80\x06N.',
    'twice the same large text': by(b'](', b'\x8d' + (9000).to_bytes(8, 'little') + b'x' * 9000)
    + b'2' * 100_000
    + b'e.',
    'empty sets without end': by(b'(' + b'\x8f' * 1_000_000, b'l.'),
    'one array without end': pickle.dumps([np.zeros(50_000)])[:-2] + b'2' * 300_000 + b'e.',
}


@pytest.mark.parametrize('name', BOMBS)
def test_bombs_are_damage(name: str) -> None:
    with pytest.raises(DamagedError) as refused:
        read_pickle(io.BytesIO(BOMBS[name]))
    assert len(str(refused.value)) < 300
    assert '\n' not in str(refused.value)


def test_a_place_far_away_in_the_memo_takes_no_memory() -> None:
    """Python's own unpickler reserves 64 GB here."""
    data = by(b'K\x01', b'r\xff\xff\xff\xff', b'0j\xff\xff\xff\xff.')
    assert read_pickle(io.BytesIO(data)) == 1
