"""Weights of an encoder, from a file or from an installed package of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.runner import CheckpointLoader
from torch import Tensor

from mmnuc.errors import UserError
from mmnuc.resources import weights_file

# Frameworks put a model's weights under one of these, and their names below one of those.
CONTAINERS = ('state_dict', 'model', 'teacher', 'student', 'state_dict_ema')
PREFIXES = ('module.', 'backbone.', 'encoder.', 'model.', 'visual.trunk.')


def read_weights(source: str) -> dict[str, Tensor]:
    """Name → tensor of a file or package, without the wrapping that frameworks put around them.

    Raises:
        UserError: There is no such file, or it holds no tensors.
    """
    file = weights_file(source)
    if not file.is_file():
        raise UserError(f'no such file of weights of an encoder: {source}')
    held: Any = CheckpointLoader.load_checkpoint(str(file), map_location='cpu')
    for name in CONTAINERS:
        if isinstance(held, Mapping) and isinstance(held.get(name), Mapping):
            held = held[name]
    tensors = (
        {str(name): one for name, one in held.items() if isinstance(one, Tensor)}
        if isinstance(held, Mapping)
        else {}
    )
    if not tensors:
        raise UserError(f'{source} holds no weights by name')
    return tensors


def match_weights(
    wanted: Mapping[str, Tensor], held: Mapping[str, Tensor], source: str
) -> dict[str, Tensor]:
    """Tensors of a file for those of an encoder: by name, or else by order.

    A prefix that all names share, such as ``backbone.``, is taken off. Other frameworks name the
    same layers differently and keep their order: where the shapes of all of them agree one by one,
    the n-th is the n-th. What a file holds besides (a classifier) is left out.

    Args:
        wanted: The encoder's own tensors.
        held: The file's.
        source: The file's name, for errors.

    Returns:
        A tensor of the file for each of the encoder's; counters of batches may be missing.

    Raises:
        UserError: They don't fit; the first that doesn't is named.
    """
    needed = {name: one for name, one in wanted.items() if one.ndim}
    named = _without_prefix(held, needed)
    if all(name in named and named[name].shape == one.shape for name, one in needed.items()):
        return {name: named[name] for name in wanted if name in named}
    in_order = [one for one in held.values() if one.ndim][: len(needed)]
    fitting = [a.shape == b.shape for a, b in zip(needed.values(), in_order, strict=False)]
    if len(fitting) == len(needed) and all(fitting):
        return dict(zip(needed, in_order, strict=True))
    raise UserError(f'{source} does not fit this encoder: {_first_fault(needed, named)}')


def _without_prefix(held: Mapping[str, Tensor], needed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors by the names that the encoder has for them, if a prefix is all that differs."""
    best = dict(held)
    for prefix in PREFIXES:
        cut = {name.removeprefix(prefix): one for name, one in held.items()}
        if len(cut.keys() & needed.keys()) > len(best.keys() & needed.keys()):
            best = cut
    return best


def _first_fault(needed: Mapping[str, Tensor], named: Mapping[str, Tensor]) -> str:
    lacking = [name for name in needed if name not in named]
    if lacking:
        return f'{len(lacking)} of its {len(needed)} tensors are not there, {lacking[0]} first'
    name = next(name for name, one in needed.items() if named[name].shape != one.shape)
    return f'{name} is {tuple(named[name].shape)}, not {tuple(needed[name].shape)}'
