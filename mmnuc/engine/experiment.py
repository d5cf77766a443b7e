"""From the config of an experiment to the config that runs."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

from mmengine.config import Config

from mmnuc.engine import distributed
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError

ConfigLike: TypeAlias = str | Path | Config


def prepare(
    config: ConfigLike,
    *,
    work_dir: str | Path | None = None,
    cfg_options: Mapping[str, Any] | None = None,
    launcher: str = 'none',
) -> Config:
    """Read a config, overwrite settings, choose the work folder and meet the other processes.

    Args:
        config: A config file, or a config that was read already, which stays as it is.
        work_dir: Folder for logs and results; by default the config's own, or else
            ``work_dirs/`` and the config's name.
        cfg_options: Settings by dotted key: ``{'train_cfg.max_iters': 100}``.
        launcher: How the processes were started: ``'none'``, ``'pytorch'`` or ``'slurm'``.

    Raises:
        UserError: The config does not exist, can't be read or has no name, or an option does not
            fit it.
    """
    cfg = with_options(config, cfg_options)
    cfg.launcher = launcher
    if work_dir:
        cfg.work_dir = str(work_dir)
    elif not cfg.get('work_dir'):
        if not cfg.filename:
            raise UserError('the config is of no file: name a folder for the results, work_dir')
        cfg.work_dir = str(Path('work_dirs') / Path(cfg.filename).stem)
    distributed.prepare(cfg)
    return cfg


def with_options(config: ConfigLike, cfg_options: Mapping[str, Any] | None = None) -> Config:
    """Read a config, or copy one that was read, and overwrite settings.

    Raises:
        UserError: The config does not exist or can't be read, or an option does not fit it.
    """
    if not isinstance(config, Config):
        return read_config(Path(config), dict(cfg_options or {}))
    cfg = deepcopy(config)
    try:
        cfg.merge_from_dict(dict(cfg_options or {}))
    except (KeyError, TypeError, IndexError, AssertionError) as error:
        raise UserError(f'cfg_options do not fit the config: {error}') from error
    return cfg
