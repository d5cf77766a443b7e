"""Checkpoints: read one, find the one to go on from, and say what of it does not fit a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.runner.checkpoint import CheckpointLoader

from mmnuc.engine.checkpoints import loading as safe_loading  # noqa: F401 - CheckpointLoader opens files by its rule
from mmnuc.errors import UserError


@dataclass(frozen=True)
class Fit:
    """How the tensors of a checkpoint fit those of a model, by name.

    Attributes:
        fitting: Names with the same shape on both sides.
        missing: Names of the model that the checkpoint lacks.
        unknown: Names of the checkpoint that the model lacks.
        reshaped: Name → (shape in the checkpoint, shape in the model).
    """

    fitting: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    reshaped: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @property
    def exact(self) -> bool:
        """Whether every tensor of either side has its match."""
        return not (self.missing or self.unknown or self.reshaped)

    def __str__(self) -> str:
        parts = []
        if self.missing:
            parts.append(f'{len(self.missing)} tensors are missing ({_first(self.missing)})')
        if self.unknown:
            parts.append(f'{len(self.unknown)} are not of this model ({_first(self.unknown)})')
        if self.reshaped:
            name, (theirs, ours) = next(iter(self.reshaped.items()))
            parts.append(
                f'{len(self.reshaped)} have another shape ({name}: {theirs}, the model has {ours})'
            )
        return ', '.join(parts) or 'everything fits'


def fit(model_state: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> Fit:
    """Compare the tensors of a checkpoint with those of a model.

    Batch norm's ``num_batches_tracked`` is left out: nothing but momentum averaging reads it, and
    published weights often lack it.

    Example:
        >>> one, two = torch.zeros(1), torch.zeros(2)
        >>> print(fit({'a': one, 'b': one}, {'a': one, 'b': two, 'c': one}))
        1 are not of this model (c), 1 have another shape (b: (2,), the model has (1,))
    """
    ours = {name: tuple(value.shape) for name, value in model_state.items() if _counts(name)}
    theirs = {name: tuple(value.shape) for name, value in state.items() if _counts(name)}
    return Fit(
        fitting=tuple(name for name in ours if theirs.get(name) == ours[name]),
        missing=tuple(name for name in ours if name not in theirs),
        unknown=tuple(name for name in theirs if name not in ours),
        reshaped={
            name: (theirs[name], ours[name])
            for name in ours
            if name in theirs and theirs[name] != ours[name]
        },
    )


def read_state(path: str) -> dict[str, torch.Tensor]:
    """Read the model weights of a checkpoint file.

    Raises:
        UserError: The file does not exist, can't be read, holds no weights, or more than tensors
            and plain data.
    """
    return state_of(read_checkpoint(path), path)


def read_checkpoint(path: str) -> Any:
    """Read all that a checkpoint file holds.

    Raises:
        UserError: The file does not exist, can't be read, or holds more than tensors and plain
            data.
    """
    if '://' not in path and not Path(path).is_file():
        raise UserError(f'no such checkpoint: {path}')
    try:
        return CheckpointLoader.load_checkpoint(path, map_location='cpu')
    except UserError:
        raise
    except Exception as error:  # zip, pickle, tensor storage: each breaks in its own way
        reason = str(error).strip().partition('\n')[0]
        raise UserError(
            f'cannot read checkpoint {path}, it is damaged or not a PyTorch checkpoint: '
            f'{type(error).__name__}: {reason}'
        ) from error


def state_of(checkpoint: Any, path: str) -> dict[str, torch.Tensor]:
    """The model weights of a checkpoint that was read.

    Raises:
        UserError: It holds none.
    """
    state = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else None
    if not state or not all(isinstance(value, torch.Tensor) for value in state.values()):
        holds = _first(tuple(map(str, state))) if state else type(checkpoint).__name__
        raise UserError(
            f'checkpoint {path} holds no weights of MMDetection, but: {holds}; {_IMPORT}'
        )
    return {name.removeprefix('module.'): value for name, value in state.items()}


def require_exact(model: torch.nn.Module, path: str) -> dict[str, torch.Tensor]:
    """Refuse a checkpoint that is not of exactly this model.

    Returns:
        Its weights.

    Raises:
        UserError: A tensor is missing, unknown or of another shape.
    """
    state = read_state(path)
    found = fit(model.state_dict(), state)
    if not found.exact:
        hint = '' if found.fitting else f'; {_IMPORT}'
        raise UserError(f'checkpoint {path} does not fit the model of this config: {found}{hint}')
    return state


def require_trunk(model: torch.nn.Module, path: str) -> Fit:
    """Refuse a checkpoint to start training from unless it fits the backbone and the neck.

    The heads may differ: another number of classes or anchors is why one trains on.

    Returns:
        How the checkpoint fits, for the log.

    Raises:
        UserError: A tensor of the backbone or the neck is missing or of another shape.
    """
    found = fit(model.state_dict(), read_state(path))
    unfit = [name for name in (*found.missing, *found.reshaped) if name.startswith(_TRUNK)]
    if unfit:
        raise UserError(
            f'checkpoint {path} does not fit the model of this config, '
            f'{len(unfit)} tensors of its backbone or neck do not ({_first(tuple(unfit))}): {found}'
        )
    return found


def last_checkpoint(work_dir: str) -> str | None:
    """Find the checkpoint to go on from: the one noted in the work folder, else the newest one.

    The note may name another folder (the work folder was moved) or be empty (the disk was full).

    Returns:
        The path, or ``None`` where nothing was saved yet.
    """
    folder = Path(work_dir)
    note = folder / 'last_checkpoint'
    if note.is_file():
        name = Path(note.read_text().strip()).name
        if name and (folder / name).is_file():
            return str(folder / name)
    # The best ones lack the optimizer's state.
    found = [path for path in folder.glob('*.pth') if not path.name.startswith(('best_', '.'))]
    return str(max(found, key=lambda path: path.stat().st_mtime)) if found else None


_TRUNK = ('backbone.', 'neck.')
_IMPORT = 'mmnuc import-weights takes those of Detectron2 and torchvision'


def _counts(name: str) -> bool:
    return not name.endswith('num_batches_tracked')


def _first(names: tuple[str, ...], count: int = 3) -> str:
    return ', '.join(names[:count]) + (' ...' if len(names) > count else '')
