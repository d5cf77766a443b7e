# The R50 experiment with 4 parts, with a deeper backbone.
_base_ = './mask-rcnn_r50_fpn_adam-4parts_vrdl2021.py'

weights_source = {
    'weights/resnet101-63fe2227.pth': 'https://download.pytorch.org/models/resnet101-63fe2227.pth',
}
model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint='weights/resnet101-63fe2227.pth')),
)
