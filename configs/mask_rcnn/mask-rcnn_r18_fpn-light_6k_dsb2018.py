# The light model that comes with the project for fluorescence, on the Data Science Bowl 2018, from
# scratch. On two CPU cores, with --amp: 2.5 hours.
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-rcnn_r18_fpn-light.py',
    '../_base_/datasets/dsb2018.py',
    '../_base_/schedules/adamw_6k_ema.py',
]

model = dict(test_cfg=dict(rpn=dict(score_thr=0.7)))  # a third less time than 0.5

custom_hooks = [*_base_.custom_hooks, _base_.ema]
# 5 minutes on two cores: what a power cut may cost.
default_hooks = dict(checkpoint=dict(interval=100))
