# R50-FPN with 51 more layers in the fourth block.
_base_ = 'mmdet::_base_/models/mask-rcnn_r50_fpn.py'

weights_source = {
    'weights/resnet101-63fe2227.pth': 'https://download.pytorch.org/models/resnet101-63fe2227.pth',
}
model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint='weights/resnet101-63fe2227.pth')),
)
