"""Test the model of a config."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.experiment import ConfigLike, prepare
from mmnuc.engine.runner import NucleiRunner
from mmnuc.engine.segment_settings import set_ensemble, set_tiles
from mmnuc.errors import UserError


@dataclass(frozen=True)
class TestResult:
    """What a test found.

    Attributes:
        scores: By the names that the evaluators give them.
        files: What was written: submissions, predictions, and the folder of pictures.
        work_dir: Folder of the logs.
    """

    __test__ = False  # pytest takes what is called so for a test

    scores: Mapping[str, float]
    files: tuple[Path, ...]
    work_dir: Path


def test(
    config: ConfigLike,
    checkpoint: str | Path,
    *,
    work_dir: str | Path | None = None,
    out: str | Path | None = None,
    show_dir: str | Path | None = None,
    tile: int | None = None,
    overlap: int | None = None,
    batch_size: int | None = None,
    merge: bool = True,
    tta: bool = False,
    others: Sequence[Sequence[str | Path]] = (),
    weights: Sequence[float] | None = None,
    cfg_options: Mapping[str, Any] | None = None,
    launcher: str = 'none',
    trust: bool = False,
) -> TestResult:
    """Test a checkpoint on the test set of its config, as its evaluators say.

    Args:
        config: A config file, or a config that was read already.
        checkpoint: The weights.
        work_dir: Folder for logs and submissions; by default by config.
        out: File for the predictions, ``.pkl``.
        show_dir: Folder for pictures of the predictions.
        tile: Side of the tiles in pixels; by default as the config says.
        overlap: Pixels that tiles share.
        batch_size: Tiles that the model gets at once.
        merge: Put nuclei that were cut together again.
        tta: Average several views, as ``tta`` of the config says.
        others: Config and checkpoint of further models: an ensemble.
        weights: How much each model of the ensemble counts, this one first.
        cfg_options: Settings of the config to overwrite, by dotted key.
        launcher: How the processes were started: ``'none'``, ``'pytorch'`` or ``'slurm'``.
        trust: Open checkpoints that hold more than tensors and plain data. They may run any
            program.

    Returns:
        The scores, and what was written.

    Raises:
        UserError: The config, the checkpoint, the data or an image is missing or damaged, an
            option does not fit, or a result can't be written where it is to go.

    Example:
        >>> result = test('own.py', 'run/iter_100.pth', tta=True)  # doctest: +SKIP
        >>> result.scores['nuclei/pq']  # doctest: +SKIP
        0.61
    """
    require_file(checkpoint)
    cfg = prepare(config, work_dir=work_dir, cfg_options=cfg_options, launcher=launcher)
    cfg.load_from = str(checkpoint)
    cfg.resume = False
    files = place_results(cfg, out, show_dir)
    set_tiles(cfg, tile=tile, overlap=overlap, batch_size=batch_size, merge=merge, tta=tta)
    set_ensemble(cfg, others, weights)
    with weights_only(not trust):
        scores = NucleiRunner.from_cfg(cfg).test()
    return TestResult(scores, tuple(file for file in files if file.exists()), Path(cfg.work_dir))


def place_results(
    cfg: Config, out: str | Path | None = None, show_dir: str | Path | None = None
) -> list[Path]:
    """Say where a test writes what it is to keep, in its config.

    Args:
        cfg: The experiment.
        out: File for the predictions.
        show_dir: Folder for pictures.

    Returns:
        What will be written.

    Raises:
        UserError: A folder can't be made or written.
    """
    evaluators = cfg.test_evaluator
    evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
    files = []
    if out:
        evaluators.append(dict(type='mmnuc.DumpResults', out_file_path=str(out)))
        require_writable(Path(out).parent)
        files.append(Path(out))
    cfg.test_evaluator = evaluators
    files = [*place_outfiles(cfg), *files]
    if show_dir:
        require_writable(Path(show_dir))
        # An absolute path: mmdet puts a relative one into the run's own folder.
        folder = os.path.abspath(show_dir)
        cfg.default_hooks.visualization.update(draw=True, test_out_dir=folder)
        files.append(Path(show_dir))
    return files


def place_outfiles(cfg: Config) -> list[Path]:
    """Put the files that test evaluators write, if named without a folder, into the work folder.

    Returns:
        The files.

    Raises:
        UserError: The folder can't be written.
    """
    files = []
    for evaluator in cfg.test_evaluator:
        if 'outfile' not in evaluator:
            continue
        outfile = Path(evaluator.outfile)
        if outfile.parent == Path('.'):
            outfile = Path(cfg.work_dir) / outfile
        require_writable(outfile.parent)
        evaluator.outfile = str(outfile)
        files.append(outfile)
    return files


def require_file(checkpoint: str | Path) -> None:
    """Check that a checkpoint exists, before the model is built.

    Raises:
        UserError: It does not.
    """
    if '://' not in str(checkpoint) and not Path(checkpoint).is_file():
        raise UserError(f'no such checkpoint: {checkpoint}')


def require_writable(folder: Path) -> None:
    """Make a folder for results, before hours are spent on them.

    Raises:
        UserError: It can't be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f'cannot make the folder {folder}: {error.strerror}') from error
    if not os.access(folder, os.W_OK):
        raise UserError(f'cannot write into the folder {folder}')
