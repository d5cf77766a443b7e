# X101-32x8d-FPN with the place of mmdet's COCO weights, of the 3x schedule:
#     load_from = [*_base_.weights_source][-1]
# The line is the experiment's: the runtime sets this key already, and two bases may not share one.
_base_ = './mask-rcnn_x101-32x8d_fpn.py'

weights_source = {
    'weights/mask_rcnn_x101_32x8d_fpn_mstrain-poly_3x_coco_20210607_161042-8bd2c639.pth': (
        'https://download.openmmlab.com/mmdetection/v2.0/mask_rcnn/'
        'mask_rcnn_x101_32x8d_fpn_mstrain-poly_3x_coco/'
        'mask_rcnn_x101_32x8d_fpn_mstrain-poly_3x_coco_20210607_161042-8bd2c639.pth'
    ),
}
