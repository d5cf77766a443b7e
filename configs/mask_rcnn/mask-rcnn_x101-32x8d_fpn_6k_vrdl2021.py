# The large model: X101-32x8d-FPN with COCO weights by the light model's recipe. One GPU:
#     python tools/train.py CONFIG --amp
# Eight, each with its own batch:
#     tools/dist_train.sh CONFIG 8 --amp --auto-scale-lr
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-rcnn_x101-32x8d_fpn_coco.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/vrdl2021_zoom.py',
    '../_base_/schedules/adamw_6k_ema.py',
]

load_from = [*_base_.weights_source][-1]  # mmdet's COCO weights
model = _base_.dense_nuclei
model.backbone = dict(init_cfg=None)  # the COCO weights hold the backbone
model.train_cfg.rcnn = dict(sampler=dict(num=256))  # RoIs an image, half of COCO's

# The weights know images already: a sixth of the light model's rate.
optim_wrapper = dict(optimizer=dict(lr=1e-4))
custom_hooks = [*_base_.custom_hooks, _base_.ema]
