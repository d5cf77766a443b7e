"""Print what it costs to find the nuclei of an image with a trained model, from file to GeoJSON.

The ways to compute are measured by turns in one process, so that a noisy machine is noisy for all;
the peak of memory is that of a process that does only this, model and libraries included.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import torch  # noqa: E402

from benchmarks import process_peak  # noqa: E402
from mmnuc.apis import Model, load, segment  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.images import open_image  # noqa: E402

# Part of the network → what is timed in it.
PARTS = {
    'backbone': 'backbone.forward',
    'feature pyramid': 'neck.forward',
    'proposals': 'rpn_head.predict',
    'boxes': 'roi_head.predict_bbox',
    'masks': 'roi_head.predict_mask',
}
Times = dict[str, list[float]]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('image', type=Path, help='a tile')
    parser.add_argument('--config', default='histology', help='an experiment, or a shipped model')
    parser.add_argument('--checkpoint', type=Path, help="the experiment's weights")
    parser.add_argument('--rounds', type=int, default=5, help='how often each is measured')
    parser.add_argument('--out', type=Path, help='file for the table, in Markdown')
    options = parser.parse_args(argv)
    model = options.config, options.checkpoint
    ways = {way: load(*model, 'cpu', fast=way == 'fast') for way in ('plain', 'fast')}
    times: dict[str, Times] = {way: defaultdict(list) for way in ways}
    for number in range(options.rounds + 1):
        for way, loaded in ways.items():
            found = _measure(loaded, options.image, times[way] if number else defaultdict(list))
            print(f'{way}: {found} nuclei', file=sys.stderr)
    lines = _table(times)
    lines += ['', f'Peak memory: plain {_peak(*model, options.image, False):.2f} GB, ']
    lines[-1] += f'fast {_peak(*model, options.image, True):.2f} GB. '
    lines[-1] += f'{torch.get_num_threads()} threads.'
    print('\n'.join(lines))
    if options.out:
        options.out.write_text('\n'.join(lines) + '\n')


def _measure(model: Model, image: Path, times: Times) -> int:
    """From file to file, and each part of the network on the way."""
    with tempfile.TemporaryDirectory() as folder, _timed_parts(model, times):
        start = time.perf_counter()
        opened = open_image(image)
        nuclei = segment(opened, model, score_threshold=0.5)
        between = time.perf_counter()
        nuclei.save(Path(folder) / 'nuclei.geojson', opened)
        end = time.perf_counter()
    times['GeoJSON'].append(end - between)
    times['file to file'].append(end - start)
    return len(nuclei)


@contextmanager
def _timed_parts(model: Model, times: Times) -> Iterator[None]:
    changed = []
    for name, where in PARTS.items():
        module, _, method = where.rpartition('.')
        owner = model.network.get_submodule(module)
        before = vars(owner).get(method)
        changed.append((owner, method, before))
        setattr(owner, method, _timed(getattr(owner, method), times[name]))
    yield
    for owner, method, before in changed:
        delattr(owner, method) if before is None else setattr(owner, method, before)


def _timed(function: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        result = function(*args, **kwargs)
        times.append(time.perf_counter() - start)
        return result

    return wrapped


def _table(times: dict[str, Times]) -> list[str]:
    lines = ['| part | plain | fast | ratio |', '|---|---|---|---|']
    for part in (*PARTS, 'GeoJSON', 'file to file'):
        plain, fast = (statistics.median(times[way][part]) for way in ('plain', 'fast'))
        lines.append(f'| {part} | {plain:.2f} s | {fast:.2f} s | {plain / fast:.1f}x |')
    return lines


def _peak(config: str, checkpoint: Path | None, image: Path, fast: bool) -> float:
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        return pool.apply(_peak_here, (config, checkpoint, image, fast))


def _peak_here(config: str, checkpoint: Path | None, image: Path, fast: bool) -> float:
    _measure(load(config, checkpoint, 'cpu', fast=fast), image, defaultdict(list))
    return process_peak.peak_megabytes() / 1000


if __name__ == '__main__':
    run(main)
