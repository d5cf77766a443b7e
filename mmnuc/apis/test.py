"""Test the model of a config, and find the best of many checkpoints."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import get_dist_info

from mmnuc.engine import experiment, segmenting
from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.runner import NucleiRunner
from mmnuc.errors import UserError


@dataclass(frozen=True)
class CheckpointScore:
    """What one checkpoint scored on the validation set."""

    path: Path
    score: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a tool that tests a checkpoint."""
    experiment.add_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', metavar='FILE.pkl', help='keep the predictions in this file')
    parser.add_argument(
        '--show-dir', metavar='FOLDER', help='draw the predictions into this folder'
    )
    experiment.add_trust_option(parser)
    segmenting.add_arguments(parser)


def test(args: argparse.Namespace) -> dict[str, float]:
    """Run the test that ``tools/test.py`` was asked for.

    Returns:
        What the evaluators found, by the names they give it.

    Raises:
        UserError: Bad input, as every function below says.
    """
    with weights_only(not args.trust_checkpoint):
        return NucleiRunner.from_cfg(testing_config(args)).test()


def testing_config(args: argparse.Namespace) -> Config:
    """Apply the options of ``tools/test.py`` to its config.

    Raises:
        UserError: The checkpoint does not exist, or a result can't be written where it is to go.
    """
    require_file(args.checkpoint)
    cfg = experiment.load(args)
    cfg.load_from = args.checkpoint
    cfg.resume = False
    evaluators = (
        cfg.test_evaluator if isinstance(cfg.test_evaluator, list) else [cfg.test_evaluator]
    )
    if args.out:
        evaluators = [*evaluators, dict(type='mmnuc.DumpResults', out_file_path=args.out)]
        require_writable(Path(args.out).parent)
    cfg.test_evaluator = evaluators
    place_outfiles(cfg)
    segmenting.apply(args, cfg)
    if args.show_dir:
        require_writable(Path(args.show_dir))
        # An absolute path: mmdet puts a relative one into the run's own folder.
        cfg.default_hooks.visualization.update(
            draw=True, test_out_dir=os.path.abspath(args.show_dir)
        )
    return cfg


def place_outfiles(cfg: Config) -> None:
    """Put the files that test evaluators write, if named without a folder, into the work folder.

    Raises:
        UserError: The folder can't be written.
    """
    for evaluator in cfg.test_evaluator:
        if 'outfile' not in evaluator:
            continue
        outfile = Path(evaluator.outfile)
        if outfile.parent == Path('.'):
            outfile = Path(cfg.work_dir) / outfile
        require_writable(outfile.parent)
        evaluator.outfile = str(outfile)


def print_scores(args: argparse.Namespace) -> None:
    """Print the table that ``tools/test_checkpoints.py`` was asked for.

    Raises:
        UserError: Bad input, as every function below says.
    """
    paths = checkpoints_of(args.folder)
    cfg = experiment.load(args)
    key = args.score or score_of(cfg)
    with weights_only(not args.trust_checkpoint):
        scores = score_checkpoints(cfg, paths, key)
    if get_dist_info()[0] == 0:
        print(score_table(scores, key))


def score_checkpoints(cfg: Config, paths: list[Path], key: str) -> list[CheckpointScore]:
    """Score checkpoints on the validation set.

    Args:
        cfg: The experiment.
        paths: The checkpoints.
        key: The score, by the name its evaluator gives it.

    Returns:
        The scores, the best one first; of equal ones the earlier checkpoint.

    Raises:
        UserError: A checkpoint does not fit, or the evaluators give no such score.
    """
    # The hook would save the best one once more.
    cfg.default_hooks.checkpoint = None
    runner = NucleiRunner.from_cfg(cfg)
    scores = []
    for path in paths:
        runner.load_checkpoint(str(path))
        found = runner.val()
        if key not in found:
            raise UserError(f'no score {key}; there are: {", ".join(sorted(found))}')
        scores.append(CheckpointScore(path, float(found[key])))
    return sorted(scores, key=lambda entry: -entry.score)


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


def score_table(scores: list[CheckpointScore], key: str) -> str:
    """Lay out the scores of checkpoints, the best one first.

    Example:
        >>> table = [CheckpointScore(Path('b.pth'), 0.5), CheckpointScore(Path('a.pth'), 0.25)]
        >>> print(score_table(table, 'coco/segm_mAP_50'))
        coco/segm_mAP_50  checkpoint
                  0.5000  b.pth
                  0.2500  a.pth
        best: b.pth
    """
    lines = [f'{entry.score:{len(key)}.4f}  {entry.path.name}' for entry in scores]
    return '\n'.join([f'{key}  checkpoint', *lines, f'best: {scores[0].path}'])


def require_file(checkpoint: str) -> None:
    """Check that a checkpoint exists, before the model is built.

    Raises:
        UserError: It does not.
    """
    if '://' not in checkpoint and not Path(checkpoint).is_file():
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


def score_of(cfg: Config) -> str:
    key = cfg.default_hooks.checkpoint.get('save_best')
    if not isinstance(key, str):
        raise UserError('the config names no score (save_best): name one with --score')
    return key
