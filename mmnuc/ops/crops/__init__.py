"""Masks as small as nuclei: the value, and what moves, scales, turns and samples it."""

from mmnuc.ops.crops.crops import (
    Crops,
    concatenate,
    empty,
    from_bitmaps,
    gather,
    offsets_of,
    take,
    tight,
    to_bitmaps,
    windows,
)

__all__ = [
    'Crops',
    'concatenate',
    'empty',
    'from_bitmaps',
    'gather',
    'offsets_of',
    'take',
    'tight',
    'to_bitmaps',
    'windows',
]
