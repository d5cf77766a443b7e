"""Print what stain normalisation and jitter cost on a 512 x 512 crop, here and in scikit-image."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import numpy as np  # noqa: E402
from skimage.color import hed2rgb, lab2rgb, rgb2hed, rgb2lab  # noqa: E402

from mmnuc.cli.run import run  # noqa: E402
from mmnuc.ops.stain.hed import (  # noqa: E402
    RGB_FROM_HED,
    TISSUE_GREEN,
    hed_to_rgb,
    jitter_hed,
    rgb_to_hed,
)
from mmnuc.ops.stain.macenko import REFERENCE, normalize_macenko  # noqa: E402
from mmnuc.ops.stain.reinhard import REFERENCE as LAB_REFERENCE  # noqa: E402
from mmnuc.ops.stain.reinhard import normalize_reinhard  # noqa: E402

FACTORS = np.array([1.1, 0.9, 1.05])
SIZE = 512


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', type=int, default=15)
    parser.add_argument('--out', type=Path, help='file for the table, in Markdown')
    options = parser.parse_args(argv)
    rgb = crop()
    hed = rgb2hed(rgb)
    rows = [
        ('rgb_to_hed', lambda: rgb_to_hed(rgb), lambda: rgb2hed(rgb), 1e-12),
        ('hed_to_rgb', lambda: hed_to_rgb(hed), lambda: hed2rgb(hed), 1e-12),
        ('jitter_hed', lambda: jitter_hed(rgb, FACTORS, np.zeros(3)), lambda: jitter(rgb), 1),
        ('normalize_reinhard', lambda: normalize_reinhard(rgb), lambda: reinhard(rgb), 1),
        ('normalize_macenko', lambda: normalize_macenko(rgb), lambda: macenko(rgb), 1),
    ]
    lines = ['| work | here | scikit-image or numpy | faster |', '|---|---|---|---|']
    for row in rows:
        lines.append(_row(*row, options.runs))
        print(lines[-1], file=sys.stderr)
    print('\n'.join(lines))
    if options.out:
        options.out.write_text('\n'.join(lines) + '\n')


def crop() -> np.ndarray:
    """Hematoxylin and eosin in all mixtures; no stain is less than nothing, so roads agree."""
    rng = np.random.default_rng(0)
    amounts = rng.random((SIZE, SIZE, 3)) * (1.2, 0.8, 0.1) + 0.03
    return np.rint(255 * np.exp(-amounts @ RGB_FROM_HED)).astype(np.uint8)


def jitter(rgb: np.ndarray) -> np.ndarray:
    return np.rint(255 * hed2rgb(rgb2hed(rgb) * FACTORS)).astype(np.uint8)


def reinhard(rgb: np.ndarray) -> np.ndarray:
    lab = rgb2lab(rgb)
    tissue = lab[rgb[..., 1] < TISSUE_GREEN]
    moved = (lab - tissue.mean(0)) / tissue.std(0) * LAB_REFERENCE.std + LAB_REFERENCE.mean
    return np.rint(255 * lab2rgb(moved)).astype(np.uint8)


def macenko(rgb: np.ndarray) -> np.ndarray:
    """The reference code with whole arrays; scikit-image has none."""
    density = -np.log(np.maximum(rgb.reshape(-1, 3), 1) / 240)
    tissue = density[rgb.reshape(-1, 3)[:, 1] < TISSUE_GREEN]
    _, axes = np.linalg.eigh(np.cov(tissue.T))
    plane = axes[:, [1, 2]] * np.where(tissue.mean(0) @ axes[:, [1, 2]] < 0, -1, 1)
    second, first = (tissue @ plane).T
    angles = np.percentile(np.arctan2(second, first), [1, 99])
    colors = np.stack([np.sin(angles), np.cos(angles)], axis=1) @ plane.T
    unmix = np.linalg.pinv(colors[np.argsort(-colors[:, 0])])
    strengths = np.percentile(tissue @ unmix, 99, axis=0)
    mapped = (density @ unmix) * (REFERENCE.strengths / strengths) @ REFERENCE.colors
    return np.rint(np.minimum(240 * np.exp(-mapped), 255)).astype(np.uint8).reshape(rgb.shape)


def _row(
    name: str,
    ours: Callable[[], np.ndarray],
    theirs: Callable[[], np.ndarray],
    tolerance: float,
    runs: int,
) -> str:
    """Time both in turn, so that whatever else runs slows both."""
    difference = np.abs(ours().astype(float) - theirs().astype(float)).max()
    if difference > tolerance:
        raise SystemExit(f'{name}: the results differ by {difference}')
    times = [(_seconds(ours), _seconds(theirs)) for _ in range(runs)]
    here, there = (statistics.median(column) for column in zip(*times, strict=True))
    return f'| {name} | {1000 * here:.1f} ms | {1000 * there:.1f} ms | {there / here:.1f}x |'


def _seconds(work: Callable[[], np.ndarray]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == '__main__':
    run(main)
