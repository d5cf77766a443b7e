"""Measure what `--diameter auto` is worth, on tissue of four magnifications and on fluorescence.

Tissue of 20x and 10x is means of 2 x 2 and 4 x 4 pixels, of 80x interpolated; the truth is brought
to its pixels. AJI of predictions of score 0.5 and more.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / 'benchmarks')]

import numpy as np  # noqa: E402
from scale import Tile, consep_tiles, middle, of_coco  # noqa: E402

from mmnuc.apis import Model, load  # noqa: E402
from mmnuc.apis.segmentation import find  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.images import Picture  # noqa: E402
from mmnuc.images.pixel_size import PixelSize  # noqa: E402
from mmnuc.inference.choose_scale import choose_scale  # noqa: E402
from mmnuc.inference.scale import in_own_pixels  # noqa: E402

# Looked at while mmnuc.inference.first_look was made (see results/scale.md); others are reported.
TUNED_ON = {
    'tissue': ('TCGA-21-5786', 'TCGA-HE-7128', *(f'train_{n}' for n in (1, 3, 5, 10))),
    'fluorescence': 6,
}
REPORTED = (
    'TCGA-CH-5767',
    'TCGA-E2-A14V',
    *(f'train_{n}' for n in (2, 4, 6, 7, 8, 13, 16, 22, 25, 27)),
)
MAGNIFICATIONS = {'40x': 1.0, '20x': 0.5, '10x': 0.25, '80x': 2.0}
ENLARGEMENTS = {'1 x': 1.0, '0.5 x': 0.5, '2 x': 2.0}
SIDE = 640


@dataclass(frozen=True)
class Row:
    """What was measured of a tile at a magnification."""

    tile: str
    seen: str
    as_it_is: float
    auto: float
    stated: float
    factor: float
    by_true: float
    seconds: float
    about: str

    def __str__(self) -> str:
        numbers = [f'{value:.3f}' for value in (self.as_it_is, self.auto, self.stated)]
        numbers += [f'{self.factor:.2f}', f'{self.by_true:.2f}', f'{self.seconds:.1f}']
        return ' | '.join([self.tile, self.seen, *numbers, self.about]).replace('nan', '-')


def measure(model: Model, tile: Tile, seen: str, factor: float) -> Row:
    """Score a tile as it is, by a first look and by its stated size, made larger or smaller."""
    small = tile.at(factor)
    image = Picture(small.rgb)
    plain = small.aji(find(small.rgb, model, score_threshold=0.5).nuclei)
    start = time.perf_counter()
    scale = choose_scale(image, model, None, 'auto')
    seconds = time.perf_counter() - start
    auto, stated = plain, plain if model.pixel_size else float('nan')
    if scale.changes:
        found = find(scale.view(image), model, score_threshold=0.5).nuclei
        auto = small.aji(in_own_pixels(found, image, None))
    if model.pixel_size and factor != 1:
        size = PixelSize(model.pixel_size / factor, model.pixel_size / factor)
        found = find(small.rgb, model, pixel_size=size, score_threshold=0.5)
        stated = small.aji(found.nuclei)
    by_true = scale.x * factor
    return Row(tile.name, seen, plain, auto, stated, scale.x, by_true, seconds, scale.about)


def tissue(vrdl: Path, consep: Path, names: Iterable[str]) -> Iterator[Tile]:
    """Give the middles of tiles of VRDL 2021 and CoNSeP."""
    names = tuple(names)
    numbers = [int(name.removeprefix('train_')) for name in names if name.startswith('train_')]
    for tile in (*of_coco(vrdl), *consep_tiles(consep, numbers)):
        if tile.name in names or tile.name.removeprefix('CoNSeP ') in names:
            yield middle(tile, SIDE)


def fluorescence(dsb: Path) -> list[Tile]:
    """Give the tiles of the Data Science Bowl that are gray and dark, in an order of chance."""
    tiles = [tile for tile in of_coco(dsb) if _is_fluorescence(tile)]
    order = np.random.default_rng(0).permutation(len(tiles))
    return [tiles[number] for number in order]


def _is_fluorescence(tile: Tile) -> bool:
    rgb = tile.rgb.astype(np.int16)
    return bool(rgb.mean() < 100 and np.ptp(rgb, axis=2).mean() < 3)


def summary(rows: list[Row]) -> list[str]:
    """Means, and the medians and ranges of factors, for each magnification."""
    lines = [
        '| seen as | images | as it is | auto | stated | worst loss | factor by true one: median '
        '(range) | seconds of the look |',
        '| --- ' * 8 + '|',
    ]
    for seen in dict.fromkeys(row.seen for row in rows):
        of = [row for row in rows if row.seen == seen]
        column = {
            field.name: np.array([getattr(row, field.name) for row in of])
            for field in fields(Row)
            if field.type == 'float'
        }
        by_true = column['by_true']
        means = [f'{column[name].mean():.3f}' for name in ('as_it_is', 'auto', 'stated')]
        worst = min(0.0, (column['auto'] - column['as_it_is']).min())
        found = f'{np.median(by_true):.2f} ({by_true.min():.2f} to {by_true.max():.2f})'
        cells = [seen, str(len(of)), *means, f'{worst:.3f}', found]
        cells.append(f'{np.median(column["seconds"]):.1f}')
        lines.append('| ' + ' | '.join(cells).replace('nan', '-') + ' |')
    return lines


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('vrdl', type=Path, help='VRDL 2021 as `mmnuc convert --val 0.2` wrote it')
    parser.add_argument('consep', type=Path, help='consep_train.zip')
    parser.add_argument('dsb', type=Path, help='the Data Science Bowl, as VRDL 2021')
    parser.add_argument('--images', type=int, default=12, help='of fluorescence')
    parser.add_argument('--only', choices=('tissue', 'fluorescence'))
    parser.add_argument('--tuned', action='store_true', help='measure what it was tuned on instead')
    parser.add_argument('--out', type=Path, help='file for the tables, in Markdown')
    options = parser.parse_args(argv)
    tables = []
    if options.only != 'fluorescence':
        names = TUNED_ON['tissue'] if options.tuned else REPORTED
        tiles = tissue(options.vrdl, options.consep, names)
        tables.append(_table(load(device='cpu'), tiles, MAGNIFICATIONS))
    if options.only != 'tissue':
        first = 0 if options.tuned else TUNED_ON['fluorescence']
        tiles = fluorescence(options.dsb)[first : first + options.images]
        tables.append(_table(load('fluorescence', device='cpu'), tiles, ENLARGEMENTS))
    if options.out:
        options.out.write_text('\n'.join(tables))


def _table(model: Model, tiles: Iterable[Tile], factors: dict[str, float]) -> str:
    rows = []
    for tile in tiles:
        for seen, factor in factors.items():
            rows.append(measure(model, tile, seen, factor))
            print(rows[-1], file=sys.stderr, flush=True)
    head = ['tile', 'seen as', 'as it is', 'auto', 'stated', 'factor', 'by true', 'seconds', 'said']
    lines = [*summary(rows), '', '| ' + ' | '.join(head) + ' |', '| --- ' * len(head) + '|']
    table = '\n'.join([*lines, *(f'| {row} |' for row in rows)]) + '\n'
    print(table, flush=True)
    return table


if __name__ == '__main__':
    run(main)
