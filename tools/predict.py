"""Find the nuclei of images of any size and write them in the formats of other tools."""

import argparse

from mmnuc.apis.model_zoo.pretrained import PRETRAINED
from mmnuc.cli.run import run
from mmnuc.export import FORMATS


def main(argv: list[str] | None = None) -> int:
    listed = '\n'.join(f'  {known.name:9}{known.about}' for known in FORMATS.values())
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f'formats:\n{listed}\n\nexamples:\n  python tools/predict.py tile.png\n'
        "  python tools/predict.py slides/ 'more/*.png' --out found --format geojson csv "
        '--config c.py --checkpoint best.pth',
    )
    parser.add_argument('inputs', nargs='+', help='image files, folders, or glob patterns')
    parser.add_argument('--out', default='nuclei', help='folder of the results (nuclei)')
    parser.add_argument(
        '--format', nargs='+', default=['geojson'], metavar='FORMAT', help='(geojson)'
    )
    parser.add_argument(
        '--model',
        default='histology',
        choices=PRETRAINED,
        help='which of the models that come with the project (histology)',
    )
    parser.add_argument('--config', help='instead: an experiment')
    parser.add_argument('--checkpoint', help="the experiment's weights")
    parser.add_argument(
        '--fast',
        action=argparse.BooleanOptionalAction,
        help='16 bits a number where the processor can (with --model)',
    )
    parser.add_argument('--device', help='cuda, cuda:1, cpu (a GPU where there is one)')
    parser.add_argument('--tile', type=int, help='side of the tiles in pixels (1024)')
    parser.add_argument('--overlap', type=int, help='pixels that tiles share (an eighth)')
    parser.add_argument('--batch-size', type=int, default=1, help='tiles at once (1)')
    parser.add_argument('--tta', action='store_true', help='average eight views of each tile')
    parser.add_argument(
        '--score-thr', type=float, default=0.5, help='lowest confidence that is written (0.5)'
    )
    parser.add_argument('--pixel-size', type=float, help='micrometres a pixel (what the file says)')
    parser.add_argument(
        '--resume', action='store_true', help='do only images of which a result is missing'
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='open a checkpoint that holds more than tensors and plain data: it may run programs',
    )
    args = parser.parse_args(argv)
    if args.checkpoint and not args.config:
        parser.error('--checkpoint needs the --config that it belongs to')
    # Slow to import; --help and a mistyped option need not wait for it.
    from mmnuc.apis.predict import predict, summary

    result = predict(
        args.inputs,
        args.out,
        args.format,
        config=args.config or args.model,
        checkpoint=args.checkpoint,
        fast=args.fast,
        device=args.device,
        score_threshold=args.score_thr,
        resume=args.resume,
        tile=args.tile,
        overlap=args.overlap,
        batch_size=args.batch_size,
        tta=args.tta,
        pixel_size=args.pixel_size,
        trust=args.trust_checkpoint,
    )
    print(summary(result, args.out))
    return 1 if result.bad else 0


if __name__ == '__main__':
    run(main)
