# The demo: the light model on synthetic tiles, from scratch, in three minutes on two CPU cores.
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-rcnn_r18_fpn-light.py',
    '../_base_/datasets/synthetic.py',
    '../_base_/schedules/adamw_2k.py',
]

max_iters = 240
train_cfg = dict(max_iters=max_iters, val_interval=60)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=20),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=20,
        end=max_iters,
        T_max=max_iters - 20,
        eta_min_ratio=0.01,
    ),
]

# Crops of two fifths the area need fewer candidates. Mask losses are what takes longest: 16 nuclei
# of each crop teach the mask head, in place of 64.
model = dict(
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=500, max_per_img=300),
        rcnn=dict(sampler=dict(num=64, pos_fraction=0.25)),
    ),
)

default_hooks = dict(checkpoint=dict(interval=60, max_keep_ckpts=1))
