# Mask Scoring R-CNN on the light model, from scratch: a score says how well the mask fits, too.
_base_ = '../mask_rcnn/mask-rcnn_r18_fpn-light_6k_vrdl2021.py'

channels = _base_.channels

model = dict(
    type='MaskScoringRCNN',
    roi_head=dict(
        type='mmnuc.CropMaskScoringRoIHead',
        mask_iou_head=dict(
            type='mmnuc.BoundedMaskIoUHead',
            # Half the layers and channels of mmdet's, which take longer than the masks.
            num_convs=2,
            num_fcs=2,
            roi_feat_size=14,
            in_channels=channels,
            conv_out_channels=channels // 2,
            fc_out_channels=256,
            num_classes=1,
        ),
    ),
    # The masks whose fit is learnt are those that are given.
    train_cfg=dict(rcnn=dict(mask_thr_binary=0.4)),
)
