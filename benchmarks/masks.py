"""Print what masks cost here and in mmdet: time and memory, on the densest real tile.

Every figure is measured in a process of its own, and both roads must give the same result.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import cv2  # noqa: E402
import torch  # noqa: E402

from benchmarks import process_peak  # noqa: E402
from benchmarks.masks_report import MODEL_ROWS, ROADS, ROWS, tables  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.errors import UserError  # noqa: E402

ARCHIVE = REPOSITORY.parent / 'shared' / 'data' / 'vrdl2021_dataset.zip'
CONFIG = REPOSITORY / 'configs' / 'mask_rcnn' / 'mask-rcnn_r18_fpn-light_2k_vrdl2021.py'


def main(argv: list[str] | None = None) -> None:
    options = _options(argv)
    if options.one:
        print(json.dumps(_measure_here(*options.one, options)))
        return
    from benchmarks.masks_tile import write_tile

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / 'tile'
        tile = write_tile(folder, options.data)
        results = {
            name: {road: _measure_apart(name, road, folder, options) for road in ROADS}
            for name in options.rows
        }
    machine = _machine(options)
    report = f'Tile: {tile}.\nMachine: {machine}.\n\n{tables(results)}'
    print(report)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        content = {'tile': tile, 'machine': machine, 'results': results}
        (options.out / 'masks.md').write_text(report + '\n')
        (options.out / 'masks.json').write_text(json.dumps(content, indent=1) + '\n')


def _options(argv: list[str] | None) -> argparse.Namespace:
    names = [*(row.name for row in ROWS), *MODEL_ROWS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=ARCHIVE, help='vrdl2021_dataset.zip')
    parser.add_argument('--rows', nargs='+', choices=names, default=names)
    parser.add_argument('--seconds', type=float, default=20, help='time for each figure on masks')
    parser.add_argument('--config', type=Path, default=CONFIG, help='for the rows with a model')
    parser.add_argument('--checkpoint', type=Path, help='likewise: trained weights')
    parser.add_argument('--device', default='cpu', choices=['cpu', 'cuda'], help='likewise')
    parser.add_argument('--runs', type=int, default=3, help='likewise: runs after the first')
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    parser.add_argument('--out', type=Path, help='folder for masks.md and masks.json')
    parser.add_argument('--one', nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _measure_apart(name: str, road: str, folder: Path, options: argparse.Namespace) -> Any:
    """Measure one road of one row in a fresh process."""
    print(f'{name}: {road} ...', file=sys.stderr, flush=True)
    passed = ('config', 'checkpoint', 'device', 'runs', 'seconds', 'threads')
    values = [(key, getattr(options, key)) for key in passed]
    arguments = [text for key, value in values if value for text in (f'--{key}', str(value))]
    command = [sys.executable, __file__, '--one', name, road, str(folder), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise UserError(f'{name} on the road {road} failed; see above')
    return json.loads(done.stdout.splitlines()[-1])


def _measure_here(name: str, road: str, folder: str, options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks import masks_model, masks_rows

    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    if name in MODEL_ROWS:
        keys = (field.name for field in dataclasses.fields(masks_model.Experiment))
        experiment = masks_model.Experiment(**{key: getattr(options, key) for key in keys})
        return getattr(masks_model, name)(road, Path(folder), experiment)
    work, digest = masks_rows.ROWS[name](road, Path(folder))
    cost, result = process_peak.measure(work, options.seconds)
    return {**dataclasses.asdict(cost), 'result': digest(result)}


def _machine(options: argparse.Namespace) -> str:
    names = [platform.processor() or platform.machine(), f'{options.threads} threads']
    if options.device == 'cuda':
        names.append(torch.cuda.get_device_name())
    return ', '.join([*names, f'Python {platform.python_version()}', f'torch {torch.__version__}'])


if __name__ == '__main__':
    run(main)
