"""Storages and tensors read without torch, against torch."""

import io
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.safe_pickle import TENSOR_STAND_INS, DamagedError, RefusedError, read_pickle
from mmnuc.safe_pickle.tensors import Storage, Tensor

DTYPES = [torch.float64, torch.float32, torch.float16, torch.int64, torch.int32, torch.int16]
DTYPES += [torch.int8, torch.uint8, torch.bool]


def parts(tensor: torch.Tensor) -> tuple[bytes, tuple]:
    """What the pickle of a tensor hands to torch: the storage's bytes, and its layout."""
    function, (storage, *layout) = tensor.__reduce_ex__(2)
    assert function.__name__ == '_rebuild_tensor_v2'
    return storage.__reduce__()[1][0], tuple(layout)


@pytest.mark.filterwarnings('ignore:TypedStorage')
@pytest.mark.parametrize('dtype', DTYPES, ids=str)
@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=3), st.integers(0, 2))
def test_same_as_torch(dtype: torch.dtype, shape: list[int], begin: int) -> None:
    whole = torch.arange(int(np.prod(shape)) + begin).to(dtype)
    tensor = whole[begin:].reshape(shape)
    tensor = tensor.transpose(0, -1) if shape else tensor
    data, layout = parts(tensor)
    found = Tensor(Storage(data), *layout).value()
    assert found.dtype == tensor.numpy().dtype
    np.testing.assert_array_equal(found, tensor.numpy())


@pytest.mark.filterwarnings('ignore:TypedStorage')
def test_bfloat16_is_read_as_float32() -> None:
    tensor = torch.tensor([[1.5, -2.0], [1e30, float('inf')]], dtype=torch.bfloat16).T
    found = reread({'a': tensor, 'b': tensor[:0]})
    assert found['a'].dtype == found['b'].dtype == np.float32
    np.testing.assert_array_equal(found['a'], tensor.float().numpy())
    assert found['b'].shape == (0, 2)


@pytest.mark.filterwarnings('ignore:TypedStorage')
@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_tensors_of_any_protocol(protocol: int) -> None:
    tensors = {'a': torch.arange(12.0).reshape(3, 4)[1:, ::2], 'b': torch.tensor(7)}
    found = reread(tensors, protocol)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


@pytest.mark.filterwarnings('ignore:TypedStorage')
def test_axes_without_a_step() -> None:
    found = reread(torch.arange(3).expand(2, 3))
    assert found.tolist() == [[0, 1, 2], [0, 1, 2]]
    with pytest.raises(DamagedError, match='written out it holds more'):
        reread(torch.zeros(1).expand(100_000, 100_000))


def reread(content: Any, protocol: int = 4) -> Any:
    return read_pickle(io.BytesIO(pickle.dumps(content, protocol)), TENSOR_STAND_INS)


BEYOND = {
    'too long': (0, (3,), (1,)),
    'offset below': (-1, (1,), (1,)),
    'step below': (0, (2,), (-1,)),
    'offset above': (5, (1,), (1,)),
    'wrapping': (0, (5,), (2**62,)),
    'wrapping twice': (0, (3, 3), (2**63, 2**63)),
}
STRANGE = {
    'a number of NumPy': (0, (np.int64(1),), (1,)),
    'truth': (0, (True,), (1,)),
    'real': (0.0, (1,), (1,)),
    'lists': (0, [1], [1]),
    'axes of two kinds': (0, (1, 1), (1,)),
    'too many axes': (0, (1,) * 33, (1,) * 33),
    'an empty one of all memory': (0, (0, 2**40), (1, 1)),
    'no number': (0, (1,), ('1',)),
}


@pytest.fixture(scope='module')
def storage() -> Storage:
    """Two values."""
    return Storage(parts(torch.zeros(2))[0])


@pytest.mark.filterwarnings('ignore:TypedStorage')
@pytest.mark.parametrize('name', BEYOND)
def test_a_tensor_beyond_its_storage(storage: Storage, name: str) -> None:
    with pytest.raises(DamagedError, match='beyond its storage'):
        Tensor(storage, *BEYOND[name])


@pytest.mark.filterwarnings('ignore:TypedStorage')
@pytest.mark.parametrize('name', STRANGE)
def test_a_tensor_without_plain_numbers(storage: Storage, name: str) -> None:
    with pytest.raises(DamagedError, match='a tensor'):
        Tensor(storage, *STRANGE[name])


@pytest.mark.filterwarnings('ignore:TypedStorage')
def test_a_step_that_is_never_taken() -> None:
    tensor = Tensor(Storage(parts(torch.tensor([5, 6]))[0]), 1, (1, 1), (2**63 - 1, 1))
    assert tensor.value().tolist() == [[6]]


@pytest.mark.filterwarnings('ignore:TypedStorage')
def test_damaged_storages() -> None:
    data, _ = parts(torch.zeros(3))
    with pytest.raises(DamagedError, match='2 of 3 values'):
        Storage(data[:-4])
    with pytest.raises(DamagedError, match='no storage'):
        Storage(pickle.dumps(5))
    with pytest.raises(RefusedError, match=r'builtins\.print'):
        Storage(pickle.dumps(print))
    with pytest.raises(DamagedError, match='neither true nor false'):
        Storage(parts(torch.ones(1, dtype=torch.bool))[0][:-1] + b'\x02')
    with pytest.raises(DamagedError, match='a tensor in a ndarray'):
        Tensor(np.zeros(2), 0, (1,), (1,))


def test_the_name_of_a_storage_is_no_function() -> None:
    with pytest.raises(DamagedError, match='a call of a _Kind'):
        Storage(b'\x80\x02ctorch\nFloatStorage\n)R.')
