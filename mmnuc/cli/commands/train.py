"""Train the model of a config, or train a published model further on own images."""

import argparse
import shlex
from typing import Any

from mmnuc.apis.model_zoo.pretrained import PRETRAINED
from mmnuc.cli import options
from mmnuc.errors import UserError

EPILOG = """examples:
  mmnuc train mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021.py --work-dir work_dirs/light
  mmnuc convert label-maps my_images data/mine && mmnuc train --from histology --data data/mine"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_experiment(parser, optional=True)
    _add_model(parser)
    _add_training(parser)
    options.add_trust(parser)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--from',
        dest='from_model',
        choices=PRETRAINED,
        help='instead of a config: a model that comes with the project, to train further',
    )
    options.completes(
        parser.add_argument(
            '--data',
            metavar='FOLDER',
            help='what to train it on: a folder as `mmnuc convert` writes it',
        ),
        options.FOLDERS,
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate to the number of processes',
    )
    parser.add_argument(
        '--freeze',
        nargs='*',
        metavar='PART',
        help='parts of the network to leave as they are, as backbone neck rpn_head, which is the '
        'default with --from: the rest learns, in less time; --freeze without a name: all learns',
    )
    parser.add_argument('--seed', type=int, help='seed of this run (default: by config)')
    options.completes(
        parser.add_argument(
            '--resume',
            nargs='?',
            const=True,
            default=False,
            metavar='CHECKPOINT',
            help='go on from this checkpoint; without a name, from the last one in the work folder',
        )
    )


def run(args: argparse.Namespace) -> None:
    """Train; with ``--from``, say what that is and how to use what came of it.

    Raises:
        UserError: Neither or both of a config and a model are named; and all that a training may
            say.
    """
    if (args.config is None) == (args.from_model is None):
        raise UserError('name a config, or a model to train further: --from MODEL --data FOLDER')
    if (args.data is None) != (args.from_model is None):
        raise UserError('--from MODEL and --data FOLDER go together')
    from mmnuc.apis.train import train

    settings = options.experiment(args)
    how = dict(
        amp=args.amp,
        auto_scale_lr=args.auto_scale_lr,
        freeze=args.freeze,
        seed=args.seed,
        resume=args.resume,
        trust=args.trust_checkpoint,
    )
    if args.from_model is None:
        train(**settings, **how)
    else:
        _train_further(args, settings, how)


def _train_further(args: argparse.Namespace, settings: dict[str, Any], how: dict[str, Any]) -> None:
    from mmnuc.apis.finetune import finetuning
    from mmnuc.apis.train import train

    plan = finetuning(
        args.from_model,
        args.data,
        freeze=how.pop('freeze'),
        cfg_options=settings.pop('cfg_options'),
    )
    if options.is_first_process():
        print(plan.description(), flush=True)
    result = train(**settings | {'config': plan.config}, **how)
    if options.is_first_process():
        weights = result.best_checkpoint or result.last_checkpoint
        files = (
            f'--config {shlex.quote(str(result.config))} --checkpoint {shlex.quote(str(weights))}'
        )
        print(f'find nuclei with it: mmnuc predict IMAGES {files}')
