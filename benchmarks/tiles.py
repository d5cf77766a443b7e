"""Print what it costs to merge the nuclei of tiles, here and in SAHI, and how it grows.

Each figure is measured in a process of its own, on one core. SAHI is not among this project's
requirements: install it anywhere and name that Python.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import numpy as np  # noqa: E402

from benchmarks import process_peak, tiles_world  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.errors import UserError  # noqa: E402
from mmnuc.stitching.grid import Grid  # noqa: E402
from mmnuc.stitching.stitcher import stitch  # noqa: E402
from mmnuc.structures import Nuclei  # noqa: E402

WANTED = 20


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--tiles', nargs='+', type=int, default=[100, 400, 1600], help='squares')
    parser.add_argument('--sahi-python', help='a Python that has SAHI, e.g. scratch/bin/python')
    parser.add_argument('--sahi-tiles', type=int, default=100, help='tiles that SAHI is given')
    parser.add_argument('--seconds', type=float, default=15, help='time for each figure')
    parser.add_argument('--out', type=Path, help='file for the tables, in Markdown')
    options = parser.parse_args(argv)
    lines = [
        '| tiles | nuclei | masks in the tiles | time | a nucleus | memory on top of them |',
        '|---|---|---|---|---|---|',
    ]
    for tiles in options.tiles:
        lines.append(_line(tiles, _ours(tiles, options.seconds)))
        print(lines[-1], file=sys.stderr)
    if options.sahi_python:
        lines += ['', *_against_sahi(options)]
    print('\n'.join(lines))
    if options.out:
        options.out.write_text('\n'.join(lines) + '\n')


def _line(tiles: int, ours: dict[str, Any]) -> str:
    return (
        f'| {tiles:,} | {ours["nuclei"]:,} | {ours["masks"]:,} | {ours["seconds"]:.2f} s '
        f'| {1e6 * ours["seconds"] / ours["nuclei"]:.1f} µs | {ours["megabytes"]:.0f} MB |'
    )


def _against_sahi(options: argparse.Namespace) -> list[str]:
    ours = _ours(options.sahi_tiles, options.seconds)
    theirs = _sahi(options)
    head = (
        f'{options.sahi_tiles} tiles, {ours["masks"]:,} masks, {ours["nuclei"]:,} nuclei; SAHI '
        f'{theirs["version"]} with its defaults (GREEDYNMM, IOS, 0.5), '
        f'backend {theirs["backend"]}.'
    )
    lines = [
        head,
        '',
        '| work | here | SAHI | faster | wanted | nuclei here | SAHI |',
    ]
    lines.append('|---|---|---|---|---|---|---|')
    titles = {'outlines': 'merge; SAHI is given outlines', 'masks': 'the same; SAHI is given masks'}
    for name, title in titles.items():
        ratio = theirs[name]['seconds'] / ours['seconds']
        verdict = f'{WANTED}x {"✓" if ratio >= WANTED else "✗"}'
        lines.append(
            f'| {title} | {ours["seconds"]:.2f} s | {theirs[name]["seconds"]:.2f} s '
            f'| {ratio:.0f}x | {verdict} | {ours["nuclei"]:,} | {theirs[name]["nuclei"]:,} |'
        )
        print(lines[-1], file=sys.stderr)
    return lines


def _ours(tiles: int, budget: float) -> dict[str, Any]:
    with multiprocessing.get_context('spawn').Pool(1, _on_one_core) as pool:
        return pool.apply(_measure, (tiles, budget))


def _on_one_core() -> None:
    """Nothing runs beside the work that is timed (Linux)."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _measure(tiles: int, budget: float) -> dict[str, Any]:
    grid = tiles_world.grid_of(tiles)
    nuclei = tiles_world.nuclei_of(grid)
    found = tiles_world.found_in_tiles(grid, nuclei)
    cost, merged = process_peak.measure(lambda: stitch(grid, found), budget, 5)
    expected = nuclei.shape[0] * nuclei.shape[1]
    if len(merged) != expected:
        raise SystemExit(f'{tiles} tiles: {len(merged)} nuclei instead of {expected}')
    figures = dataclasses.asdict(cost)
    return {**figures, 'nuclei': expected, 'masks': sum(len(tile) for tile in found)}


def _sahi(options: argparse.Namespace) -> dict[str, Any]:
    grid = tiles_world.grid_of(options.sahi_tiles)
    found = tiles_world.found_in_tiles(grid, tiles_world.nuclei_of(grid))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'tiles.npz'
        _write(path, grid, found)
        script = Path(__file__).with_name('tiles_sahi.py')
        command = [options.sahi_python, str(script), str(path), str(options.seconds)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=False, preexec_fn=_on_one_core
        )
    if done.returncode:
        raise UserError(
            f'{options.sahi_python} does not run SAHI: `pip install sahi numba` there; see above'
        )
    return json.loads(done.stdout.splitlines()[-1])


def _write(path: Path, grid: Grid, found: list[Nuclei]) -> None:
    lengths = np.concatenate([np.diff(tile.crops.offsets) for tile in found])
    np.savez(
        path,
        buffer=np.concatenate([tile.crops.buffer for tile in found]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        boxes_xyxy=np.concatenate([tile.crops.boxes_xyxy for tile in found]),
        scores=np.concatenate([tile.scores for tile in found]),
        tiles=np.repeat(np.arange(len(found)), [len(tile) for tile in found]),
        shifts_xy=grid.boxes_xyxy[:, :2],
        tile_hw=grid.tile_hw,
        full_hw=(grid.height, grid.width),
    )


if __name__ == '__main__':
    run(main)
