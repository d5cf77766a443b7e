"""The demo: from nothing to a validated submission and pictures, on tiles of our own making."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmnuc.apis.predict import predict
from mmnuc.apis.test import test
from mmnuc.apis.train import train
from mmnuc.atomic import atomic_path
from mmnuc.converters.synthetic.dataset import Plan, generate, is_generated
from mmnuc.engine.config import read_config
from mmnuc.engine.hooks.progress import bar
from mmnuc.errors import UserError
from mmnuc.visualization.training_curve import plot_runs


def run_demo(config: Path, work_dir: Path, plan: Plan) -> dict[str, float]:
    """Generate tiles, train on them, test on others, and leave everything in one folder.

    The folder then holds ``answer.json``, ``scores.txt``, ``overlays/``, ``curve.png``, the data in
    ``data/``, logs and checkpoints, and in ``histology/`` what the model finds that comes with the
    project. The terminal shows a few lines; everything else that is said on the way goes to
    ``output.log``.

    Args:
        config: The experiment, on a synthetic data set.
        work_dir: The folder.
        plan: The tiles to generate. Those of the same plan are used again.

    Returns:
        The scores on the test tiles, by the names that the evaluators give them.

    Raises:
        UserError: The config can't be read, the folder is a file, or ``data/`` holds something
            else.
    """
    start = time.monotonic()
    if work_dir.is_file():
        raise UserError(f'{work_dir} is a file; name a folder for the results')
    work_dir = work_dir.resolve()
    cfg = demo_config(config, work_dir)
    _generate(work_dir / 'data', plan)
    with (work_dir / 'output.log').open('a') as log:
        checkpoint = _train(cfg, log)
        scores = _test(cfg, checkpoint, log)
        _segment(work_dir, log)
    plot_runs([work_dir], work_dir / 'curve.png')
    table = score_table(scores)
    with atomic_path(work_dir / 'scores.txt') as path:
        path.write_text(table + '\n')
    _say(table)
    _say(
        f'done in {_clock(time.monotonic() - start)}: answer.json (validated), scores.txt, '
        f'curve.png and {plan.test} pictures in overlays/, all in {work_dir}'
    )
    return scores


def demo_config(config: Path, work_dir: Path) -> Config:
    """Read the experiment and point it to the demo's folder.

    Args:
        config: The experiment.
        work_dir: The folder of the data and of everything that is written.

    Raises:
        UserError: The config can't be read.
    """
    cfg = read_config(config)
    cfg.work_dir = str(work_dir)
    data = work_dir / 'data'
    for split in ('train', 'val', 'test'):
        cfg[f'{split}_dataloader'].dataset.data_root = f'{data}/'
    for evaluator in (*cfg.val_evaluator, *cfg.test_evaluator):
        evaluator.ann_file = str(data / Path(evaluator.ann_file).name)
        if 'outfile' in evaluator:
            evaluator.outfile = str(work_dir / Path(evaluator.outfile).name)
    return cfg


def score_table(scores: dict[str, float]) -> str:
    """Lay out the test scores for a person: every detection counts.

    Example:
        >>> print(score_table({f'coco/segm_mAP{at}': 0.5 for at in ('', '_50', '_75')}))
                   AP   AP50   AP75
        masks   0.500  0.500  0.500
    """
    lines = [f'{"":6}{"AP":>7}{"AP50":>7}{"AP75":>7}']
    for title, kind in (('masks', 'segm'), ('boxes', 'bbox')):
        keys = [f'coco/{kind}_mAP{at}' for at in ('', '_50', '_75')]
        if keys[0] in scores:
            lines.append(f'{title:6}' + ''.join(f'{scores[key]:7.3f}' for key in keys))
    names = {'AJI': 'nuclei/aji', 'PQ': 'nuclei/pq', 'Dice': 'nuclei/dice'}
    found = [f'{name} {scores[key]:.3f}' for name, key in names.items() if key in scores]
    lines += [f'nuclei   {"   ".join(found)}'] if found else []
    return '\n'.join(lines)


def _generate(folder: Path, plan: Plan) -> None:
    if is_generated(folder, plan):
        _say(f'1/4  the tiles of seed {plan.seed} are there already')
        return
    _say(f'1/4  generating {plan.train + plan.val} tiles to learn from, {plan.test} to test on')
    nuclei = generate(folder, plan, overwrite=True).nuclei
    _say(f'     {nuclei["all"]:,} nuclei to learn from, {nuclei["test"]:,} to find')


def _train(cfg: Config, log: TextIO) -> Path | None:
    """Train, and return the checkpoint that is best on the validation tiles."""
    _say(f'2/4  training from scratch, {cfg.train_cfg.max_iters} iterations')
    start = time.monotonic()
    progress = ProgressLines(sys.stdout)
    with _quiet(log):
        found = train(cfg, hooks=[progress])
    _say(
        f'     {_clock(time.monotonic() - start)}, mask AP50 of the validation tiles '
        f'{found.best_score:.3f}'
    )
    return found.best_checkpoint


def _test(cfg: Config, checkpoint: Path | None, log: TextIO) -> dict[str, float]:
    """Test a checkpoint: scores, submission and pictures."""
    _say('3/4  testing')
    if checkpoint is None:
        raise UserError('the training left no best checkpoint: its config has no validation')
    drawn = {'default_hooks.visualization.score_thr': 0.3}
    with _quiet(log):
        overlays = Path(cfg.work_dir) / 'overlays'
        return dict(test(cfg, checkpoint, show_dir=overlays, cfg_options=drawn).scores)


def _segment(work_dir: Path, log: TextIO) -> None:
    """Let the model that comes with the project, which learned from tissue, look at a tile."""
    _say('4/4  the same with the histology model that comes with the project, as it is')
    tile = sorted((work_dir / 'data' / 'images').glob('test_*.png'))[0]
    with _quiet(log):
        result = predict([tile], work_dir / 'histology', ['geojson', 'overlay'])
    if result.bad:
        raise UserError(f'the histology model failed: {result.bad}')
    _say(f'     {tile.name}: histology/, for QuPath and as a picture')


class ProgressLines(Hook):
    """A line with the time left now and then, where no terminal shows the bar.

    Args:
        out: Where to write.
        seconds: Time between two lines.
    """

    def __init__(self, out: TextIO, seconds: float = 30) -> None:
        self._out = out
        self._seconds = seconds
        self._begun = self._last = 0.0

    def before_train(self, runner: Runner) -> None:  # noqa: ARG002
        """Begin to count."""
        self._begun = self._last = time.monotonic()

    def after_train_iter(self, runner: Runner, batch_idx: int, **_: Any) -> None:  # noqa: ARG002
        """Write a line when the last one is old."""
        now = time.monotonic()
        if sys.stderr.isatty() or now - self._last < self._seconds:
            return
        done = runner.iter + 1
        left = (now - self._begun) / done * (runner.max_iters - done)
        print(f'     {bar("train", done, runner.max_iters, left)}', file=self._out, flush=True)
        self._last = now


def _say(line: str) -> None:
    """Print now: into a file or pipe, Python would print at the end only."""
    print(line, flush=True)


@contextmanager
def _quiet(log: TextIO) -> Iterator[None]:
    """Send to a file what libraries and loggers print, and warnings."""

    def write(message: Warning | str, category: type[Warning], *where: Any, **_: Any) -> None:
        log.write(warnings.formatwarning(message, category, where[0], where[1]))

    with redirect_stdout(log), warnings.catch_warnings():
        warnings.showwarning = write
        yield


def _clock(seconds: float) -> str:
    """Minutes and seconds.

    Example:
        >>> _clock(69.7)
        '1:10'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f'{minutes}:{rest:02}'
