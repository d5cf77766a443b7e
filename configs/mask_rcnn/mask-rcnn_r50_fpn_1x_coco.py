# R50-FPN on COCO, Detectron2's 1x schedule on one GPU: batch 2 instead of 16, so an eighth of the
# rate and eight times the iterations.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mask-rcnn_r50_fpn.py',
    '../_base_/datasets/coco.py',
    '../_base_/schedules/detectron2_sgd.py',
]

train_dataloader = dict(batch_size=2)

max_iters = 720000
train_cfg = dict(max_iters=max_iters, val_interval=40000)
optim_wrapper = dict(optimizer=dict(lr=0.0025))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=1000),
    dict(
        type='MultiStepLR',
        by_epoch=False,
        begin=0,
        end=max_iters,
        milestones=[480000, 640000],
        gamma=0.1,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=2)

default_hooks = dict(checkpoint=dict(interval=10000, save_best='coco/segm_mAP'))
