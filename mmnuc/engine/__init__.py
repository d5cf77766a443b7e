"""How experiments run: the runner, its loops and hooks."""

from mmnuc.engine.half_precision import Bfloat16OptimWrapper
from mmnuc.engine.hooks import (
    InterruptionHook,
    PostProcessHook,
    ProgressHook,
    RandomStateHook,
    SegmentHook,
)
from mmnuc.engine.loops import EpochTrainLoop
from mmnuc.engine.runner import NucleiRunner

__all__ = [
    'Bfloat16OptimWrapper',
    'EpochTrainLoop',
    'InterruptionHook',
    'NucleiRunner',
    'PostProcessHook',
    'ProgressHook',
    'RandomStateHook',
    'SegmentHook',
]
