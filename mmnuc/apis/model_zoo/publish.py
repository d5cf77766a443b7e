"""From a checkpoint of a training to a file for others, with its config and a model card."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as safetensors_bytes

from mmnuc.apis.model_zoo.card import card
from mmnuc.apis.model_zoo.facts import NOT_STATED, Facts, facts_of, meta_of, name_of, with_said
from mmnuc.atomic import atomic_path
from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.checkpoints.network import load_network
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError

FORMATS = ('safetensors', 'pth')
# Settings of one run on one machine.
_OF_THE_RUN = {'work_dir', 'load_from', 'resume', 'launcher'}
_LARGEST_HALF = torch.finfo(torch.float16).max


@dataclass(frozen=True)
class Published:
    """The files: weights, config and model card."""

    weights: Path
    config: Path
    card: Path


def publish(
    checkpoint: str | Path,
    folder: str | Path,
    *,
    config: str | Path | None = None,
    file_format: str = 'safetensors',
    half: bool = False,
    name: str | None = None,
    data: str | None = None,
    licence: str = NOT_STATED,
    scores: str | Path | None = None,
    trust: bool = False,
) -> Published:
    """Publish the weights of a checkpoint.

    The optimizer, the log and all else that only a training needs stay behind. Where the training
    averaged its weights (EMA), the averaged ones are taken, as mmengine keeps them as the
    checkpoint's own. The name ends in the date and the first 8 digits of the file's SHA-256.

    Args:
        checkpoint: The checkpoint.
        folder: Where the files go.
        config: The experiment; by default what the checkpoint says of it, which is not run.
        file_format: One of :data:`FORMATS`.
        half: Keep 16 bits of a number. Loading makes 32 of them again.
        name: First part of the name; by default the config's.
        data: What the model learned from; by default the folders of the config's data.
        licence: What others may do with it.
        scores: Json with score by name, as of ``mmnuc evaluate --json``; by default those of
            the validation after which the checkpoint was saved as the best.
        trust: As for :func:`mmnuc.apis.load`.

    Returns:
        The files. Publishing the same again changes nothing.

    Raises:
        UserError: The checkpoint can't be read or does not fit, it is not known of which config it
            is, or another file has the name of one of these.
    """
    path, folder = Path(checkpoint), Path(folder)
    if file_format not in FORMATS:
        raise UserError(f'no such format: {file_format}; there are {", ".join(FORMATS)}')
    if name is not None and not re.fullmatch(r'[\w.+-]+', name):
        raise UserError(f'the name has other characters than letters, digits, . + - _: {name!r}')
    if folder.exists() and not folder.is_dir():
        raise UserError(f'not a folder: {folder}')
    with weights_only(not trust):
        content = weights.read_checkpoint(str(path))
        text = _config_text(content, config, path)
        state = weights.state_of(content, str(path))
    facts = facts_of(content, path, text, name or name_of(content, config, path), half)
    facts = with_said(facts, data=data, licence=licence, scores=scores)
    if half:
        state = {key: _halved(value) for key, value in state.items()}
    file = _file_bytes(state, _meta(facts, text), file_format)
    return _write(folder, facts, text, file, file_format)


def _write(folder: Path, facts: Facts, text: str, file: bytes, file_format: str) -> Published:
    sha256 = hashlib.sha256(file).hexdigest()
    stem = f'{facts.name}_{facts.date.replace("-", "")}-{sha256[:8]}'
    found = Published(*(folder / f'{stem}.{suffix}' for suffix in (file_format, 'py', 'md')))
    about = card(facts, found.weights.name, found.config.name, sha256)
    contents = {found.weights: file, found.config: text.encode(), found.card: about.encode()}
    for path, content in contents.items():
        if path.exists() and path.read_bytes() != content:
            raise UserError(f'{path} exists and holds something else: choose another folder')
    for path, content in contents.items():
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    return found


def _config_text(content: Mapping[str, Any], config: str | Path | None, path: Path) -> str:
    """The config in one file, without what is of one run.

    Raises:
        UserError: There is none, it can't be read, or the weights are not of it.
    """
    if config is not None:
        cfg = read_config(Path(config))
        load_network(cfg, path)
        return _without_run(cfg.pretty_text)
    text = meta_of(content).get('cfg')
    if not isinstance(text, str):
        raise UserError(f'checkpoint {path} does not say of which config it is: --config CONFIG')
    try:
        return _without_run(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UserError(f'the config in checkpoint {path} is none: {error}') from error


def _without_run(text: str) -> str:
    """Leave out the lines that set what is of one run.

    Example:
        >>> _without_run("a = 1\\nwork_dir = (\\n    'here')\\nb = dict(resume=True)\\n")
        'a = 1\\nb = dict(resume=True)\\n'
    """
    lines = text.splitlines()
    for statement in reversed(ast.parse(text).body):
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id in _OF_THE_RUN for target in targets):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return '\n'.join(lines) + '\n'


def _meta(facts: Facts, text: str) -> dict[str, Any]:
    return {
        'dataset_meta': {'classes': list(facts.classes)},
        'cfg': text,
        'published': facts.description(),
    }


def _file_bytes(state: Mapping[str, torch.Tensor], meta: Mapping[str, Any], kind: str) -> bytes:
    """The file, the same for the same weights."""
    # Copies: tensors that share their storage would not be of one file each.
    tensors = {key: value.detach().cpu().contiguous().clone() for key, value in state.items()}
    if kind == 'safetensors':
        return safetensors_bytes(tensors, {'meta': json.dumps(meta, sort_keys=True)})
    stream = io.BytesIO()
    torch.save({'meta': meta, 'state_dict': tensors}, stream)
    return stream.getvalue()


def _halved(value: torch.Tensor) -> torch.Tensor:
    """16 bits of each number, unless one is too large for that."""
    if not value.is_floating_point() or value.element_size() <= 2:
        return value
    if value.numel() and value.abs().max() > _LARGEST_HALF:
        return value
    return value.half()
