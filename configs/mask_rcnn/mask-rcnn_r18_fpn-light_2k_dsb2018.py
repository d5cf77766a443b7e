# The light model on the Data Science Bowl 2018, from scratch: no download, two CPU cores.
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-rcnn_r18_fpn-light.py',
    '../_base_/datasets/dsb2018.py',
    '../_base_/schedules/adamw_2k.py',
]

# 5 minutes on two cores: what a power cut may cost.
default_hooks = dict(checkpoint=dict(interval=100))
