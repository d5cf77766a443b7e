# X101-32x8d-FPN on Tiny PASCAL VOC, its backbone from ImageNet, all else from scratch.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mask-rcnn_x101-32x8d_fpn.py',
    '../_base_/datasets/tiny_voc.py',
    '../_base_/schedules/detectron2_sgd.py',
]

model = dict(
    roi_head=dict(
        type='mmnuc.CropStandardRoIHead',
        bbox_head=dict(num_classes=20),
        mask_head=dict(type='mmnuc.CropFCNMaskHead', num_classes=20),
    ),
    train_cfg=dict(rcnn=dict(sampler=dict(num=128))),  # RoIs an image
)

train_cfg = dict(max_iters=10000, val_interval=1000)
optim_wrapper = dict(optimizer=dict(lr=0.0003))
# Detectron2's rate drops after 30,000 iterations, that is never.
param_scheduler = [dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=1000)]
auto_scale_lr = dict(enable=False, base_batch_size=2)

# What is drawn: instances with a score over 0.4, everything else in grey.
default_hooks = dict(visualization=dict(score_thr=0.4))
visualizer = dict(style='grey')
