"""Checkpoints are opened as tensors and plain data: nothing that a file names is called.

mmengine opens a checkpoint under torch's strict rule first, but one that wants more it opens again
under none, with a warning; what it downloads it opens under none at once. Importing this module
puts :func:`load` in both places, so that whatever mmengine and mmdet load, by path, by ``init_cfg``
or by URL, goes through it.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlparse

import torch
from mmengine.runner import checkpoint as mmengine_checkpoint
from safetensors import SafetensorError, safe_open

from mmnuc.atomic import atomic_path
from mmnuc.engine.checkpoints.stand_ins import TORCH_STAND_INS
from mmnuc.engine.checkpoints.vetting import require_sound
from mmnuc.errors import UserError
from mmnuc.safe_pickle.errors import DamagedError, RefusedError
from mmnuc.safe_pickle.settling import settled
from mmnuc.safe_pickle.unpickler import read_pickle

_PICKLES = ('.pkl', '.pickle')
_SAFETENSORS = '.safetensors'
_NAME = re.compile(r'GLOBAL (\S+)')
_REASON = re.compile(r'WeightsUnpickler error:\s*(.+)')
# torch keeps its list of allowed names for the whole process.
_LOCK = threading.Lock()
_WEIGHTS_ONLY: ContextVar[bool] = ContextVar('weights_only', default=True)

MapLocation = str | torch.device | Callable[..., Any] | dict[str, str] | None


@contextmanager
def weights_only(enabled: bool) -> Iterator[None]:
    """Set whether checkpoints that are opened in this block, and in this thread, are data alone.

    Args:
        enabled: False lets them run code of theirs, for files from people who are trusted; True,
            which is the rule elsewhere, puts it back inside of such a block.
    """
    token = _WEIGHTS_ONLY.set(enabled)
    try:
        yield
    finally:
        _WEIGHTS_ONLY.reset(token)


def load(file: str | Path | BinaryIO, map_location: MapLocation = 'cpu') -> Any:
    """Read a checkpoint: of torch, a pickle of NumPy arrays (``.pkl``), or ``.safetensors``.

    Args:
        file: The file; one that is open already is read as torch's.
        map_location: Where the tensors go.

    Returns:
        What it holds. Of ``.safetensors`` the tensors are the ``state_dict``, and the description
        that ``mmnuc publish`` writes is the ``meta``.

    Raises:
        UserError: It wants something that is neither tensor nor plain data; the error names it.
        Exception: It can't be read: each format breaks in its own way.
    """
    path = Path(file) if isinstance(file, (str, Path)) else None
    suffix = path.suffix.lower() if path else ''
    try:
        if path and suffix == _SAFETENSORS:
            return _load_safetensors(path, map_location)
        if path and suffix in _PICKLES:
            return _load_pickle(path)
        if not _WEIGHTS_ONLY.get():
            return torch.load(file, map_location=map_location, weights_only=False)
        return _load_torch(file, map_location)
    except RefusedError as error:
        named = f'checkpoint {file}' if suffix else 'the checkpoint'
        raise UserError(
            f'{named} is refused: it wants {error}, which is neither tensor nor plain data, and '
            'opening it could run any program. If you trust whoever made it: --trust-checkpoint'
        ) from None


def _load_torch(file: str | Path | BinaryIO, map_location: MapLocation) -> Any:
    allowed: list[Any] = [(stand_in, name) for name, stand_in in TORCH_STAND_INS.items()]
    try:
        require_sound(file)
        with _LOCK, warnings.catch_warnings(), torch.serialization.safe_globals(allowed):
            # They tell to trust the file.
            warnings.simplefilter('ignore', UserWarning)
            content = torch.load(file, map_location=map_location, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError) as error:
        found = _NAME.search(str(error))
        if found:
            raise RefusedError(found[1]) from None
        _explain(file)
        if isinstance(error, DamagedError):
            raise DamagedError(f'it is no file of tensors and plain data: {error}') from None
        if isinstance(error, pickle.UnpicklingError):
            # torch's own words tell to open it without the rule.
            why = _REASON.search(str(error))
            raise pickle.UnpicklingError(
                f'it is no file of tensors and plain data: {why[1] if why else "no pickle"}'
            ) from None
        raise
    return settled(content, size=_size(file))


def _size(file: str | Path | BinaryIO) -> int:
    if isinstance(file, (str, Path)):
        return Path(file).stat().st_size
    return file.seek(0, io.SEEK_END)


def _explain(file: str | Path | BinaryIO) -> None:
    """Say better than torch what is wrong with a file that it can't read.

    Raises:
        RefusedError: It is a bare pickle, which is newer than torch's and wants something.
        ValueError: It is a bare pickle, or a program of TorchScript.
    """
    if not isinstance(file, (str, Path)):
        return
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if any(name.endswith('/constants.pkl') for name in archive.namelist()):
                raise ValueError('it is a program of TorchScript')
        return
    with open(file, 'rb') as stream:
        try:
            content = read_pickle(stream)
        except DamagedError:  # which torch's own error says
            return
    if isinstance(content, dict):  # torch's older format begins with a pickle of a number
        raise ValueError('it is a bare pickle, not of torch: call it .pkl')


def _load_pickle(file: Path) -> Any:
    with file.open('rb') as stream:
        if not _WEIGHTS_ONLY.get():
            return pickle.load(stream, encoding='latin1')
        return read_pickle(stream)


def _load_safetensors(file: Path, map_location: MapLocation) -> dict[str, Any]:
    device = map_location if isinstance(map_location, (str, torch.device)) else 'cpu'
    try:
        with safe_open(file, framework='pt', device=str(device)) as stream:
            meta = json.loads((stream.metadata() or {}).get('meta', '{}'))
            state = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return {'meta': meta, 'state_dict': state}


def _load_url(
    url: str,
    model_dir: str | None = None,
    map_location: MapLocation = None,
    progress: bool = True,
    **_: Any,
) -> Any:
    """Download a checkpoint, unless it was before, and read it: mmengine's ``load_url``."""
    folder = Path(model_dir) if model_dir else Path(torch.hub.get_dir()) / 'checkpoints'
    file = folder / Path(urlparse(url).path).name
    if not file.is_file():
        with atomic_path(file) as temporary:
            torch.hub.download_url_to_file(url, str(temporary), progress=progress)
    return load(file, map_location)


def _load_for_mmengine(
    file: str | Path | BinaryIO,
    map_location: MapLocation = None,
    weights_only: bool | None = None,  # noqa: ARG001
) -> Any:
    return load(file, map_location)


mmengine_checkpoint._safe_torch_load = _load_for_mmengine
mmengine_checkpoint.load_url = _load_url
