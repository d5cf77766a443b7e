"""The options of tiles, test-time augmentation and ensembles."""

import argparse
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.errors import UserError
from mmnuc.inference.tiles import Tiling

HOOK = 'mmnuc.SegmentHook'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options to the parser of a tool that tests."""
    parser.add_argument('--tile', type=int, metavar='PIXELS', help='cut images into tiles')
    parser.add_argument(
        '--overlap', type=int, metavar='PIXELS', help='what tiles share (0: nothing)'
    )
    parser.add_argument('--batch-size', type=int, metavar='TILES', help='tiles at once (1)')
    parser.add_argument(
        '--no-mend',
        action='store_true',
        help='leave nuclei that were cut in pieces, to see what mending is worth',
    )
    parser.add_argument(
        '--tta', action='store_true', help="average several views, as the config's tta says"
    )


def apply(args: argparse.Namespace, cfg: Config) -> None:
    """Apply the options to a config, by its SegmentHook or a new one.

    Raises:
        UserError: They make no sense, or a model of an ensemble is missing.
    """
    hooks = list(cfg.get('custom_hooks') or [])
    settings = next((hook for hook in hooks if hook['type'] == HOOK), None)
    given = _given(args, cfg)
    if settings is None and given:
        cfg.custom_hooks = [*hooks, dict(type=HOOK, **given)]
        settings = cfg.custom_hooks[-1]
    elif settings is not None:
        settings.update(given)
    if settings is None:
        return
    if settings.get('overlap') and not settings.get('tile'):
        raise UserError('--overlap says what tiles share: name their side with --tile')
    try:
        Tiling(settings.get('tile'), settings.get('overlap', 0), settings.get('batch_size', 1))
    except ValueError as error:
        raise UserError(str(error)) from error


def _given(args: argparse.Namespace, cfg: Config) -> dict[str, Any]:
    """Settings of the hook that the command line names."""
    others = getattr(args, 'others', None)
    for path in (path for pair in others or () for path in pair):
        if not Path(path).is_file():
            raise UserError(f'no such file: {path}')
    weights = getattr(args, 'weights', None)
    if weights and len(weights) != len(others) + 1:
        raise UserError(f'{len(others) + 1} models need {len(others) + 1} weights')
    named = dict(
        tile=args.tile,
        overlap=args.overlap,
        batch_size=args.batch_size,
        mend=False if args.no_mend else None,
        tta=cfg.get('tta', dict(type='mmnuc.NucleiTTA')) if args.tta else None,
        ensemble=[dict(config=c, checkpoint=k) for c, k in others] if others else None,
        weights=weights,
    )
    return {name: value for name, value in named.items() if value is not None}
