"""The registry nodes of mmnuc, beside mmdet's.

Configs keep ``default_scope = 'mmdet'`` and write our names with the prefix, as in
``type='mmnuc.NucleiDataset'``; the prefix imports the modules named in ``locations``.
This file imports nothing but mmengine: an ``ImportError`` inside it would be swallowed.
"""

from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS
from mmengine.registry import TASK_UTILS as MMENGINE_TASK_UTILS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import VISUALIZERS as MMENGINE_VISUALIZERS
from mmengine.registry import Registry

DATASETS = Registry(
    'dataset', parent=MMENGINE_DATASETS, scope='mmnuc', locations=['mmnuc.datasets']
)
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    scope='mmnuc',
    locations=['mmnuc.datasets.transforms'],
)
MODELS = Registry(
    'model',
    parent=MMENGINE_MODELS,
    scope='mmnuc',
    locations=['mmnuc.models', 'mmnuc.inference.tta'],
)
TASK_UTILS = Registry(
    'task util', parent=MMENGINE_TASK_UTILS, scope='mmnuc', locations=['mmnuc.models.anchors']
)
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, scope='mmnuc', locations=['mmnuc.engine'])
LOOPS = Registry('loop', parent=MMENGINE_LOOPS, scope='mmnuc', locations=['mmnuc.engine'])
POST_PROCESSING = Registry(
    'post-processing step', scope='mmnuc', locations=['mmnuc.models.post_processing']
)
OPTIM_WRAPPERS = Registry(
    'optim_wrapper', parent=MMENGINE_OPTIM_WRAPPERS, scope='mmnuc', locations=['mmnuc.engine']
)
METRICS = Registry(
    'metric', parent=MMENGINE_METRICS, scope='mmnuc', locations=['mmnuc.evaluation.metrics']
)
VISUALIZERS = Registry(
    'visualizer',
    parent=MMENGINE_VISUALIZERS,
    scope='mmnuc',
    locations=['mmnuc.visualization.visualizer'],
)
