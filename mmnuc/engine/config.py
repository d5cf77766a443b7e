"""Reading the config of an experiment, wherever it lies and whatever it inherits from."""

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.engine import custom_imports
from mmnuc.errors import UserError
from mmnuc.resources import PREFIX, config_file

# The folders of the config that is being read and of its bases.
_FOLDERS: ContextVar[list[Path] | None] = ContextVar('folders', default=None)


def read_config(path: str | Path, options: dict[str, Any] | None = None) -> Config:
    """Read a config and overwrite settings.

    A base may be named ``mmnuc::mask_rcnn/....py`` from any folder; that is the same as the path to
    this file of ours. Modules of ``custom_imports`` are looked for beside the config and its bases
    too (:mod:`mmnuc.engine.custom_imports`).

    Args:
        path: The file, or a name of ours as :func:`mmnuc.resources.config_file` takes it.
        options: Value by setting, as ``train_cfg.max_iters``.

    Raises:
        UserError: The config does not exist, it, a base or a module of it can't be read, or an
            option does not fit it.

    Example:
        >>> cfg = read_config('htc_r18_fpn-light_6k_vrdl2021', {'train_cfg.max_iters': 7})
        >>> cfg.model.type, cfg.train_cfg.max_iters
        ('HybridTaskCascade', 7)
    """
    file = config_file(path)
    folders = [file.parent.resolve()]
    token = _FOLDERS.set(folders)
    try:
        cfg = Config.fromfile(str(file), import_custom_modules=False)
        custom_imports.load(cfg, folders)
    except UserError as error:
        raise UserError(f'cannot read config {path}: {error}') from error
    except Exception as error:  # a config is a program: it may fail in any way
        raise UserError(f'cannot read config {path}: {type(error).__name__}: {error}') from error
    finally:
        _FOLDERS.reset(token)
    try:
        cfg.merge_from_dict(options or {})
    except (KeyError, TypeError, IndexError, AssertionError) as error:
        raise UserError(f'--cfg-options do not fit {path}: {error}') from error
    return cfg


def _with_our_names(
    path_of: Callable[[str, str], tuple[str, str | None]],
) -> Callable[[str, str], tuple[str, str | None]]:
    """Let mmengine find bases of ours by name.

    mmengine's own way with a prefix asks for a folder ``.mim`` and stamps ``_scope_='mmnuc'`` on
    all that the base holds, where bare names are then no longer mmdet's.
    """

    def path_of_base(cfg_path: str, filename: str) -> tuple[str, str | None]:
        if cfg_path.startswith(PREFIX):
            found: tuple[str, str | None] = str(config_file(cfg_path)), None
        else:
            found = path_of(cfg_path, filename)
        folders = _FOLDERS.get()
        if folders is not None:
            folders.append(Path(found[0]).resolve().parent)
        return found

    return path_of_base


# Once, at import: mmengine reads bases of bases by itself, and so do tools that read a config
# without read_config.
Config._get_cfg_path = staticmethod(_with_our_names(Config._get_cfg_path))
