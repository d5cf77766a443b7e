"""NumPy's types, arrays and numbers from pickles of any NumPy, and such as NumPy never wrote."""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmnuc.safe_pickle import DamagedError, read_pickle
from mmnuc.safe_pickle.arrays import Array, Dtype


def reread(content: Any, protocol: int = 4) -> Any:
    return read_pickle(io.BytesIO(pickle.dumps(content, protocol)))


KINDS = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness='?'),
    hnp.unsigned_integer_dtypes(endianness='?'),
    hnp.floating_dtypes(endianness='?'),
    hnp.complex_number_dtypes(endianness='?'),
    hnp.byte_string_dtypes(endianness='?', min_len=1),
    hnp.unicode_string_dtypes(endianness='?', min_len=1),
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(0, pickle.HIGHEST_PROTOCOL), st.booleans())
def test_arrays_come_back(data: st.DataObject, protocol: int, turned: bool) -> None:
    array = data.draw(hnp.arrays(data.draw(KINDS), hnp.array_shapes(min_dims=0, min_side=0)))
    array = array.T if turned else array
    found = reread(array, protocol)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()
    assert found.flags.owndata or found.base.flags.owndata
    assert found.flags.writeable


@pytest.mark.parametrize(
    ('old', 'new'), [(b'numpy._core', b'numpy.core'), (b'numpy.core', b'numpy._core')]
)
def test_numpy_1_and_2(old: bytes, new: bytes) -> None:
    """The module moved from ``numpy.core`` to ``numpy._core``."""
    content = [np.arange(3), np.float64(2), np.arange(6).reshape(2, 3)[:, ::2]]
    text = pickle.dumps(content, 2).replace(old, new)
    found = read_pickle(io.BytesIO(text))
    assert [np.asarray(value).tolist() for value in found] == [[0, 1, 2], 2.0, [[0, 2], [3, 5]]]


def test_axes_in_any_order_as_protocol_5_writes_them() -> None:
    """NumPy 2.3 keeps the order of the axes in memory: it calls ``_frombuffer`` with it."""
    array = Array()
    data = np.arange(24, dtype='u1').tobytes()
    array.lay_out(data, Dtype('u1'), (2, 3, 4), 'K', (1, 2, 0))
    expected = np.arange(24, dtype='u1').reshape(2, 3, 4).transpose(1, 2, 0)
    np.testing.assert_array_equal(array.value(), expected)
    assert array.value().strides == expected.strides


CODES = ['O', 'O8', 'V8', 'f4,O', 'M8', 'f3', 'i16', 'U0', 'S0', 'b2', '(2,)f4', 'f4 ', 'U99999999']
CODES += ['f4\n', '|O', 'U999999', 4, None, b'f4', ('f4',), ['f4'], np.dtype, {}]


@pytest.mark.parametrize('code', CODES, ids=repr)
def test_types_that_are_refused(code: Any) -> None:
    with pytest.raises(DamagedError):
        Dtype(code)


STATE = (3, '<', None, None, None, -1, -1, 0)
STATES: dict[str, Any] = {
    'fields': (3, '|', None, ('a',), {'a': (Dtype('i8'), 2**31 - 64)}, 8, 1, 0),
    'names': (3, '|', None, ('a',), None, 8, 1, 0),
    'part of an array': (3, '|', ('f4', (2,)), None, None, 8, 1, 0),
    'another size': (3, '<', None, None, None, 8, 1, 0),
    'a size of NumPy': (3, '<', None, None, None, np.int64(4), 1, 0),
    'an order that is none': (3, 'x', None, None, None, -1, -1, 0),
    'order by a list': (3, ['<'], None, None, None, -1, -1, 0),
    'too short': (3, '<'),
    'no tuple': None,
    'list': list(STATE),
}


@pytest.mark.parametrize('name', STATES)
def test_states_of_a_type_that_are_refused(name: str) -> None:
    with pytest.raises(DamagedError):
        Dtype('f4').__setstate__(STATES[name])


def test_a_type_is_stated_once() -> None:
    dtype = Dtype('f4')
    dtype.__setstate__(STATE)
    with pytest.raises(DamagedError):
        dtype.__setstate__((3, '>', *STATE[2:]))


F4 = Dtype('f4')
LAYOUTS: dict[str, Callable[[Array], None]] = {
    'too few values': lambda a: a.lay_out(b'1234', F4, (2,), 'C'),
    'half a value': lambda a: a.lay_out(b'12345', F4, (1,), 'C'),
    'wrapping product': lambda a: a.lay_out(b'', F4, (2**32, 2**32), 'C'),
    'lengths below zero': lambda a: a.lay_out(b'1234', F4, (-1, -1), 'C'),
    'the rest': lambda a: a.lay_out(b'1234', F4, (-1,), 'C'),
    'truth': lambda a: a.lay_out(b'1234', F4, (True,), 'C'),
    'a number of NumPy': lambda a: a.lay_out(b'1234', F4, (np.int64(1),), 'C'),
    'an empty one of all memory': lambda a: a.lay_out(b'', F4, (0, 2**40), 'C'),
    'too many axes': lambda a: a.lay_out(b'1234', F4, (1,) * 65, 'C'),
    'no shape': lambda a: a.lay_out(b'1234', F4, 1, 'C'),
    'no order': lambda a: a.lay_out(b'1234', F4, (1,), 'A'),
    'axis twice': lambda a: a.lay_out(b'1234', F4, (1, 1), 'K', (0, 0)),
    'axis beyond': lambda a: a.lay_out(b'1234', F4, (1, 1), 'K', (0, 2)),
    'live objects': lambda a: a.lay_out([1], F4, (1,), 'C'),
    'an array': lambda a: a.lay_out(np.ones(1, np.float32), F4, (1,), 'C'),
    'a real type': lambda a: a.lay_out(b'1234', np.dtype('f4'), (1,), 'C'),
    'neither true nor false': lambda a: a.lay_out(b'\x02', Dtype('b1'), (1,), 'C'),
    'no character': lambda a: a.lay_out(b'\xff\xff\xff\xff', Dtype('U1'), (1,), 'C'),
    'no character, turned': lambda a: a.lay_out(b'\x00\x11\x00\x00', Dtype('>U1'), (1,), 'C'),
    'two states': lambda a: [a.lay_out(b'1234', F4, (1,), 'C') for _ in range(2)],
    'no state': lambda a: a.__setstate__(None),
    'order by a list': lambda a: a.__setstate__((1, (1,), F4, [], b'1234')),
}


@pytest.mark.parametrize('name', LAYOUTS)
def test_arrays_that_are_refused(name: str) -> None:
    with pytest.raises(DamagedError):
        LAYOUTS[name](Array())
