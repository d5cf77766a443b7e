"""Print what scores cost here, and in the plain code that they replace, in one run."""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import numpy as np  # noqa: E402

from benchmarks import process_peak  # noqa: E402
from benchmarks.scores_plain import plain_aji_and_pq, pycocotools_ap  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.evaluation.functional import (  # noqa: E402
    GroundTruth,
    Predictions,
    aggregated_jaccard_index,
    coco_average_precision,
    nuclei_scores,
    panoptic_quality,
)
from mmnuc.evaluation.functional.instances import exclusive_crops  # noqa: E402
from mmnuc.ops.codecs.rle import crops_to_rles  # noqa: E402
from mmnuc.ops.crops import Crops  # noqa: E402


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--most', type=int, default=1_000_000, help='nuclei of the largest image')
    parser.add_argument('--out', type=Path, help='file for the table, in Markdown')
    options = parser.parse_args(argv)
    lines = ['| work | here | plain | faster | wanted |', '|---|---|---|---|---|']
    for row in (_label_maps, _all_scores, _coco):
        lines.append(row())
        print(lines[-1], file=sys.stderr)
    lines += ['', '| nuclei on one image | time | a nucleus | peak memory |', '|---|---|---|---|']
    for count in (options.most // 100, options.most // 10, options.most):
        lines.append(_large(count))
        print(lines[-1], file=sys.stderr)
    print('\n'.join(lines))
    if options.out:
        options.out.write_text('\n'.join(lines) + '\n')


def tissue(size: int, count: int, seed: int = 0) -> np.ndarray:
    """A label map of ``count`` discs of 4 to 9 pixels, a disc in a cell of a grid."""
    rng = np.random.default_rng(seed)
    cells = int(np.ceil(np.sqrt(count)))
    pitch = size / cells
    largest = int(max(2, min(9, pitch / 2 - 1)))
    y, x = np.ogrid[-largest : largest + 1, -largest : largest + 1]
    discs = [y * y + x * x <= r * r for r in range(largest + 1)]
    radii = rng.integers(max(1, largest // 2), largest + 1, count)
    label_map = np.zeros((size, size), np.int32)
    for number in range(count):
        top, left = (int(pitch * (place + 0.5)) - largest for place in divmod(number, cells))
        part = label_map[top : top + 2 * largest + 1, left : left + 2 * largest + 1]
        disc = discs[radii[number]][: part.shape[0], : part.shape[1]]
        part[disc] = number + 1
    return label_map


def _label_maps() -> str:
    gt = tissue(1000, 1500)
    pred = np.roll(gt, (1, 2), axis=(0, 1))

    def ours() -> tuple[float, float]:
        return aggregated_jaccard_index(gt, pred), panoptic_quality(gt, pred).pq

    def plain() -> tuple[float, float]:
        return plain_aji_and_pq(gt, pred)

    return _row('AJI + PQ, 1000 x 1000, 1,500 nuclei', ours, plain, '300x')


def _all_scores() -> str:
    gt = tissue(1000, 1500)
    pred = np.roll(gt, (1, 2), axis=(0, 1))
    seconds, _ = _timed(lambda: nuclei_scores(gt, pred), 7)
    return f'| all scores of label maps, the same image | {1000 * seconds:.1f} ms | | | 40 ms |'


def _coco() -> str:
    gt, pred = _six_tiles()
    return _row(
        f'COCO mask AP without a cap, 6 tiles, {len(gt.images):,} nuclei, '
        f'{len(pred.images):,} predictions',
        lambda: coco_average_precision(gt, pred, caps=(None,)).average(),
        lambda: pycocotools_ap(gt, pred),
        '40x',
    )


def _six_tiles() -> tuple[GroundTruth, Predictions]:
    """2,360 nuclei, each predicted with a shift, and 1,694 predictions doubled."""
    maps = [tissue(1000, count, seed) for seed, count in enumerate((393, 393, 393, 393, 394, 394))]
    gt = [exclusive_crops(label_map) for label_map in maps]
    shifted = [exclusive_crops(np.roll(label_map, (1, 1), axis=(0, 1))) for label_map in maps]
    more = [exclusive_crops(np.roll(label_map, (2, -1), axis=(0, 1))) for label_map in maps]
    images, rles, boxes = _columns([*gt])
    found = _columns([*shifted, *more])
    kept = np.arange(len(found[0])) < 4054
    areas = np.concatenate([own.areas for own in gt]).astype(float)
    scores = np.random.default_rng(0).permutation(4054) / 4054
    truth = GroundTruth(images, images * 0, rles, boxes, areas, np.zeros(len(images), bool))
    pred_images = (found[0] % 6)[kept]
    pred = Predictions(pred_images, pred_images * 0, found[1][:4054], found[2][kept], scores)
    return truth, pred


def _columns(tiles: list[Crops]) -> tuple[np.ndarray, list[dict], np.ndarray]:
    images = np.repeat(np.arange(len(tiles)), [len(tile) for tile in tiles])
    boxes = np.concatenate([tile.boxes_xyxy for tile in tiles]).astype(float)
    boxes[:, 2:] -= boxes[:, :2]
    return images, [rle for tile in tiles for rle in crops_to_rles(tile)], boxes


def _large(count: int) -> str:
    """All pixels of an image that grows with the nuclei, in a process of its own."""
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        seconds, megabytes, size = pool.apply(_score_large, (count,))
    return (
        f'| {count:,} on {size:,} x {size:,} | {seconds:.2f} s | {1e6 * seconds / count:.1f} µs '
        f'| {megabytes:.0f} MB |'
    )


def _score_large(count: int) -> tuple[float, float, int]:
    size = int(20 * np.sqrt(count))
    aggregated_jaccard_index(np.eye(2, dtype=int), np.eye(2, dtype=int))
    gt = tissue(size, count)
    pred = np.roll(gt, 1, axis=0)
    start = time.perf_counter()
    aggregated_jaccard_index(gt, pred)
    panoptic_quality(gt, pred)
    seconds = time.perf_counter() - start
    return seconds, process_peak.peak_megabytes(), size


def _row(name: str, ours: Callable[[], Any], plain: Callable[[], Any], wanted: str) -> str:
    here, value = _timed(ours, 7)
    there, expected = _timed(plain, 1, warm=False)
    if not np.allclose(value, expected, rtol=0, atol=1e-9):
        raise SystemExit(f'{name}: {value} here, {expected} there')
    return f'| {name} | {1000 * here:.1f} ms | {there:.2f} s | {there / here:.0f}x | {wanted} |'


def _timed(work: Callable[[], Any], runs: int, warm: bool = True) -> tuple[float, Any]:
    if warm:
        work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


if __name__ == '__main__':
    run(main)
