# mmdet's Mask R-CNN X101-32x8d-FPN: tests/test_configs.py compares the two.
_base_ = 'mmdet::_base_/models/mask-rcnn_r50_fpn.py'

weights_source = {
    'weights/resnext101_32x8d-1516f1aa.pth': (
        'https://download.openmmlab.com/pretrain/third_party/resnext101_32x8d-1516f1aa.pth'
    ),
}
model = dict(
    # The ImageNet weights were trained with Caffe2, on BGR images.
    data_preprocessor=dict(
        mean=[103.530, 116.280, 123.675], std=[57.375, 57.120, 58.395], bgr_to_rgb=False
    ),
    backbone=dict(
        type='ResNeXt',
        depth=101,
        groups=32,
        base_width=8,
        norm_cfg=dict(type='BN', requires_grad=False),
        init_cfg=dict(type='Pretrained', checkpoint='weights/resnext101_32x8d-1516f1aa.pth'),
    ),
)
