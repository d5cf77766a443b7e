"""Storages and tensors read without torch, against torch."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.evaluation.results.torch_arrays import load_storage, rebuild

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
    found = rebuild(load_storage(data), *layout)
    assert found.dtype == tensor.numpy().dtype
    np.testing.assert_array_equal(found, tensor.numpy())


def test_a_tensor_beyond_its_storage() -> None:
    for offset, size, stride in (
        (0, (3,), (1,)),
        (-1, (1,), (1,)),
        (0, (2,), (-1,)),
        (5, (1,), (1,)),
    ):
        with pytest.raises(pickle.UnpicklingError, match='beyond its storage'):
            rebuild(np.zeros(2), offset, size, stride)


@pytest.mark.filterwarnings('ignore:TypedStorage')
def test_damaged_storages() -> None:
    data, _ = parts(torch.zeros(3))
    with pytest.raises(pickle.UnpicklingError, match='2 of 3 values'):
        load_storage(data[:-4])
    with pytest.raises(pickle.UnpicklingError, match='no storage'):
        load_storage(pickle.dumps(5))
    with pytest.raises(pickle.UnpicklingError, match=r'a storage of builtins\.print'):
        load_storage(pickle.dumps(print))
