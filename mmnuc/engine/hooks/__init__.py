"""Hooks: what happens beside the training and test loops."""

from mmnuc.engine.hooks.data_summary import DataSummaryHook
from mmnuc.engine.hooks.interruption import InterruptionHook
from mmnuc.engine.hooks.loss_guard import LossGuardHook
from mmnuc.engine.hooks.post_process import PostProcessHook
from mmnuc.engine.hooks.progress import ProgressHook
from mmnuc.engine.hooks.random_state import RandomStateHook
from mmnuc.engine.hooks.segment import SegmentHook

__all__ = [
    'DataSummaryHook',
    'InterruptionHook',
    'LossGuardHook',
    'PostProcessHook',
    'ProgressHook',
    'RandomStateHook',
    'SegmentHook',
]
