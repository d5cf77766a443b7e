# R50-FPN on COCO, Detectron2's 3x schedule: three times as long, with images of several sizes.
# For 8 GPUs with 2 images each: tools/dist_train.sh CONFIG 8.
_base_ = './mask-rcnn_r50_fpn_1x_coco.py'

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations', with_bbox=True, with_mask=True, poly2mask=False),
            dict(
                type='RandomChoiceResize',
                scales=[(1333, side) for side in (640, 672, 704, 736, 768, 800)],
                keep_ratio=True,
            ),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PackDetInputs'),
        ]
    ),
)

max_iters = 270000
train_cfg = dict(max_iters=max_iters, val_interval=10000)
optim_wrapper = dict(optimizer=dict(lr=0.02))
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=max_iters, milestones=[210000, 250000]),
]
auto_scale_lr = dict(base_batch_size=16)

default_hooks = dict(checkpoint=dict(interval=5000))
