"""Numbers, text and bytes of all protocols, as Python's own unpickler reads them."""

import io
import pickle
import pickletools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.safe_pickle import DamagedError, read_pickle

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**300), 2**300)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(0, pickle.HIGHEST_PROTOCOL), st.booleans())
def test_same_as_python(value: object, protocol: int, optimized: bool) -> None:
    data = pickle.dumps(value, protocol)
    found = read_pickle(io.BytesIO(pickletools.optimize(data) if optimized else data))
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize('size', [255, 256, 65_535, 65_536, 70_000])
@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_long_texts_and_bytes(size: int, protocol: int) -> None:
    value = ['a' * size, b'a' * size]
    assert read_pickle(io.BytesIO(pickle.dumps(value, protocol))) == value


# As Python 2 wrote them, with its meaning.
OLD = {
    'quoted': (b"S'a\\n\\xe9'\n.", 'a\né'),
    'quoted twice': (b'S"it\'s"\n.', "it's"),
    'short': (b'U\x02a\xe9.', 'aé'),
    'long': (b'T\x02\x00\x00\x00a\xe9.', 'aé'),
    'unicode': (b'V\\u20ac\xe9\n.', '€é'),
    'truth': (b'I01\n.', True),
    'number': (b'I-12\n.', -12),
    'long number': (b'L-12L\n.', -12),
    'real': (b'F-0.5\n.', -0.5),
    'list': (b'(lp0\nI1\na.', [1]),
    'dict': (b"(dp1\nS'a'\np2\nI1\ns.", {'a': 1}),
    'memo that begins at 1': (b'(lp1\n(I2\ntp2\nag2\na.', [(2,), (2,)]),
}


@pytest.mark.parametrize('name', OLD)
def test_old_forms(name: str) -> None:
    data, value = OLD[name]
    found = read_pickle(io.BytesIO(data))
    assert found == value
    assert type(found) is type(value)


BROKEN = [b"S'a\n.", b'Sa\n.', b'Ix\n.', b'I\n.', b'Fx\n.', b'L\n.', b'V\\u12\n.', b'\x8c\x01\xff.']
BROKEN += [b'K', b'M\x01', b'G1234', b'I1', b'gx\n.', b'g1\n.', b'F' + b'1' * 200 + b'\n.']


@pytest.mark.parametrize('data', BROKEN, ids=repr)
def test_broken_forms(data: bytes) -> None:
    with pytest.raises(DamagedError):
        read_pickle(io.BytesIO(data))
