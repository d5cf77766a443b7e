# The large model: X101-32x8d-FPN with COCO weights by the light model's recipe. One GPU:
#     python tools/train.py CONFIG --amp
# Eight, each with its own batch:
#     tools/dist_train.sh CONFIG 8 --amp --auto-scale-lr
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-rcnn_x101-32x8d_fpn.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/vrdl2021_zoom.py',
    '../_base_/schedules/adamw_6k_ema.py',
]

load_from = 'weights/mask_rcnn_x101_32x8d_fpn_mstrain-poly_3x_coco_20210607_161042-8bd2c639.pth'
weights_source = {
    load_from: (
        'https://download.openmmlab.com/mmdetection/v2.0/mask_rcnn/'
        'mask_rcnn_x101_32x8d_fpn_mstrain-poly_3x_coco/'
        'mask_rcnn_x101_32x8d_fpn_mstrain-poly_3x_coco_20210607_161042-8bd2c639.pth'
    )
}
model = _base_.dense_nuclei
model.backbone = dict(init_cfg=None)  # the COCO weights hold the backbone
model.train_cfg.rcnn = dict(sampler=dict(num=256))  # RoIs an image, half of COCO's

# The weights know images already: a sixth of the light model's rate.
optim_wrapper = dict(optimizer=dict(lr=1e-4))
custom_hooks = [*_base_.custom_hooks, _base_.ema]
