"""Print what RoIAlign and the suppression of boxes cost on a CPU, here and in torchvision."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import torch  # noqa: E402
import torchvision  # noqa: E402
from torch import Tensor  # noqa: E402

from mmnuc.cli.run import run  # noqa: E402 - it brings the operators of mmcv

# isort: split
from mmcv.ops import nms, roi_align  # noqa: E402

Work = Callable[[], Tensor]
CHANNELS, SIDE, SCALE = 128, 256, 0.25
BOXES, REGIONS = 20_000, 2_000
BACKWARD = torch.ops.torchvision._roi_align_backward


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--out', type=Path, help='file for the table, in Markdown')
    options = parser.parse_args(argv)
    lines = [
        f'Threads: {torch.get_num_threads()}.\n',
        '| work | here | torchvision | faster |',
        '|---|---|---|---|',
    ]
    for name, ours, theirs in (*suppression(), *alignment(7), *alignment(14)):
        assert torch.equal(ours(), theirs()), f'{name} differs'
        here, there = by_turns(ours, theirs, options.runs)
        lines.append(
            f'| {name} | {here * 1e3:.0f} ms | {there * 1e3:.0f} ms | {there / here:.0f}x |'
        )
        print(lines[-1], file=sys.stderr)
    print('\n'.join(lines))
    if options.out:
        options.out.write_text('\n'.join(lines) + '\n')


def boxes(count: int) -> Tensor:
    """Boxes as large as nuclei, in a tile of 1,024 pixels."""
    corners = torch.rand(count, 2) * (SIDE / SCALE - 40)
    return torch.cat([corners, corners + 8 + torch.rand(count, 2) * 30], 1)


def suppression() -> Iterator[tuple[str, Work, Work]]:
    """Ten proposals of each of 2,000 nuclei, as the densest tiles have."""
    proposals = boxes(BOXES // 10).repeat(10, 1) + torch.randn(BOXES, 4) * 2
    scores = torch.rand(BOXES)
    yield (
        f'nms of {BOXES:,} boxes',
        lambda: nms(proposals, scores, 0.7)[1],
        lambda: torchvision.ops.nms(proposals, scores, 0.7),
    )


def alignment(size: int) -> Iterator[tuple[str, Work, Work]]:
    """RoIAlign of a light model's finest features, forth and back."""
    features = torch.randn(1, CHANNELS, SIDE, SIDE)
    rois = torch.cat([torch.zeros(REGIONS, 1), boxes(REGIONS)], 1)
    weights = torch.randn(REGIONS, CHANNELS, size, size)
    last = features.contiguous(memory_format=torch.channels_last)
    what = f'of {REGIONS:,} regions to {size} x {size}'
    yield (
        f'RoIAlign {what}',
        lambda: roi_align(last, rois, size, SCALE, 2, 'avg', True),
        lambda: torchvision.ops.roi_align(features, rois, size, SCALE, 2, True),
    )
    learning = features.clone().requires_grad_()
    result = roi_align(learning, rois, size, SCALE, 2, 'avg', True)
    yield (
        f'its gradient, {what}',
        lambda: torch.autograd.grad(result, learning, weights, retain_graph=True)[0],
        lambda: BACKWARD(weights, rois, SCALE, size, size, *features.shape, 2, True),
    )


def by_turns(ours: Work, theirs: Work, runs: int) -> tuple[float, float]:
    """Return median seconds of each, measured by turns."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for work, times in zip((ours, theirs), seconds, strict=True):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


if __name__ == '__main__':
    run(main)
