# The runtime shared by every experiment of this project.
default_scope = 'mmdet'  # our own names carry the prefix: `mmnuc.NucleiDataset`

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='mmnuc.ProgressHook', interval=20, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=500,
        max_keep_ckpts=3,
        save_best='coco/segm_mAP_50',  # no cap on detections
        rule='greater',
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='DetVisualizationHook'),  # draws when tools/test.py has --show-dir
)
custom_hooks = [
    dict(type='mmnuc.DataSummaryHook'),  # says what the training learns from
    dict(type='mmnuc.LossGuardHook'),  # stops it when the loss is NaN
    dict(type='mmnuc.RandomStateHook'),
    dict(type='mmnuc.InterruptionHook'),
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),  # gloo where there is no CUDA
)

visualizer = dict(
    type='mmnuc.InstanceVisualizer',
    vis_backends=[dict(type='LocalVisBackend')],
    name='visualizer',
)
log_processor = dict(type='LogProcessor', window_size=20, by_epoch=False)
log_level = 'INFO'

load_from = None
resume = False
from_scratch = False  # True: ignore the published weights that a config starts from
randomness = dict(seed=0)
