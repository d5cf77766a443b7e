"""Opening a checkpoint runs nothing, whoever opens it, unless it is trusted."""

import argparse
import os
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModule
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors.torch import save_file
from torch import nn

from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.loading import load, weights_only
from mmnuc.errors import UserError


class Marking:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return os.system, (f'touch {self.marker}',)


def state() -> dict[str, torch.Tensor]:
    return {'weight': torch.ones(2, 2), 'bias': torch.zeros(2)}


def bare(content: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(content))


def bare_like_torch(content: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=2))


def old_torch(content: Any, path: Path) -> None:
    torch.save(content, path, _use_new_zipfile_serialization=False)


def new_torch_with_new_pickle(content: Any, path: Path) -> None:
    torch.save(content, path, pickle_protocol=4)


def at_the_top(evil: Any) -> Any:
    return evil


def in_meta(evil: Any) -> Any:
    return {'state_dict': state(), 'meta': {'classes': ['nucleus', evil]}}


def in_message_hub(evil: Any) -> Any:
    hub = {'log_scalars': {'loss': HistoryBuffer([1.0], [1])}, 'runtime_info': {'eta': (evil,)}}
    return {'state_dict': state(), 'message_hub': hub}


def in_a_log(evil: Any) -> Any:
    buffer = HistoryBuffer([1.0], [1])
    buffer._log_history = np.array([evil], object)
    return {'state_dict': state(), 'message_hub': {'log_scalars': {'loss': buffer}}}


def as_a_weight(evil: Any) -> Any:
    return {'state_dict': {**state(), 'bias': evil}}


WRITERS = {
    'torch': (torch.save, 'a.pth'),
    'torch of old': (old_torch, 'a.pth'),
    'torch as a pickle': (torch.save, 'a.pkl'),
    'bare pickle': (bare, 'a.pth'),
    'bare pickle of old': (bare_like_torch, 'a.pth'),
    'pickle': (bare, 'a.pkl'),
    'pickle of old': (bare_like_torch, 'A.PICKLE'),
}
PLACES = [at_the_top, in_meta, in_message_hub, in_a_log, as_a_weight]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """The file that a malicious checkpoint makes."""
    return tmp_path / 'marker'


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('writer', WRITERS)
def test_malicious_file_does_not_run(
    tmp_path: Path, marker: Path, writer: str, place: Callable[[Any], Any]
) -> None:
    write, name = WRITERS[writer]
    write(place(Marking(marker)), tmp_path / name)
    with pytest.raises((UserError, pickle.UnpicklingError)) as refused:
        load(tmp_path / name)
    with pytest.raises(UserError):
        weights.read_state(str(tmp_path / name))
    assert not marker.exists()
    # A zip is no pickle; arrays of objects are damage; tensors are for torch's files only.
    if writer != 'torch as a pickle' and place is not in_a_log:
        tensors_first = 'pickle' in writer and place is not at_the_top
        wanted = 'torch.' if tensors_first else 'posix.system'
        assert str(refused.value).startswith(
            f'checkpoint {tmp_path / name} is refused: it wants {wanted}'
        )
        assert str(refused.value).endswith('--trust-checkpoint')


def test_file_of_a_name_in_another_module(tmp_path: Path) -> None:
    torch.save({'state_dict': state(), 'meta': {'folder': Path('a')}}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match=r'wants pathlib\.\w+(\.\w+)?, which is neither tensor'):
        load(tmp_path / 'a.pth')


def through_init_cfg(path: str) -> None:
    class Layer(BaseModule):
        def __init__(self) -> None:
            super().__init__(init_cfg=dict(type='Pretrained', checkpoint=path))
            self.weight = nn.Parameter(torch.zeros(2, 2))

    Layer().init_weights()


def through_a_part(path: str) -> None:
    class Layer(BaseModule):
        def __init__(self) -> None:
            super().__init__(init_cfg=dict(type='Pretrained', checkpoint=path, prefix='backbone.'))

    Layer().init_weights()


@pytest.mark.parametrize(
    'opens', [through_init_cfg, through_a_part, CheckpointLoader.load_checkpoint]
)
def test_mmengine_opens_by_the_rule(
    tmp_path: Path, marker: Path, opens: Callable[[str], Any]
) -> None:
    path = tmp_path / 'a.pth'
    content = in_meta(Marking(marker))
    content['state_dict']['backbone.weight'] = torch.ones(1)
    torch.save(content, path)
    with pytest.raises(UserError, match=r'posix\.system'):
        opens(str(path))
    assert not marker.exists()
    with weights_only(False):
        opens(str(path))
    assert marker.exists()


@pytest.mark.parametrize('name', ['http://a.org/b.pth', 'torchvision://resnet18', 'mmcls://vgg11'])
def test_mmengine_downloads_by_the_rule(
    tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked = []

    def download(url: str, file: str, **_: Any) -> None:
        asked.append(url)
        torch.save(in_meta(Marking(marker)), file)

    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    for _ in range(2):
        with pytest.raises(UserError, match=r'posix\.system'):
            CheckpointLoader.load_checkpoint(name, map_location='cpu')
    assert not marker.exists()
    assert len(asked) == 1


def test_a_broken_download_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def download(url: str, file: str, **_: Any) -> None:  # noqa: ARG001
        Path(file).write_bytes(b'ha')
        raise OSError('connection lost')

    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    with pytest.raises(UserError, match='connection lost'):
        weights.read_state('https://a.org/b.pth')
    assert not [path for path in tmp_path.rglob('*') if path.is_file()]


def test_trust_ends_with_its_block_and_stays_in_its_thread(tmp_path: Path, marker: Path) -> None:
    path = tmp_path / 'a.pth'
    torch.save(in_meta(Marking(marker)), path)
    refused = []

    def elsewhere() -> None:
        try:
            load(path)
        except UserError as error:
            refused.append(error)

    with weights_only(False):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        with weights_only(True), pytest.raises(UserError):
            load(path)
    with pytest.raises(UserError):
        load(path)
    assert len(refused) == 1
    assert not marker.exists()
    with weights_only(False):
        assert load(path)['meta']['classes'] == ['nucleus', 0]
    assert marker.exists()


def test_trusted_pickle(tmp_path: Path, marker: Path) -> None:
    bare({'a': Marking(marker)}, tmp_path / 'a.pkl')
    with weights_only(False):
        load(tmp_path / 'a.pkl')
    assert marker.exists()


def test_a_log_and_numbers_come_back(tmp_path: Path) -> None:
    hub = MessageHub.get_instance('a test of loading')
    hub.update_scalar('loss', 0.25)
    hub.update_scalar('loss', 0.5)
    hub.update_info('eta', np.float64(2))
    metadata = state()
    torch.save({'message_hub': hub.state_dict(), 'state_dict': metadata}, tmp_path / 'a.pth')
    found = load(tmp_path / 'a.pth')['message_hub']
    fresh = MessageHub('the one that goes on')
    fresh.load_state_dict(found)
    assert fresh.get_scalar('loss').data[0].tolist() == [0.25, 0.5]
    assert fresh.get_scalar('loss').mean() == hub.get_scalar('loss').mean()
    assert type(found['runtime_info']['eta']) is np.float64


def test_options_of_a_training_script_come_back_as_a_dict(tmp_path: Path, marker: Path) -> None:
    """torchvision's own scripts save theirs beside the weights."""
    options = argparse.Namespace(lr=0.1, steps=[3, np.float64(4)])
    torch.save({'model': state(), 'args': options}, tmp_path / 'a.pth')
    assert load(tmp_path / 'a.pth')['args'] == {'lr': 0.1, 'steps': [3, 4.0]}
    options.evil = Marking(marker)
    torch.save({'model': state(), 'args': options}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match=r'it wants posix\.system'):
        load(tmp_path / 'a.pth')
    assert not marker.exists()


def test_a_log_brings_no_functions(tmp_path: Path) -> None:
    buffer = HistoryBuffer([1.0], [1])
    buffer._statistics_methods = {'mean': HistoryBuffer.max}
    torch.save([buffer], tmp_path / 'a.pth')
    with pytest.raises(UserError, match=r'getattr'):
        load_with_getattr(tmp_path)
    assert load(tmp_path / 'a.pth')[0]._statistics_methods['mean'] is HistoryBuffer.mean


def load_with_getattr(folder: Path) -> None:
    """Load a checkpoint that takes a method of an array, as mmengine's own list lets it."""

    class Method:
        def __reduce__(self) -> tuple:
            return getattr, (np.ndarray, 'tofile')

    torch.save([Method()], folder / 'b.pth')
    load(folder / 'b.pth')


def test_safetensors(tmp_path: Path) -> None:
    save_file(state(), tmp_path / 'a.safetensors', {'meta': '{"classes": ["nucleus"]}'})
    found = load(tmp_path / 'a.safetensors')
    assert found['meta'] == {'classes': ['nucleus']}
    assert weights.read_state(str(tmp_path / 'a.safetensors')).keys() == state().keys()


@pytest.mark.parametrize('suffix', ['pth', 'pkl', 'safetensors'])
@pytest.mark.parametrize('content', [b'', b'no checkpoint', b'\x80\x02', b'PK\x03\x04'])
def test_damaged_file(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f'a.{suffix}'
    path.write_bytes(content)
    with pytest.raises(UserError, match=r'cannot read checkpoint .*, it is damaged or not a PyT'):
        weights.read_state(str(path))


def test_program_of_torchscript(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), tmp_path / 'a.pt')
    with pytest.raises(UserError, match='it is a program of TorchScript'):
        weights.read_state(str(tmp_path / 'a.pt'))


def test_bare_pickle_with_the_wrong_suffix(tmp_path: Path) -> None:
    (tmp_path / 'a.pth').write_bytes(pickle.dumps({'model': {'a': np.zeros(3)}}))
    with pytest.raises(UserError, match=r'it is a bare pickle, not of torch: call it \.pkl'):
        weights.read_state(str(tmp_path / 'a.pth'))


@pytest.mark.parametrize('content', [b'\x89PNG\r\n\x1a\n', b'{"a": 1}'], ids=['picture', 'json'])
def test_nothing_tells_to_open_a_file_without_the_rule(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'a.pth').write_bytes(content)
    with pytest.raises(UserError, match='it is no file of tensors and plain data') as refused:
        weights.read_state(str(tmp_path / 'a.pth'))
    assert 'weights_only' not in str(refused.value)
