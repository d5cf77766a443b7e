# PointRend's mask head on the light model, from scratch.
_base_ = '../mask_rcnn/mask-rcnn_r18_fpn-light_6k_vrdl2021.py'

channels = _base_.channels

model = dict(
    type='PointRend',
    roi_head=dict(
        type='mmnuc.CropPointRendRoIHead',
        mask_roi_extractor=dict(
            _delete_=True,
            type='GenericRoIExtractor',
            aggregation='concat',
            roi_layer=dict(type='SimpleRoIAlign', output_size=14),
            out_channels=channels,
            featmap_strides=[4],
        ),
        mask_head=dict(
            _delete_=True,
            type='mmnuc.CropCoarseMaskHead',
            num_fcs=2,
            in_channels=channels,
            conv_out_channels=channels,
            fc_out_channels=512,
            num_classes=1,
            loss_mask=dict(type='CrossEntropyLoss', use_mask=True, loss_weight=1.0),
        ),
        point_head=dict(
            type='MaskPointHead',
            num_fcs=3,
            in_channels=channels,
            fc_channels=channels,
            num_classes=1,
            coarse_pred_each_layer=True,
            loss_point=dict(type='CrossEntropyLoss', use_mask=True, loss_weight=1.0),
        ),
    ),
    train_cfg=dict(
        rcnn=dict(
            mask_size=7,
            num_points=14 * 14,
            oversample_ratio=3,
            importance_sample_ratio=0.75,
        )
    ),
    # Up to 28 x 28, as the other heads: half of all nuclei are under 20 pixels wide (mmdet: 224).
    test_cfg=dict(
        rcnn=dict(subdivision_steps=2, subdivision_num_points=14 * 14, scale_factor=2),
    ),
)
