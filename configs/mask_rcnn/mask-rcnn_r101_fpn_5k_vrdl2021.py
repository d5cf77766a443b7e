# The first version of `mask-rcnn_x101-32x8d_fpn_5k_vrdl2021.py`: R101 instead of X101-32x8d.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mask-rcnn_r101_fpn.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/vrdl2021_whole.py',
    '../_base_/schedules/tuned_5k.py',
]

load_from = 'weights/mask_rcnn_r101_fpn_mstrain-poly_3x_coco_20210524_200244-5675c317.pth'
weights_source = {
    load_from: (
        'https://download.openmmlab.com/mmdetection/v2.0/mask_rcnn/'
        'mask_rcnn_r101_fpn_mstrain-poly_3x_coco/'
        'mask_rcnn_r101_fpn_mstrain-poly_3x_coco_20210524_200244-5675c317.pth'
    )
}
model = _base_.dense_nuclei
model.backbone = dict(init_cfg=None)  # the COCO weights hold the backbone
model.train_cfg.rcnn = dict(sampler=dict(num=256))  # RoIs an image, half of COCO's
