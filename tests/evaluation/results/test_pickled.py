"""Result files from strangers: read or refused in one line, whatever they hold."""

import pickle
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo
from mmnuc.evaluation.results.pickled import read_pickle
from mmnuc.evaluation.results.truth import Truth

NONE = np.zeros(0)
TRUTH = Truth(
    (ImageInfo(1, 'a.png', 2, 4),), GroundTruth(NONE, NONE, [], NONE.reshape(0, 4), NONE, NONE)
)


def pushed(value: Any) -> bytes:
    """The instructions that put a value on the stack."""
    return pickle.dumps(value, 2)[2:-1]


def named(module: str, name: str) -> bytes:
    return f'c{module}\n{name}\n'.encode()


def raw(data: bytes) -> bytes:
    return b'C' + bytes([len(data)]) + data


SCALAR = named('numpy._core.multiarray', 'scalar')
DTYPE = named('numpy', 'dtype')


def with_field(code: str, offset: int) -> bytes:
    """A type of eight bytes with one field."""
    field = DTYPE + b'(' + pushed(code) + b'\x89\x88tR'
    state = pushed(3) + pushed('|') + b'N(' + pushed('a') + b't}' + pushed('a') + b'('
    state += field + pushed(offset) + b'ts' + pushed(8) + pushed(1) + pushed(0)
    return DTYPE + b'(' + pushed('V8') + b'\x89\x88tR(' + state + b'tb'


def number(value: int) -> bytes:
    """An integer of NumPy."""
    dtype = DTYPE + b'(' + pushed('i8') + b'\x89\x88tR(' + pushed(3) + pushed('<') + b'NNN'
    dtype += pushed(-1) + pushed(-1) + pushed(0) + b'tb'
    return SCALAR + b'(' + dtype + raw(struct.pack('<q', value)) + b'tR'


def scalar(dtype: bytes) -> bytes:
    return SCALAR + b'(' + dtype + raw(b'A' * 8) + b'tR'


def sample(path: bytes, masks: bytes = b'') -> bytes:
    inner = pushed('pred_instances') + b'}' + (pushed('masks') + masks + b's' if masks else b'')
    text = pushed('img_id') + pushed(1) + pushed('img_path') + path
    return b'\x80\x03]}(' + text + inner + b'ua.'


TENSOR = named('torch._utils', '_rebuild_tensor_v2') + b'(' + pushed(np.zeros(4, np.uint8))
HOSTILE = {
    'an object hidden in bytes': sample(scalar(with_field('O8', 0))),
    'a field beyond its item': sample(scalar(with_field('i8', 2**31 - 64))),
    'a step that wraps': sample(
        pushed('a.png'), TENSOR + pushed(0) + b'(' + number(5) + b't(' + number(2**62) + b'ttR'
    ),
    'laughs as a name': sample(b'K\x00' + b'2\x86' * 60),
    'laughs as a key': sample(b'}K\x00' + b'2\x86' * 60 + b'Ns'),
}


def refusal(folder: Path, content: bytes) -> str:
    path = folder / 'r.pkl'
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        read_pickle(path, TRUTH)
    return str(refused.value).removeprefix(f'{path}')


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_files(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, HOSTILE[name])
    assert said.startswith(' is no pickle of results: ')
    assert len(said.splitlines()) == 1


def test_the_hostile_cases(tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[4] / 'shared/cases/hostile.py'
    if not script.is_file():
        pytest.skip('the shared cases are not beside this checkout')
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    files = sorted(tmp_path.glob('*.pkl'))
    assert len(files) >= 3
    for path in files:
        with pytest.raises(UserError, match='is no pickle of results'):
            read_pickle(path, TRUTH)


def entry(**other: Any) -> dict[str, Any]:
    """A sound result but for what is given."""
    pred = dict(
        masks=[{'size': [2, 4], 'counts': '08'}],
        scores=np.ones(1),
        labels=np.zeros(1, np.int64),
        bboxes=np.array([[0.0, 0, 4, 2]]),
    )
    given = {'img_id': 1, 'img_path': 'a.png', 'pred_instances': pred}
    given.update({key: value for key, value in other.items() if key in given})
    pred.update({key: value for key, value in other.items() if key in pred})
    return given


WILD = {
    'number that is a list': entry(img_id=[1]),
    'number of two values': entry(img_id=np.ones(2)),
    'number that is none': entry(img_id=float('nan')),
    'number without end': entry(img_id=float('inf')),
    'name that is a list': entry(img_path=['a.png']),
    'name that is an array': entry(img_path=np.ones(2)),
    'instances that are none': entry(pred_instances=None),
    'instances that are a list': entry(pred_instances=[]),
    'masks that are numbers': entry(masks=[5]),
    'masks that are counts': entry(masks=[{'size': [2, 4], 'counts': [0, 8]}]),
    'masks without text': entry(masks=[{'size': [2, 4], 'counts': b'\xff'}]),
    'masks of another size': entry(masks=[{'size': [4, 2], 'counts': '08'}]),
    'boxes of text': entry(bboxes='abcd'),
    'boxes too large': entry(bboxes=[[0, 0, 2**2000, 1]]),
    'boxes of one corner': entry(bboxes=[[0, 0]]),
    'labels too large': entry(labels=[2**70]),
    'labels of text': entry(labels=['a']),
    'scores that are none': entry(scores=[float('nan')]),
    'too many scores': entry(scores=[1, 2]),
}


@pytest.mark.parametrize('name', WILD)
def test_results_of_another_form(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, pickle.dumps([WILD[name]]))
    assert len(said.splitlines()) == 1


def test_a_sound_result(tmp_path: Path) -> None:
    path = tmp_path / 'r.pkl'
    path.write_bytes(pickle.dumps([entry(scores=torch.tensor([0.5]).bfloat16())]))
    found, images = read_pickle(path, TRUTH)
    assert (found.scores.tolist(), images) == ([0.5], {1})
    assert found.boxes_xywh.tolist() == [[0, 0, 4, 2]]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 5), st.integers(0, 1000), st.binary(max_size=3), st.integers(0, 3))
def test_edited_results(
    tmp_path_factory: pytest.TempPathFactory, protocol: int, place: int, new: bytes, removed: int
) -> None:
    data = pickle.dumps([entry()], protocol)
    place %= len(data)
    path = tmp_path_factory.getbasetemp() / 'edited.pkl'
    path.write_bytes(data[:place] + new + data[place + removed :])
    with suppress(UserError):
        read_pickle(path, TRUTH)


def plain(**instances: object) -> dict:
    found = dict(
        masks=[{'size': [2, 4], 'counts': b'08'}], scores=[0.5], labels=[0], bboxes=[[0, 0, 4, 2]]
    )
    return dict(img_id=1, img_path='a.png', pred_instances=found | instances)


NOT_WHOLE = {
    'an image twice': ([plain(), plain()], 'results of a.png twice'),
    'no masks': ([dict(plain(), pred_instances={'scores': []})], 'no masks and no labels'),
    'dense masks': ([plain(masks=np.ones((1, 2, 4), bool))], 'masks that are no run lengths'),
    'more scores': ([plain(scores=[0.5, 0.5])], r'of \[1, 2\] nuclei'),
    'of mmdet 2': ([([], [])], 'those of mmdet 2 name no images'),
}


@pytest.mark.parametrize(('content', 'words'), NOT_WHOLE.values(), ids=NOT_WHOLE.keys())
def test_results_that_are_not_whole_are_told(tmp_path: Path, content: list, words: str) -> None:
    (tmp_path / 'r.pkl').write_bytes(pickle.dumps(content))
    with pytest.raises(UserError, match=words):
        read_pickle(tmp_path / 'r.pkl', TRUTH)
