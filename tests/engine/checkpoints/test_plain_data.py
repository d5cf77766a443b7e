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

from mmnuc.engine.checkpoints.plain_data import RefusedError, read_pickle

PLAIN = {
    'numbers': np.arange(6.0).reshape(2, 3),
    'columns first': np.arange(6, dtype=np.int16).reshape(2, 3).T,
    'no numbers': np.zeros((0, 4), np.float32),
    'big endian': np.arange(3, dtype='>f4'),
    'no axis': np.array(7),
    'text': np.array(['X', 'CT']),
    'truth': np.array([True, False]),
    'a number': np.float32(0.1),
    'bytes': b'\x00\xff',
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


def test_a_list_of_itself() -> None:
    content: list = [np.zeros(1)]
    content.append(content)
    found = reread(content)
    assert found[1] is found


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
    'bytes by a codec that unpacks': Calling(__import__('_codecs').encode, 'a', 'zlib'),
}


@pytest.mark.parametrize('name', DAMAGED)
def test_what_is_no_plain_data(name: str) -> None:
    with pytest.raises((pickle.UnpicklingError, ValueError)):
        reread(DAMAGED[name])


def test_a_function_takes_no_state() -> None:
    """``BUILD`` would set attributes of what allowed names stand for, and change later loads."""
    text = b'\x80\x02cnumpy\ndtype\nN}U\t_functionK\x01s\x86b.'
    with pytest.raises(pickle.UnpicklingError, match='a state for a function'):
        read_pickle(io.BytesIO(text))


@pytest.mark.parametrize('cut', [0, 1, 20, 60])
def test_cut_file(cut: int) -> None:
    whole = pickle.dumps({'a': np.arange(20)})
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        read_pickle(io.BytesIO(whole[:cut]))


def test_array_with_too_few_values() -> None:
    text = pickle.dumps(np.arange(4, dtype=np.int8)).replace(b'K\x04\x85', b'K\x05\x85')
    with pytest.raises(ValueError, match='cannot reshape array of size 4'):
        read_pickle(io.BytesIO(text))
