"""A pickle gets plain data and nothing else."""

import io
import os
import pickle
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.logging import HistoryBuffer

from mmnuc.safe_pickle import DamagedError, Limits, RefusedError, read_pickle

PLAIN = {
    'numbers': np.arange(6.0).reshape(2, 3),
    'columns first': np.arange(6, dtype=np.int16).reshape(2, 3).T,
    'no numbers': np.zeros((0, 4), np.float32),
    'big endian': np.arange(3, dtype='>f4'),
    'no axis': np.array(7),
    'text': np.array(['X', 'CT']),
    'truth': np.array([True, False]),
    'a number': np.float32(0.1),
    'a number of text': np.str_('nucleus'),
    'a type': np.dtype('<i2'),
    'of three axes, last first': np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    'bytes': b'\x00\xff',
    'names': {'set': {1, 'a', (2, b'b')}, ('a', 1): None, np.int64(3): True, 2.5: ()},
    'integers': [0, -1, 255, 256, 65536, -(2**31), 2**40, -(2**70), 2**128],
    'reals': [0.1, -0.0, 1e300, float('inf')],
    'words': ['', 'Zellkern', 'µm', '\U0001f52c', 'a\nb\\', 'x' * 300],
    'deep': OrderedDict(a=[(1, np.ones(2)), {'b': np.uint8(3)}]),
}


def reread(content: Any, protocol: int = 4) -> Any:
    return read_pickle(io.BytesIO(pickle.dumps(content, protocol=protocol)))


def assert_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, np.ndarray | np.generic):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        assert_same(list(one.values()), list(other.values()))
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    else:
        assert one == other


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize('name', PLAIN)
def test_plain_data_comes_back(name: str, protocol: int) -> None:
    assert_same(reread(PLAIN[name], protocol), PLAIN[name])


def test_arrays_can_be_written() -> None:
    array = reread(np.zeros(2))
    array[0] = 1
    assert array.tolist() == [1, 0]


def test_arrays_as_python_2_wrote_them() -> None:
    """The Caffe2 weights of Detectron are of this kind."""
    text = b'\x80\x02}U\x01wcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n'
    text += b'K\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R'
    text += b'(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x08'
    text += np.array([1, -2], '<f4').tobytes() + b'tbs.'
    assert_same(read_pickle(io.BytesIO(text)), {'w': np.array([1, -2], np.float32)})


def test_sharing_is_kept() -> None:
    array, words = np.zeros(2), ['a']
    found = reread([array, (array, words), {'w': words}])
    assert found[0] is found[1][0]
    assert found[1][1] is found[2]['w']


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_holds_itself(protocol: int) -> None:
    content: list = [np.zeros(1)]
    content.append({'itself': content})
    with pytest.raises(DamagedError, match='it holds itself'):
        reread(content, protocol)


def test_attributes_of_an_ordered_dict_are_left_out() -> None:
    state = OrderedDict(w=np.ones(1))
    state._metadata = {'': {'version': 1}}
    state.values = 'a name that would hide a method'
    found = reread(state)
    assert_same(found, OrderedDict(w=np.ones(1)))
    assert vars(found) == {}


class Calling:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Any, *args: Any) -> None:
        self._reduced = function, args

    def __reduce__(self) -> tuple:
        return self._reduced


WANTED = {
    'posix.system': Calling(os.system, 'exit 1'),
    'builtins.eval': Calling(eval, '1'),
    'builtins.getattr': Calling(getattr, np.ndarray, 'tofile'),
    'functools.partial': partial(print),
    'pathlib': Path('a'),
    'numpy.fromfile': Calling(np.fromfile, 'a'),
    'mmengine.logging': Calling(HistoryBuffer),
    'numpy.testing': Calling(np.testing.assert_equal, 1, 1),
}


@pytest.mark.parametrize('protocol', [0, 2, 4])
@pytest.mark.parametrize('name', WANTED)
def test_what_is_refused_by_name(name: str, protocol: int) -> None:
    with pytest.raises(RefusedError, match=rf'^{name}'):
        reread([1, {'deep': (WANTED[name],)}], protocol)


DAMAGED = {
    'array of objects': np.array([{}], object),
    'several fields': np.zeros(1, [('a', 'i4'), ('b', 'f4')]),
    'type of a wild kind': Calling(np.dtype, 'O'),
    'type of more text': Calling(np.dtype, 'f4,O'),
    'call of a name that is named only': Calling(np.ndarray, (2,)),
    'set of a text': Calling(set, 'abc'),
    'ordered dict of triples': Calling(OrderedDict, [(1, 2, 3)]),
    'bytes by a codec that unpacks': Calling(__import__('_codecs').encode, 'a', 'zlib'),
}


@pytest.mark.parametrize('name', DAMAGED)
def test_what_is_no_plain_data(name: str) -> None:
    with pytest.raises(DamagedError):
        reread(DAMAGED[name])


def test_a_function_takes_no_state() -> None:
    """``BUILD`` would set attributes of what allowed names stand for, and change later loads."""
    text = b'\x80\x02cnumpy\ndtype\nN}U\t_functionK\x01s\x86b.'
    with pytest.raises(pickle.UnpicklingError, match='a state for a function'):
        read_pickle(io.BytesIO(text))


@pytest.mark.parametrize('cut', [0, 1, 20, 60])
def test_cut_file(cut: int) -> None:
    whole = pickle.dumps({'a': np.arange(20)})
    with pytest.raises(DamagedError, match='it ends too early'):
        read_pickle(io.BytesIO(whole[:cut]))


def test_array_with_too_few_values() -> None:
    text = pickle.dumps(np.arange(4, dtype=np.int8)).replace(b'K\x04\x85', b'K\x05\x85')
    with pytest.raises(DamagedError, match='cannot reshape array of size 4'):
        read_pickle(io.BytesIO(text))


def test_more_may_follow() -> None:
    stream = io.BytesIO(pickle.dumps(1) + pickle.dumps([2]) + b'end')
    assert [read_pickle(stream), read_pickle(stream), stream.read()] == [1, [2], b'end']


def test_a_name_that_is_no_word_is_shown_as_one_line() -> None:
    with pytest.raises(RefusedError) as refused:
        read_pickle(io.BytesIO(b'\x80\x04\x8c\x02os\x8c\x06a\n\x1b[2J\x93.'))
    assert str(refused.value) == r"'os.a\n\x1b[2J'"


def test_limits_can_be_raised() -> None:
    deep: list = []
    for _ in range(150):
        deep = [deep]
    with pytest.raises(DamagedError, match='more than 100 levels'):
        reread(deep)
    data = io.BytesIO(pickle.dumps(deep))
    assert_same(read_pickle(data, limits=Limits(depth=150)), deep)
    data.seek(0)
    with pytest.raises(DamagedError, match='written out it holds more than'):
        read_pickle(data, limits=Limits(depth=150, free_bytes=10, bytes_each=0))
