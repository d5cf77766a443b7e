"""Reading the config of an experiment."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.errors import UserError


def read_config(path: Path, options: dict[str, Any] | None = None) -> Config:
    """Read a config file and overwrite settings.

    Raises:
        UserError: The file does not exist, it or a base of it can't be read, or an option does not
            fit it.
    """
    if not path.is_file():
        raise UserError(f'no such config: {path}')
    try:
        cfg = Config.fromfile(str(path))
    except Exception as error:  # a config is a program: it may fail in any way
        raise UserError(f'cannot read config {path}: {type(error).__name__}: {error}') from error
    try:
        cfg.merge_from_dict(options or {})
    except (KeyError, TypeError, IndexError, AssertionError) as error:
        raise UserError(f'--cfg-options do not fit {path}: {error}') from error
    return cfg
