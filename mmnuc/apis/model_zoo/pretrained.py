"""The models that come with the project, in the folder ``weights``."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mmnuc.errors import UserError
from mmnuc.resources import folder_of

if TYPE_CHECKING:
    from mmengine.config import Config  # slow to import

PRETRAINED = ('histology', 'fluorescence')


def pretrained_weights(name: str) -> Path:
    """The weights of a model that comes with the project, looked at for damage.

    Args:
        name: One of :data:`PRETRAINED`: ``'histology'`` for stained tissue in bright field,
            ``'fluorescence'`` for nuclei that shine.

    Returns:
        The file, as ``mmnuc publish`` wrote it; its config lies beside it. The folder is the one
        of :func:`weights_folder`.

    Raises:
        UserError: There is no such model, its file is missing, or it is damaged.

    Example:
        >>> pretrained_weights('histology').suffix
        '.safetensors'
    """
    if name not in PRETRAINED:
        raise UserError(f'no such model: {name}; there are {", ".join(PRETRAINED)}')
    found = weights_files(name)
    if not found:
        raise UserError(
            f'the weights of the {name} model are not in {weights_folder()}: they come with the '
            'project, in its wheel and in its checkout; set MMNUC_WEIGHTS to the folder they are in'
        )
    _check(found[-1])
    return found[-1]


def weights_folder() -> Path:
    """The folder of the models: what ``MMNUC_WEIGHTS`` names, or ``weights`` of the project."""
    return Path(os.environ.get('MMNUC_WEIGHTS') or folder_of('weights'))


def weights_files(name: str) -> list[Path]:
    """The weights of a model that are there, the newest last; none if they are missing.

    Args:
        name: One of :data:`PRETRAINED`.
    """
    return sorted(weights_folder().glob(f'{name}_*.safetensors'))


def with_weights(
    config: str | Path | Config, checkpoint: str | Path | None
) -> tuple[str | Path | Config, str | Path]:
    """Config and weights, where one word may stand for both.

    Args:
        config: The experiment, or without ``checkpoint`` one of :data:`PRETRAINED`.
        checkpoint: Its weights.

    Raises:
        UserError: There is no such model, or its weights are missing.
    """
    if checkpoint is not None:
        return config, checkpoint
    if isinstance(config, str) and not Path(config).suffix:
        weights = pretrained_weights(config)
        return weights.with_suffix('.py'), weights
    name = getattr(config, 'filename', config)
    raise UserError(
        f'which weights belong to the config {name}? Name a checkpoint, or instead of both one of '
        f'the models that come with the project: {", ".join(PRETRAINED)}'
    )


def _check(path: Path) -> None:
    """Compare the file with the digits of its SHA-256 that its name ends in.

    Raises:
        UserError: They differ.
    """
    named = re.search(r'-([0-9a-f]{8})$', path.stem)
    if named is None or not hashlib.sha256(path.read_bytes()).hexdigest().startswith(named[1]):
        raise UserError(f'{path} is damaged or incomplete: take it from the project again')
