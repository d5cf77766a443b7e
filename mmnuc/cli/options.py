"""Options that several commands share, each spelled once, and what they mean for a function."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmnuc.errors import UserError

if TYPE_CHECKING:
    from mmnuc.images.options import ReadOptions
    from mmnuc.images.pixel_size import PixelSize

FILES = 'files'
FOLDERS = 'folders'
CONFIG = 'config file, or a name of `mmnuc config list`'


def completes(action: argparse.Action, kind: str = FILES) -> None:
    """Let shells complete an argument with paths.

    Args:
        action: The argument.
        kind: :data:`FILES` or :data:`FOLDERS`.
    """
    action.completes = kind  # type: ignore[attr-defined]


def add_experiment(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add the arguments of every command that runs an experiment.

    Args:
        parser: The command's.
        optional: Whether the config may be left out.
    """
    nargs: dict[str, Any] = {'nargs': '?'} if optional else {}
    completes(parser.add_argument('config', type=Path, help=CONFIG, **nargs))
    completes(
        parser.add_argument('--work-dir', help='folder for logs and results (default: by config)'),
        FOLDERS,
    )
    add_config_options(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm'],
        default='none',
        help='how the processes are started',
    )
    # torchrun and older launchers hand the rank over in either spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def experiment(args: argparse.Namespace) -> dict[str, Any]:
    """Keyword arguments of a function that runs an experiment, from :func:`add_experiment`."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return dict(
        config=args.config,
        work_dir=args.work_dir,
        cfg_options=config_options(args.cfg_options),
        launcher=args.launcher,
    )


def is_first_process() -> bool:
    """Whether this is the one of several processes, by torchrun's or Slurm's word, that speaks."""
    return os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0'


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add the option that overwrites settings of a config."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        default=[],
        metavar='KEY=VALUE',
        help='overwrite settings of the config: train_cfg.max_iters=100 key="[a,b]"',
    )


def config_options(words: Iterable[str]) -> dict[str, Any]:
    """Settings of a config, read as MMDetection's users know it.

    Args:
        words: Each ``KEY=VALUE``; a later one of the same key counts.

    Returns:
        Values by key: numbers, booleans, None, text, and lists and tuples of them.

    Raises:
        UserError: A word is no setting, or its brackets do not match.

    Example:
        >>> config_options(['a.b=1e-3', 'c=[x,(1,2)]', 'd=None'])
        {'a.b': 0.001, 'c': ['x', (1, 2)], 'd': None}
    """
    words = list(words)
    if not words:
        return {}
    from mmengine.config import DictAction  # slow to import

    options = {}
    for word in words:
        key, equals, value = word.partition('=')
        if not equals or not key:
            raise UserError(f'--cfg-options takes KEY=VALUE, not {word}')
        try:
            options[key] = DictAction._parse_iterable(value)
        except AssertionError:
            raise UserError(f'--cfg-options {word}: the brackets do not match') from None
    return options


def add_trust(
    parser: argparse.ArgumentParser,
    about: str = 'open checkpoints that hold more than tensors and plain data: they may run '
    'programs',
) -> None:
    """Add the option that lets a checkpoint hold more than tensors and plain data."""
    parser.add_argument('--trust-checkpoint', action='store_true', help=about)


def add_tiles(
    parser: argparse.ArgumentParser,
    *,
    tile: str = 'cut images into tiles',
    overlap: str = 'what tiles share (0: nothing)',
    tta: str = "average several views, as the config's tta says",
) -> None:
    """Add the options of tiles and test-time augmentation.

    Args:
        parser: The command's.
        tile: Help of ``--tile``.
        overlap: Help of ``--overlap``.
        tta: Help of ``--tta``.
    """
    parser.add_argument('--tile', type=int, metavar='PIXELS', help=tile)
    parser.add_argument('--overlap', type=int, metavar='PIXELS', help=overlap)
    parser.add_argument('--batch-size', type=int, metavar='TILES', help='tiles at once (1)')
    parser.add_argument('--tta', action='store_true', help=tta)


def add_reading(parser: argparse.ArgumentParser, *, sizes: bool = True) -> None:
    """Add the options of what is read of an image file; :func:`reading` takes them.

    Args:
        parser: The command's.
        sizes: Whether the size of a pixel matters to it.
    """
    group = parser.add_argument_group('reading images')
    group.add_argument('--series', type=int, metavar='N', help='image of the file (the largest)')
    group.add_argument(
        '--channel',
        action='append',
        default=[],
        metavar='NAME|NUMBER',
        help='channel as grey; three times: red, green and blue',
    )
    group.add_argument('--plane', type=int, metavar='N', help='focal plane, counted from 1')
    group.add_argument('--project', choices=['max'], help='the brightest of all planes')
    group.add_argument(
        '--range',
        type=float,
        nargs=2,
        metavar=('LOW', 'HIGH'),
        help='values that become black and white (found in the image)',
    )
    if not sizes:
        return
    group.add_argument(
        '--pixel-size', metavar='X[,Y]', help='micrometres a pixel (what the file says)'
    )
    completes(
        group.add_argument(
            '--pixel-sizes', metavar='FILE.csv', help='table of them: image,pixel_size'
        )
    )


def reading(args: argparse.Namespace) -> ReadOptions:
    """What of an image file is read, from :func:`add_reading`.

    Raises:
        UserError: An option makes no sense.
    """
    # Only here: what a command line needs at once is standard library only.
    from mmnuc.images.options import ReadOptions

    for name in ('series', 'plane'):
        number = getattr(args, name)
        if number is not None and number < 1:
            raise UserError(f'--{name} counts from 1, not {number}')
    if args.plane is not None and args.project is not None:
        raise UserError('--plane takes one plane, --project all: leave one out')
    if any(not one.strip() for one in args.channel):
        raise UserError('--channel takes a name or a number, not nothing')
    if len(args.channel) not in (0, 1, 3):
        raise UserError(f'--channel is given once or three times, not {len(args.channel)} times')
    low_high = None if args.range is None else (args.range[0], args.range[1])
    if low_high is not None and not -inf < low_high[0] < low_high[1] < inf:
        raise UserError(f'--range takes LOW below HIGH, not {low_high[0]:g} {low_high[1]:g}')
    size = getattr(args, 'pixel_size', None)
    return ReadOptions(
        series=args.series,
        channels=tuple(int(one) if one.isdecimal() else one for one in args.channel),
        plane=args.plane,
        project=args.project,
        value_range=low_high,
        pixel_size=None if size is None else _pixel_size(size),
    )


def _pixel_size(text: str) -> PixelSize:
    from mmnuc.images.pixel_size import PixelSize

    sides = text.split(',')
    try:
        x, y = map(float, sides if len(sides) == 2 else sides * 2)
        return PixelSize(x, y, '--pixel-size')
    except ValueError:
        raise UserError(
            f'--pixel-size takes micrometres above 0, one number or X,Y, not {text}'
        ) from None


def add_test(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that tests a checkpoint."""
    add_experiment(parser)
    completes(parser.add_argument('checkpoint', help='checkpoint file'))
    completes(
        parser.add_argument('--out', metavar='FILE.pkl', help='keep the predictions in this file')
    )
    completes(
        parser.add_argument(
            '--show-dir', metavar='FOLDER', help='draw the predictions into this folder'
        ),
        FOLDERS,
    )
    add_trust(parser)
    add_tiles(parser)
    parser.add_argument(
        '--no-merge',
        dest='merge',
        action='store_false',
        help='leave nuclei that were cut in pieces, to see what merging is worth',
    )
    _add_old_name(parser, '--no-mend', dest='merge', action='store_false')


def test(args: argparse.Namespace) -> dict[str, Any]:
    """Keyword arguments of :func:`mmnuc.apis.test.test`, from :func:`add_test`."""
    names = ('checkpoint', 'out', 'show_dir', 'tile', 'overlap', 'batch_size', 'merge', 'tta')
    return dict(
        **experiment(args),
        **{name: getattr(args, name) for name in names},
        trust=args.trust_checkpoint,
    )


def add_image_sizes(parser: argparse.ArgumentParser) -> None:
    """Add the option that says how large the images of a truth are."""
    completes(
        parser.add_argument(
            '--images',
            help='folder of the images, where outlines in GT do not say how large they are',
        )
    )


def add_score_threshold(parser: argparse.ArgumentParser, about: str) -> None:
    """Add the option of the confidence from which a nucleus counts."""
    parser.add_argument('--score-thr', type=number, default=0.5, metavar='SCORE', help=about)


def number(text: str) -> float:
    """Read a number that can be counted with: neither NaN nor infinity.

    Raises:
        ValueError: It is none.

    Example:
        >>> number('0.5')
        0.5
    """
    value = float(text)
    if not isfinite(value):
        raise ValueError(f'{text} is no finite number')
    return value


def add_n_resamples(parser: argparse.ArgumentParser, about: str) -> None:
    """Add the option of how many sets of images the bootstrap draws."""
    parser.add_argument('--n-resamples', type=int, default=1000, metavar='N', help=about)
    _add_old_name(parser, '--draws', dest='n_resamples', type=int)


def _add_old_name(parser: argparse.ArgumentParser, name: str, **settings: Any) -> None:
    """Take an option by the name it had before, without a word of it in the help."""
    parser.add_argument(name, help=argparse.SUPPRESS, default=argparse.SUPPRESS, **settings)
