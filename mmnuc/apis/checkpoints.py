"""Find the best of many checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.experiment import ConfigLike, prepare
from mmnuc.engine.runner import NucleiRunner
from mmnuc.errors import UserError


@dataclass(frozen=True)
class CheckpointScore:
    """What one checkpoint scored on the validation set."""

    path: Path
    score: float


@dataclass(frozen=True)
class Ranking:
    """Checkpoints by their score.

    Attributes:
        key: The score, by the name its evaluator gives it.
        scores: The best one first; of equal ones the earlier checkpoint.
    """

    key: str
    scores: Sequence[CheckpointScore]

    @property
    def best(self) -> CheckpointScore:
        """The best checkpoint."""
        return self.scores[0]

    def table(self) -> str:
        """Lay out the scores, the best one first.

        Example:
            >>> found = [CheckpointScore(Path('b.pth'), 0.5), CheckpointScore(Path('a.pth'), 0.25)]
            >>> print(Ranking('coco/segm_mAP_50', found).table())
            coco/segm_mAP_50  checkpoint
                      0.5000  b.pth
                      0.2500  a.pth
            best: b.pth
        """
        width = len(self.key)
        lines = [f'{entry.score:{width}.4f}  {entry.path.name}' for entry in self.scores]
        return '\n'.join([f'{self.key}  checkpoint', *lines, f'best: {self.best.path}'])


def score_checkpoints(
    config: ConfigLike,
    folder: str | Path,
    *,
    score: str | None = None,
    work_dir: str | Path | None = None,
    cfg_options: Mapping[str, Any] | None = None,
    launcher: str = 'none',
    trust: bool = False,
) -> Ranking:
    """Score every checkpoint of a folder on the validation set.

    Args:
        config: A config file, or a config that was read already.
        folder: Holds the checkpoints, ``*.pth``.
        score: The score to sort by; by default the config's ``save_best``.
        work_dir: Folder for logs; by default by config.
        cfg_options: Settings of the config to overwrite, by dotted key.
        launcher: How the processes were started: ``'none'``, ``'pytorch'`` or ``'slurm'``.
        trust: Open checkpoints that hold more than tensors and plain data. They may run any
            program.

    Returns:
        The checkpoints, the best one first.

    Raises:
        UserError: There are no checkpoints, one does not fit, or the evaluators give no such score.
    """
    paths = checkpoints_of(Path(folder))
    cfg = prepare(config, work_dir=work_dir, cfg_options=cfg_options, launcher=launcher)
    key = score or score_of(cfg)
    # The hook would save the best one once more.
    cfg.default_hooks.checkpoint = None
    with weights_only(not trust):
        runner = NucleiRunner.from_cfg(cfg)
        scores = [CheckpointScore(path, _score(runner, path, key)) for path in paths]
    return Ranking(key, sorted(scores, key=lambda entry: -entry.score))


def _score(runner: NucleiRunner, path: Path, key: str) -> float:
    runner.load_checkpoint(str(path))
    found = runner.val()
    if key not in found:
        raise UserError(f'no score {key}; there are: {", ".join(sorted(found))}')
    return float(found[key])


def checkpoints_of(folder: Path) -> list[Path]:
    """List the checkpoints of a folder in the order they were written.

    Raises:
        UserError: There is no such folder, or it holds none.
    """
    if not folder.is_dir():
        raise UserError(f'no such folder: {folder}')
    found = [path for path in folder.glob('*.pth') if not path.name.startswith('.')]
    if not found:
        raise UserError(f'no checkpoints (*.pth) in {folder}')
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def score_of(cfg: Config) -> str:
    """The score that a config chooses its best checkpoint by.

    Raises:
        UserError: It names none.
    """
    key = cfg.default_hooks.checkpoint.get('save_best')
    if not isinstance(key, str):
        raise UserError('the config names no score (save_best): name one with --score')
    return key
