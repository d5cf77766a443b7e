"""The configs that come with the project: listed, printed, and copied to be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.resources import config_file, config_name, config_names

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


@dataclass(frozen=True)
class ConfigInfo:
    """What is known of a config without reading it.

    Attributes:
        name: Its name, which every command and :func:`mmnuc.train` take.
        about: The first sentence of its first comment.
    """

    name: str
    about: str


def list_configs() -> list[ConfigInfo]:
    """List the experiments that come with the project, by name.

    Example:
        >>> [info.about for info in list_configs() if info.name.startswith('htc/')][0][:35]
        'Hybrid Task Cascade on the light mo'
    """
    return [ConfigInfo(name, about_config(config_file(name))) for name in config_names()]


def about_config(path: Path) -> str:
    """The first sentence of the comment that a config begins with; empty if it has none."""
    lines = []
    for line in path.read_text(encoding='utf-8').splitlines():
        if not line.startswith('#'):
            break
        lines.append(line.lstrip('# '))
    return re.split(r'\.(?:\s|$)', ' '.join(lines), maxsplit=1)[0]


def print_config(name: str | Path, options: Mapping[str, Any] | None = None) -> str:
    """A config with all its bases and options resolved.

    Args:
        name: The config, by path or name.
        options: Value by setting, as ``train_cfg.max_iters``.

    Returns:
        Python text, which is a config itself.

    Raises:
        UserError: There is no such config, it can't be read, or an option does not fit it.

    Example:
        >>> 'max_iters = 7' in print_config('htc_r18_fpn-light_6k_vrdl2021', {'max_iters': 7})
        True
    """
    from mmnuc.engine.config import read_config  # torch comes with it

    return str(read_config(name, dict(options or {})).pretty_text)


def copy_config(name: str | Path, target: str | Path) -> Path:
    """Write a config to be changed: a child of another one, which it names.

    Args:
        name: The config to inherit from, by path or name. One that comes with the project is named
            so that the child works in any folder.
        target: The file, ``.py``.

    Returns:
        The file. It has what is usually changed in its comments, with the values that there are.

    Raises:
        UserError: There is no such config, it can't be read, or the target exists or is no
            ``.py``.
    """
    from mmnuc.engine.config import read_config  # torch comes with it

    base, target = config_file(name), Path(target)
    if target.suffix != '.py':
        raise UserError(f'a config ends in .py: {target}')
    if target.exists():
        raise UserError(f'{target} exists: choose another name')
    if not target.parent.is_dir():
        raise UserError(f'no such folder: {target.parent}')
    named = config_name(base) or str(base.resolve())
    text = '\n'.join(_child(named, about_config(base), read_config(base))) + '\n'
    with atomic_path(target) as path:
        path.write_text(text, encoding='utf-8')
    return target


def _child(base: str, about: str, cfg: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a child: the base, and as comments what is usually changed."""
    yield '# What this experiment differs in, and why.'
    yield f'_base_ = {base!r}' + (f'  # {about}' if len(about) < 60 else '')
    yield ''
    yield '# What is usually changed, with the values of the base. Other data are named wherever'
    yield '# they are used: a variable that a child changes does not reach what its base built.'
    root = cfg.get('data_root')
    if root is not None:
        yield f'# data_root = {root!r}'
    for loader in _LOADERS:
        if loader in cfg:
            yield f'# {loader} = {_loader(cfg[loader], root)}'
    for evaluator in ('val_evaluator', 'test_evaluator'):
        if evaluator in cfg:
            yield from _commented(f'{evaluator} = ', cfg[evaluator], root)
    yield from _length(cfg)
    yield f'# load_from = {cfg.get("load_from")!r}  # weights to start from'


def _loader(loader: Mapping[str, Any], root: str | None) -> str:
    """Batch and files of a loader, as the base has them, at the depth where they stand."""
    dataset, depth = loader['dataset'], 1
    while 'dataset' in dataset:  # a wrapper, as RepeatDataset
        dataset, depth = dataset['dataset'], depth + 1
    if 'datasets' in dataset:
        return f'dict(batch_size={loader["batch_size"]})  # {len(dataset["datasets"])} data sets'
    files = ', '.join(
        f'{key}={_value(dataset[key], root)}' for key in ('data_root', 'ann_file') if key in dataset
    )
    nested = 'dataset=dict(' * depth + files + ')' * depth
    return f'dict(batch_size={loader["batch_size"]}, {nested})'


def _commented(start: str, evaluators: Any, root: str | None) -> Iterator[str]:
    """An evaluator, or a list of them, one to a line."""
    if not isinstance(evaluators, (list, tuple)):
        yield f'# {start}{_value(evaluators, root)}'
        return
    yield f'# {start}['
    yield from (f'#     {_value(evaluator, root)},' for evaluator in evaluators)
    yield '# ]'


def _length(cfg: Mapping[str, Any]) -> Iterator[str]:
    """How long a training takes: its iterations or epochs, and what ends with them."""
    loop = cfg.get('train_cfg') or {}
    said = {key: loop[key] for key in ('max_iters', 'max_epochs', 'val_interval') if key in loop}
    if not said:
        return
    yield f'# train_cfg = {_value(said, None)}'
    yield '# param_scheduler ends when the base does: say it again for another length.'


def _value(value: Any, root: str | None) -> str:
    """Python text of a value, with the folder of the data by its name.

    Example:
        >>> _value({'type': 'Score', 'ann_file': 'data/a/val.json'}, 'data/a/')
        "dict(type='Score', ann_file=data_root + 'val.json')"
    """
    if isinstance(value, Mapping):
        return f'dict({", ".join(f"{key}={_value(item, root)}" for key, item in value.items())})'
    if root and value == root:
        return 'data_root'
    if root and isinstance(value, str) and value.startswith(root):
        return f'data_root + {value.removeprefix(root)!r}'
    return repr(value)
