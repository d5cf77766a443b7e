"""The figures of masks as Markdown tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ROADS = ('ours', 'mmdet')


@dataclass(frozen=True)
class Row:
    """A line of the table, and how many times faster and smaller it has to be."""

    name: str
    title: str
    faster: float
    smaller: float | None = None


ROWS = (
    Row('pipeline', 'load image and annotations, resize, crop 512, flip, pack', 100, 30),
    Row('annotations', 'annotations alone (load, resize, crop, flip)', 200),
    Row('predictions', '1,000 predictions: logits → masks → RLE (CPU)', 100, 100),
    Row('targets', 'mask targets of 256 RoIs among 400 gt masks of a 512 crop', 50),
    Row('iou', 'pairwise mask IoU of 2,000 against 2,000 (mmdet: pycocotools on RLE)', 1),
)
MODEL_ROWS = {'training': 'training iteration', 'testing': 'test of the whole tile'}
SHARE = 0.05

_HEAD = """\
| work | ours | mmdet | faster | wanted | peak memory, ours | mmdet | less | wanted | same result |
|---|---|---|---|---|---|---|---|---|---|"""
_MODEL_HEAD = """\
| work | road | total | load | move | masks | encode | network | all but the network | wanted | \
same result |
|---|---|---|---|---|---|---|---|---|---|---|"""


def tables(results: dict[str, Any]) -> str:
    """Write what was measured.

    Args:
        results: For each row, for each road, what was measured.

    Returns:
        One table for the work on masks and one for the parts of a model's time.
    """
    plain = [_line(row, results[row.name]) for row in ROWS if row.name in results]
    models = [
        _model_line(name, road, results[name])
        for name in MODEL_ROWS
        if name in results
        for road in ROADS
    ]
    parts = [[_HEAD, *plain] if plain else [], [_MODEL_HEAD, *models] if models else []]
    return '\n\n'.join('\n'.join(part) for part in parts if part)


def _line(row: Row, measured: dict[str, Any]) -> str:
    ours, mmdet = (measured[road] for road in ROADS)
    faster = mmdet['seconds'] / ours['seconds']
    # Under a tenth of a megabyte the counter says nothing.
    less = max(mmdet['megabytes'], 0.1) / max(ours['megabytes'], 0.1)
    cells = [
        row.title,
        _duration(ours['seconds']),
        _duration(mmdet['seconds']),
        _ratio(faster),
        _verdict(faster, row.faster),
        f'{ours["megabytes"]:.1f} MB',
        f'{mmdet["megabytes"]:.1f} MB',
        _ratio(less),
        _verdict(less, row.smaller),
        _same(measured),
    ]
    return f'| {" | ".join(cells)} |'


def _model_line(name: str, road: str, measured: dict[str, Any]) -> str:
    parts = measured[road]['parts']
    total = sum(parts.values())
    share = 1 - parts['network'] / total
    wanted = '' if road == 'mmdet' else f'{SHARE:.0%} {"✓" if share <= SHARE else "✗"}'
    keys = ('load', 'move', 'masks', 'encode', 'network')
    durations = [_duration(parts[key]) if key in parts else '' for key in keys]
    title = f'{MODEL_ROWS[name]}, {measured[road]["work"]}'
    if measured[road]['gpu_megabytes'] is not None:
        title += f', GPU peak {measured[road]["gpu_megabytes"]:.0f} MB'
    cells = [title, road, _duration(total), *durations, f'{share:.1%}', wanted, _same(measured)]
    return f'| {" | ".join(cells)} |'


def _duration(seconds: float) -> str:
    return f'{seconds:.2f} s' if seconds >= 1 else f'{seconds * 1000:.1f} ms'


def _ratio(value: float) -> str:
    return f'{value:.0f}x' if value >= 10 else f'{value:.1f}x'


def _verdict(value: float, wanted: float | None) -> str:
    return '' if wanted is None else f'{wanted:.0f}x {"✓" if value >= wanted else "✗"}'


def _same(measured: dict[str, Any]) -> str:
    return 'yes' if measured['ours']['result'] == measured['mmdet']['result'] else '**no**'
