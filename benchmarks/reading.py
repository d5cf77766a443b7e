"""Print how fast slides are read: megapixels a second of each format and library, in one run.

Each slide is read as it is, by tifffile and by OpenSlide, and once more from an OME-TIFF and an
OME-Zarr with its pixels, made here. What is timed is what a model gets: RGB of 8 bits in boxes of
1024 x 1024 pixels, from a file that was just opened, in seconds of a core's time: what else the
machine does counts little. All roads are timed in turn, several times; the fastest counts.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import numpy as np  # noqa: E402
import tifffile  # noqa: E402
import zarr  # noqa: E402

from mmnuc.cli.run import run  # noqa: E402
from mmnuc.images import open_image  # noqa: E402
from mmnuc.images.openslide import OpenSlideImage  # noqa: E402
from mmnuc.images.options import ReadOptions  # noqa: E402
from mmnuc.images.rgb_image import RgbImage  # noqa: E402
from mmnuc.images.scaled import scale_image  # noqa: E402
from mmnuc.images.source import Source  # noqa: E402

BOX = 1024
RANDOM_BOXES = 20
Box = tuple[int, int, int, int]
HEAD = '| image | read by | random boxes | row by row |\n|---|---|---|---|'


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('slides', nargs='+', type=Path, help='slides that both libraries read')
    parser.add_argument('--runs', type=int, default=3, help='the fastest counts')
    parser.add_argument('--out', type=Path, help='file for the table, in Markdown')
    options = parser.parse_args(argv)
    lines = [HEAD]
    for slide in options.slides:
        with tempfile.TemporaryDirectory() as folder:
            every = list(roads(slide, Path(folder)))
            runs = [
                [[speed(opener, boxes) for boxes in (spread, sweep)] for _, _, opener in every]
                for _ in range(options.runs)
            ]
            for (what, by, _), speeds in zip(every, np.max(runs, axis=0), strict=True):
                lines.append(f'| {what} | {by} | {speeds[0]:,.0f} MP/s | {speeds[1]:,.0f} MP/s |')
                print(lines[-1], file=sys.stderr)
    print('\n'.join(lines))
    if options.out:
        options.out.write_text('\n'.join(lines) + '\n')


def roads(slide: Path, folder: Path) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """What is read, by what, and how it is opened."""
    image = open_image(slide)
    rgb = image.read(0, 0, image.width, image.height)
    name = f'{slide.name}, {image.width:,} x {image.height:,}'
    yield name, 'tifffile', lambda: open_image(slide)
    yield name, 'OpenSlide', lambda: by_openslide(slide)
    yield name, 'tifffile, seen twice as large', lambda: scale_image(open_image(slide), 2)
    yield name, 'tifffile, seen half as large', lambda: scale_image(open_image(slide), 0.5)
    tiff, store = as_ome_tiff(rgb, folder), as_ome_zarr(rgb, folder)
    for path in (tiff, store):
        read = open_image(path)
        if not np.array_equal(read.read(0, 0, read.width, read.height), rgb):
            raise ValueError(f'{path} has other pixels than {slide}')
    yield 'the same as OME-TIFF (deflate)', 'tifffile', lambda: open_image(tiff)
    yield 'the same as OME-Zarr 0.5 (zstd)', 'zarr', lambda: open_image(store)


def by_openslide(path: Path) -> Any:
    return RgbImage(OpenSlideImage(Source(str(path), path)), ReadOptions(), str(path))


def as_ome_tiff(rgb: np.ndarray, folder: Path) -> Path:
    path = folder / 'a.ome.tif'
    how = {'tile': (256, 256), 'photometric': 'rgb', 'compression': 'zlib', 'predictor': True}
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(rgb, subifds=1, metadata={'axes': 'YXS'}, **how)
        writer.write(np.ascontiguousarray(rgb[::2, ::2]), subfiletype=1, **how)
    return path


def as_ome_zarr(rgb: np.ndarray, folder: Path) -> Path:
    path = folder / 'a.zarr'
    root = zarr.open_group(str(path), mode='w', zarr_format=3)
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    root.create_array('0', data=planes, chunks=(3, 256, 256))
    axes = [{'name': name} for name in 'cyx']
    root.attrs['ome'] = {
        'version': '0.5',
        'multiscales': [{'axes': axes, 'datasets': [{'path': '0'}]}],
    }
    return path


def spread(image: Any) -> list[Box]:
    """Boxes anywhere, the same in each run."""
    chosen = random.Random(0)
    width, height = min(BOX, image.width), min(BOX, image.height)
    corners = [
        (chosen.randrange(image.width - width + 1), chosen.randrange(image.height - height + 1))
        for _ in range(RANDOM_BOXES)
    ]
    return [(x, y, x + width, y + height) for x, y in corners]


def sweep(image: Any) -> list[Box]:
    """All of the image, row by row."""
    return [
        (x, y, min(x + BOX, image.width), min(y + BOX, image.height))
        for y in range(0, image.height, BOX)
        for x in range(0, image.width, BOX)
    ]


def speed(opener: Callable[[], Any], boxes: Callable[[Any], list[Box]]) -> float:
    """Megapixels a second."""
    image = opener()
    wanted = boxes(image)
    start = time.process_time()
    for box in wanted:
        image.read(*box)
    seconds = time.process_time() - start
    image.close()
    return sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in wanted) / 1e6 / seconds


if __name__ == '__main__':
    run(main)
