"""NumPy files of one dict: read as NumPy reads them, and never run."""

import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.safe_pickle import DamagedError, RefusedError
from mmnuc.safe_pickle.npy import read_npy_object

CONTENT = {
    'masks': np.arange(6).reshape(2, 3),
    'name': 'a',
    'flows': [np.zeros(3), []],
    'x': np.float32(2),
}


def saved(content: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array(content, object), allow_pickle=True)
    return file.getvalue()


DATA = saved(CONTENT)


def test_it_is_what_numpy_reads() -> None:
    ours = read_npy_object(io.BytesIO(DATA))
    theirs = np.load(io.BytesIO(DATA), allow_pickle=True).item()
    assert list(ours) == list(theirs)
    assert np.array_equal(ours['masks'], theirs['masks'])
    assert (ours['name'], ours['x'].dtype, ours['x']) == ('a', np.float32, 2)
    assert np.array_equal(ours['flows'][0], np.zeros(3))


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol: int) -> None:
    file = io.BytesIO()
    header = {'descr': '|O', 'fortran_order': False, 'shape': ()}
    np.lib.format.write_array_header_1_0(file, header)
    pickle.dump(np.array({'masks': np.arange(3)}, object), file, protocol)
    assert read_npy_object(io.BytesIO(file.getvalue()))['masks'].tolist() == [0, 1, 2]


class Evil:
    def __reduce__(self) -> tuple:
        return (print, ('run!',))


def test_what_would_run_is_refused(capsys) -> None:
    with pytest.raises(RefusedError, match=r'builtins\.print'):
        read_npy_object(io.BytesIO(saved({'a': Evil()})))
    assert capsys.readouterr().out == ''


BAD = {
    'two dicts': saved([{}, {}]),
    'dicts within': saved({'a': np.array([{}, {}], object)}),
    'objects within': saved({'a': np.array([None, 1], object)}),
    'no dict': saved(3),
    'empty': b'',
    'a header alone': DATA[:100],
}


@pytest.mark.parametrize('data', BAD.values(), ids=BAD.keys())
def test_other_files_are_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        read_npy_object(io.BytesIO(data))


@pytest.mark.filterwarnings('ignore::UserWarning')
@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_wrong_byte_is_an_error_or_another_dict(place: int, value: int) -> None:
    data = bytearray(DATA)
    data[place] = value
    try:
        content = read_npy_object(io.BytesIO(bytes(data)))
    except (DamagedError, RefusedError):
        return
    assert type(content) is dict
