"""What would crash torch's unpickler, or fill the memory, is refused before it is opened."""

import io
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.loading import load
from mmnuc.engine.checkpoints.vetting import require_sound
from mmnuc.errors import UserError

DEEP = b'}N' + b'\x85' * 200_000 + b'Ns.'
LAUGHING = b'}q\x00Nq\x01' + b''.join(b'h%ch%c\x86q%c' % (i, i, i + 1) for i in range(1, 60))
LAUGHING += b'h\x00h\x3cNs.'
SETS = b'cbuiltins\nset\n]N' + b'\x85' * 200_000 + b'a\x85R.'
CONTENTS = {'deep': DEEP, 'laughing': LAUGHING, 'in a set': SETS}


def zipped(content: bytes, path: Path) -> None:
    torch.save({}, path)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, 'w') as new:
        for name, data in members.items():
            new.writestr(name, b'\x80\x02' + content if name.endswith('/data.pkl') else data)


def old(content: bytes, path: Path) -> None:
    torch.save({}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes().replace(b'}q\x00.', content))


def bare(content: bytes, path: Path) -> None:
    path.write_bytes(b'\x80\x02' + content)


@pytest.mark.parametrize('write', [zipped, old, bare])
@pytest.mark.parametrize('name', CONTENTS)
def test_keys_that_crash(tmp_path: Path, write: Callable[[bytes, Path], None], name: str) -> None:
    path = tmp_path / 'a.pth'
    write(CONTENTS[name], path)
    with pytest.raises(UserError, match='it is no file of tensors and plain data: a key of'):
        weights.read_state(str(path))


def test_a_name_that_laughs(tmp_path: Path) -> None:
    path = tmp_path / 'a.pth'
    zipped(b'K\x00' + b'2\x86' * 60 + b'2\x93.', path)
    with pytest.raises(UserError, match='a name that is no text'):
        weights.read_state(str(path))


def test_a_zip_that_unpacks_to_far_more(tmp_path: Path) -> None:
    path = tmp_path / 'a.pth'
    torch.save({'w': torch.zeros(25_000_000)}, path)
    with zipfile.ZipFile(path) as big:
        members = {name: big.read(name) for name in big.namelist()}
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as small:
        for name, data in members.items():
            small.writestr(name, data)
    with pytest.raises(UserError, match=r'a zip of \d+ bytes that unpacks to 1\d+'):
        weights.read_state(str(path))


class Named(dict):
    """A dict that torch doesn't know."""


class Called:
    """Calls what was called before, as methods of an object are."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path('a'),)


@pytest.mark.parametrize(
    ('content', 'name'), [(Named(a=1), r'\S+\.Named'), (Called(), r'pathlib\.\S+')]
)
def test_names_are_left_to_torch(tmp_path: Path, content: Any, name: str) -> None:
    torch.save({'meta': content}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match=f'it wants {name}, which is neither tensor nor plain data'):
        load(tmp_path / 'a.pth')


def test_a_storage_longer_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / 'a.pth'
    torch.save({'w': torch.ones(200)}, path, _use_new_zipfile_serialization=False)
    longer = b'\x8a\x05' + (2**33).to_bytes(5, 'little')
    path.write_bytes(path.read_bytes().replace(b'K\xc8', longer, 1))
    with pytest.raises(UserError, match='storages of more values than the file holds'):
        weights.read_state(str(path))


SOUND = {
    'shared': [torch.ones(5)] * 100,
    'weights': torch.nn.Linear(2, 2).state_dict(),
    'parameter': torch.nn.Parameter(torch.ones(2)),
    'types as keys': {torch.float32: 1, torch.int64: 2},
    'counter': Counter('aab'),
    'sets': {1, 2},
    'ordered': OrderedDict(a=[torch.Size([1, 2]), b'\xff', torch.device('cpu')]),
    'tuples as keys': {(0, 'a'): torch.ones(1).bool(), 1.5: None},
}


@pytest.mark.parametrize('name', SOUND)
@pytest.mark.parametrize('zip_', [True, False], ids=['zip', 'old'])
def test_sound_files_pass(name: str, zip_: bool) -> None:
    stream = io.BytesIO()
    torch.save(SOUND[name], stream, _use_new_zipfile_serialization=zip_)
    stream.seek(0)
    require_sound(stream)
    assert stream.tell() == 0
    assert str(load(stream)) == str(SOUND[name])


OLD_FILE = io.BytesIO()
torch.save({'w': torch.ones(2), 'meta': {'a': [1]}}, OLD_FILE, _use_new_zipfile_serialization=False)


@pytest.mark.filterwarnings('ignore')
@settings(max_examples=150, deadline=None)
@given(st.integers(0), st.binary(max_size=3), st.integers(0, 3))
def test_edited_files(
    tmp_path_factory: pytest.TempPathFactory, place: int, new: bytes, removed: int
) -> None:
    data = OLD_FILE.getvalue()
    place %= len(data)
    path = tmp_path_factory.getbasetemp() / 'edited.pth'
    path.write_bytes(data[:place] + new + data[place + removed :])
    try:
        weights.read_state(str(path))
    except UserError as error:
        message = str(error)
        assert 'weights_only' not in message
