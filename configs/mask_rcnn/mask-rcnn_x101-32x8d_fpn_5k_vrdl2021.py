# X101-32x8d-FPN with COCO weights, tuned on the VRDL 2021 nuclei: tiles at their own size, batch 1.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mask-rcnn_x101-32x8d_fpn_coco.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/vrdl2021_whole.py',
    '../_base_/schedules/tuned_5k.py',
]

load_from = [*_base_.weights_source][-1]  # mmdet's COCO weights
model = _base_.dense_nuclei
model.backbone = dict(init_cfg=None)  # the COCO weights hold the backbone
model.train_cfg.rcnn = dict(sampler=dict(num=256))  # RoIs an image, half of COCO's
