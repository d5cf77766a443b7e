"""A user's own modules, which a config names in ``custom_imports``.

mmengine imports them from ``sys.path`` alone. Here a plain module beside the config is enough: the
folder is put on ``sys.path``, which worker processes inherit, and kept in the config as
``import_folders``, so that its copies in work folders and checkpoints find the module too.
"""

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.errors import UserError


def load(cfg: Config, folders: Iterable[Path]) -> None:
    """Import what ``custom_imports`` of a config names, as mmengine does.

    Args:
        cfg: The config; ``import_folders`` is set where modules lie beside it.
        folders: Where the config and its bases lie.

    Raises:
        UserError: A module is in none of the folders and not installed, fails at import, or another
            one of its name was loaded before.
    """
    asked: dict[str, Any] = dict(cfg.get('custom_imports') or {})
    names = asked.get('imports') or []
    names = [names] if isinstance(names, str) else list(names)
    known = [*folders, *map(Path, cfg.get('import_folders', []))]
    kept = dict.fromkeys(folder for name in names for folder in _holding(name, known))
    if kept:
        cfg.import_folders = [str(folder) for folder in kept]
        # At the end: nothing that is installed is replaced.
        sys.path += [str(folder) for folder in kept if str(folder) not in sys.path]
    for name in names:
        try:
            import_module(name)
        except ImportError as error:
            if asked.get('allow_failed_imports'):
                continue
            raise UserError(
                f'its custom_imports need the module {name}, which cannot be imported ({error}): '
                'put it beside the config, or install it'
            ) from error
        _require_own(name, known)


def _holding(name: str, folders: Iterable[Path]) -> Iterator[Path]:
    """The first folder that a module or a package of this name lies in, if one does."""
    top = name.partition('.')[0]
    for folder in folders:
        if (folder / f'{top}.py').is_file() or (folder / top / '__init__.py').is_file():
            yield folder
            return


def _require_own(name: str, folders: Iterable[Path]) -> None:
    """Check that the module is the one beside the config, where there is one.

    Raises:
        UserError: It is another one.
    """
    top = name.partition('.')[0]
    loaded = getattr(sys.modules[top], '__file__', None)
    for folder in _holding(name, folders):
        own = {(folder / f'{top}.py').resolve(), (folder / top / '__init__.py').resolve()}
        if loaded is not None and Path(loaded).resolve() not in own:
            raise UserError(
                f'its custom_imports need the module {top} in {folder}, but another one of that '
                f'name was loaded, {loaded}: give it a name of its own'
            )
