"""Print what a data set of a million nuclei takes: time to read it, and memory with four workers.

The memory is the proportional share (PSS) of all processes together: pages that the workers share
count once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

from mmnuc.cli.run import run  # noqa: E402
from mmnuc.datasets import NucleiDataset  # noqa: E402
from mmnuc.structures import CropMasks  # noqa: E402

SIZE = 1000
PIPELINE = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--nuclei', type=int, default=1_000_000)
    parser.add_argument('--each', type=int, default=1_000, help='nuclei of an image')
    parser.add_argument('--workers', type=int, default=4)
    parser.add_argument('--start', choices=['fork', 'spawn'], default='fork', help='of workers')
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        images = max(1, options.nuclei // options.each)
        megabytes = _write(Path(folder), images, options.each) / 2**20
        start = time.perf_counter()
        dataset = NucleiDataset(
            data_root=folder, ann_file='all.json', data_prefix=dict(img=''), pipeline=PIPELINE
        )
        seconds = time.perf_counter() - start
        peak = _load(dataset, options)
    print(
        f'{images * options.each:,} nuclei in {images:,} images, a json of {megabytes:.0f} MB\n'
        f'read in {seconds:.1f} s; with {options.workers} workers ({options.start}) '
        f'{peak / 2**20:.0f} MB in all (wanted: 2048 MB)'
    )


def _write(folder: Path, images: int, each: int) -> int:
    """Write one image under many names, and a json with nuclei all over it; return its bytes."""
    cv2.imwrite(str(folder / 'tile.png'), np.full((SIZE, SIZE, 3), 200, np.uint8))
    rng = np.random.default_rng(0)
    annotations = []
    for image in range(images):
        for rle, box in _nuclei(rng, each):
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image + 1,
                    category_id=1,
                    bbox=box,
                    area=box[2] * box[3],
                    iscrowd=0,
                    segmentation=rle,
                )
            )
        os.link(folder / 'tile.png', folder / f'{image}.png')
    content = dict(
        images=[
            dict(id=i + 1, file_name=f'{i}.png', height=SIZE, width=SIZE) for i in range(images)
        ],
        annotations=annotations,
        categories=[dict(id=1, name='nucleus')],
    )
    with (folder / 'all.json').open('w') as file:
        json.dump(content, file)
    return (folder / 'all.json').stat().st_size


def _nuclei(rng: np.random.Generator, count: int) -> list[tuple[dict, list[int]]]:
    """Ellipses of 8 to 24 pixels, each with its box as left, top, width, height."""
    sides = rng.integers(8, 25, (count, 2))
    corners = rng.integers(0, SIZE - 25, (count, 2))
    boxes = np.concatenate([corners, corners + sides], axis=1).astype(np.int32)
    crops = [_ellipse(int(w), int(h)).ravel() for w, h in sides]
    offsets = np.cumsum([0, *(len(crop) for crop in crops)])
    masks = CropMasks(np.concatenate(crops), offsets, boxes, SIZE, SIZE)
    boxes[:, 2:] -= boxes[:, :2]
    return list(zip(masks.to_rles(), boxes.tolist(), strict=True))


def _ellipse(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return (x * x + y * y <= 1).astype(np.uint8)


def _load(dataset: NucleiDataset, options: argparse.Namespace) -> int:
    """Load all images with workers; return the highest memory in bytes seen on the way."""
    loader = DataLoader(
        dataset,
        batch_size=4,
        num_workers=options.workers,
        multiprocessing_context=options.start,
        collate_fn=len,
    )
    peak = 0
    for step, _ in enumerate(loader):
        if step % 25 == 0:
            peak = max(peak, _proportional_share())
    return peak


def _proportional_share() -> int:
    """Bytes of this process and its children, shared pages counted once (Linux)."""
    own = os.getpid()
    children = Path(f'/proc/{own}/task/{own}/children').read_text().split()
    total = 0
    for process in [str(own), *children]:
        lines = Path(f'/proc/{process}/smaps_rollup').read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith('Pss:'))
    return total * 1024


if __name__ == '__main__':
    run(main)
