# mmdet's Mask R-CNN R50-FPN, with the ImageNet weights from a local file instead of a download.
_base_ = 'mmdet::_base_/models/mask-rcnn_r50_fpn.py'

weights_source = {
    'weights/resnet50-0676ba61.pth': 'https://download.pytorch.org/models/resnet50-0676ba61.pth',
}
model = dict(backbone=dict(init_cfg=dict(checkpoint='weights/resnet50-0676ba61.pth')))
