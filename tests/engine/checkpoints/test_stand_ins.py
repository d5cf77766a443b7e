"""mmengine's log and a script's options in a checkpoint of torch."""

import argparse
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from mmnuc.engine.checkpoints.loading import load
from mmnuc.engine.checkpoints.stand_ins import TORCH_STAND_INS, History, Options
from mmnuc.safe_pickle import STAND_INS, DamagedError, RefusedError, read_pickle


def test_they_come_on_top_of_plain_data() -> None:
    assert {name: TORCH_STAND_INS[name] for name in STAND_INS} == dict(STAND_INS)


def test_a_bare_pickle_has_none_of_them() -> None:
    for content in (HistoryBuffer([1.0], [1]), argparse.Namespace(a=1)):
        with pytest.raises(RefusedError):
            read_pickle(io.BytesIO(pickle.dumps(content)))


LOGS: dict[str, Any] = {
    'no dict': [],
    'lists': {'_log_history': [1], '_count_history': [1], 'max_length': 1},
    'a length of NumPy': {'max_length': np.int64(1)},
    'a length below zero': {'max_length': -1},
}


@pytest.mark.parametrize('name', LOGS)
def test_logs_that_are_refused(name: str) -> None:
    state = LOGS[name]
    arrays = {'_log_history': TORCH_STAND_INS['array'](), '_count_history': History()}
    with pytest.raises(DamagedError):
        History().__setstate__({**arrays, **state} if isinstance(state, dict) else state)


def test_options_that_are_refused() -> None:
    with pytest.raises(DamagedError, match='options that are no dict'):
        Options().__setstate__([1])


def test_old_and_new_files_of_torch_are_alike(tmp_path: Path) -> None:
    """Either format, with all that a checkpoint of mmengine holds."""
    buffer = HistoryBuffer([0.5, 0.25], [1, 2])
    content = {
        'state_dict': torch.nn.Linear(2, 3).state_dict(),
        'optimizer': {'state': {0: {'step': torch.tensor(3.0)}}, 'param_groups': [{'lr': 0.1}]},
        'message_hub': {'log_scalars': {'loss': buffer}, 'runtime_info': {'it': np.int64(3)}},
        'meta': {'epoch': 1, 'dataset_meta': {'palette': [(1, 2, 3)], 'sizes': np.arange(3)}},
        'half': torch.ones(2).bfloat16(),
    }
    for zipped in (True, False):
        path = tmp_path / f'{zipped}.pth'
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
        found = load(path)
        assert found['state_dict'].keys() == content['state_dict'].keys()
        assert found['state_dict']._metadata == content['state_dict']._metadata
        for name, tensor in content['state_dict'].items():
            assert torch.equal(found['state_dict'][name], tensor)
        log = found['message_hub']['log_scalars']['loss']
        assert [part.tolist() for part in log.data] == [[0.5, 0.25], [1, 2]]
        assert found['meta']['dataset_meta']['sizes'].tolist() == [0, 1, 2]
        assert found['meta']['epoch'] == 1
        assert found['half'].dtype == torch.bfloat16


@pytest.mark.parametrize('name', ['values', 'keys'])
def test_a_dict_whose_methods_are_hidden(tmp_path: Path, name: str) -> None:
    weights = torch.nn.Linear(1, 1).state_dict()
    setattr(weights, name, 'no method')
    torch.save({'state_dict': weights}, tmp_path / 'a.pth')
    with pytest.raises(DamagedError, match='hide its methods'):
        load(tmp_path / 'a.pth')
