"""Whatever bytes a pickle has, it is read or refused, in words of this package."""

import io
import pickle
from collections import OrderedDict
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.safe_pickle import TENSOR_STAND_INS, DamagedError, RefusedError, read_pickle

CONTENTS = {
    'results': [
        {
            'img_id': 1,
            'img_path': 'data/a.png',
            'ori_shape': (2, 4),
            'pred_instances': {
                'masks': [{'size': [2, 4], 'counts': '08'}] * 2,
                'scores': np.array([0.5, 0.25], np.float32),
                'labels': np.zeros(2, np.int64),
                'bboxes': np.ones((2, 4)),
            },
        }
    ],
    'tensors': {'a': torch.arange(6).reshape(2, 3).T, 'b': torch.ones(2, dtype=torch.bfloat16)},
    'weights': OrderedDict(w=np.zeros((2, 3), '>f4'), b=np.asfortranarray(np.ones((2, 2)))),
    'plain': [{'set': {1, 2}, ('a', 1): b'\xff'}, None, True, 1.5, -(2**70), 'µ', np.str_('a')],
}
PICKLES = [
    pickle.dumps(content, protocol)
    for content in CONTENTS.values()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
]


def replaced(data: bytes, place: int, inserted: bytes, removed: int) -> bytes:
    place %= len(data) + 1
    return data[:place] + inserted + data[place + removed :]


EDITS = st.lists(
    st.tuples(
        st.integers(0, 4000),
        st.one_of(st.binary(max_size=4), st.sampled_from([b'2', b'0', b'\x94', b'R', b'b', b'('])),
        st.sampled_from([0, 1, 1, 1, 2, 5]),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.filterwarnings('ignore')
@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PICKLES), EDITS)
def test_edited_pickles(data: bytes, edits: list[tuple[int, bytes, int]]) -> None:
    for edit in edits:
        data = replaced(data, *edit)
    read_or_refused(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60).map(partial(bytes.__add__, b'\x80\x04')))
def test_any_bytes(data: bytes) -> None:
    read_or_refused(data + b'.')


@pytest.mark.parametrize('data', PICKLES[::5], ids=len)
def test_cut_pickles(data: bytes) -> None:
    for end in range(0, len(data), 7):
        read_or_refused(data[:end])


def read_or_refused(data: bytes) -> None:
    with suppress(DamagedError, RefusedError):
        read_pickle(io.BytesIO(data), TENSOR_STAND_INS)
