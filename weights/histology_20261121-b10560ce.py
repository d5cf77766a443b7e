auto_scale_lr = dict(base_batch_size=4, enable=False)
channels = 128
custom_hooks = [
    dict(type='mmnuc.RandomStateHook'),
    dict(type='mmnuc.InterruptionHook'),
    dict(
        chain=[
            dict(iou_threshold=0.1, method='linear', type='mmnuc.SoftMaskNMS'),
        ],
        type='mmnuc.PostProcessHook'),
    dict(
        begin_iter=200,
        ema_type='ExponentialMovingAverage',
        momentum=0.002,
        type='EMAHook',
        update_buffers=True),
]
data_root = 'data/vrdl2021/'
decay = 1500
default_hooks = dict(
    checkpoint=dict(
        by_epoch=False,
        interval=100,
        max_keep_ckpts=3,
        rule='greater',
        save_best='coco/segm_mAP_50',
        type='CheckpointHook'),
    logger=dict(
        interval=20, log_metric_by_epoch=False, type='mmnuc.ProgressHook'),
    param_scheduler=dict(type='ParamSchedulerHook'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    timer=dict(type='IterTimerHook'),
    visualization=dict(type='DetVisualizationHook'))
default_scope = 'mmdet'
diameter = 21.4
ema = dict(
    begin_iter=200,
    ema_type='ExponentialMovingAverage',
    momentum=0.002,
    type='EMAHook',
    update_buffers=True)
env_cfg = dict(
    cudnn_benchmark=False,
    dist_cfg=dict(backend='nccl'),
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
from_scratch = False
images = dict(img='images/')
log_level = 'INFO'
log_processor = dict(by_epoch=False, type='LogProcessor', window_size=20)
max_iters = 6000
model = dict(
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        init_cfg=None,
        norm_cfg=dict(requires_grad=True, type='BN'),
        norm_eval=False,
        num_stages=4,
        out_indices=(
            0,
            1,
            2,
            3,
        ),
        style='pytorch',
        type='ResNet'),
    data_preprocessor=dict(
        bgr_to_rgb=True,
        mean=[
            123.675,
            116.28,
            103.53,
        ],
        pad_mask=True,
        pad_size_divisor=32,
        std=[
            58.395,
            57.12,
            57.375,
        ],
        type='DetDataPreprocessor'),
    neck=dict(
        in_channels=[
            64,
            128,
            256,
            512,
        ],
        num_outs=5,
        out_channels=128,
        type='FPN'),
    roi_head=dict(
        bbox_head=dict(
            bbox_coder=dict(
                target_means=[
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                ],
                target_stds=[
                    0.1,
                    0.1,
                    0.2,
                    0.2,
                ],
                type='DeltaXYWHBBoxCoder'),
            fc_out_channels=512,
            in_channels=128,
            loss_bbox=dict(loss_weight=1.0, type='L1Loss'),
            loss_cls=dict(
                loss_weight=1.0, type='CrossEntropyLoss', use_sigmoid=False),
            num_classes=1,
            reg_class_agnostic=False,
            roi_feat_size=7,
            type='Shared2FCBBoxHead'),
        bbox_roi_extractor=dict(
            featmap_strides=[
                4,
                8,
                16,
                32,
            ],
            finest_scale=28,
            out_channels=128,
            roi_layer=dict(output_size=7, sampling_ratio=2, type='RoIAlign'),
            type='SingleRoIExtractor'),
        mask_head=dict(
            conv_out_channels=128,
            in_channels=128,
            loss_mask=dict(
                loss_weight=1.0, type='CrossEntropyLoss', use_mask=True),
            num_classes=1,
            num_convs=2,
            type='mmnuc.CropFCNMaskHead'),
        mask_iou_head=dict(
            conv_out_channels=64,
            fc_out_channels=256,
            in_channels=128,
            num_classes=1,
            num_convs=2,
            num_fcs=2,
            roi_feat_size=14,
            type='mmnuc.BoundedMaskIoUHead'),
        mask_roi_extractor=dict(
            featmap_strides=[
                4,
                8,
                16,
                32,
            ],
            finest_scale=28,
            out_channels=128,
            roi_layer=dict(output_size=14, sampling_ratio=2, type='RoIAlign'),
            type='SingleRoIExtractor'),
        type='mmnuc.CropMaskScoringRoIHead'),
    rpn_head=dict(
        anchor_generator=dict(
            ratios=[
                0.5,
                1.0,
                2.0,
            ],
            scales=[
                3,
                4.5,
            ],
            strides=[
                4,
                8,
                16,
                32,
                64,
            ],
            type='AnchorGenerator'),
        bbox_coder=dict(
            target_means=[
                0.0,
                0.0,
                0.0,
                0.0,
            ],
            target_stds=[
                1.0,
                1.0,
                1.0,
                1.0,
            ],
            type='DeltaXYWHBBoxCoder'),
        feat_channels=128,
        in_channels=128,
        loss_bbox=dict(loss_weight=1.0, type='L1Loss'),
        loss_cls=dict(
            loss_weight=1.0, type='CrossEntropyLoss', use_sigmoid=True),
        type='mmnuc.DenseRPNHead'),
    test_cfg=dict(
        rcnn=dict(
            mask_thr_binary=0.4,
            max_per_img=5000,
            nms=dict(iou_threshold=0.5, type='nms'),
            score_thr=0.05),
        rpn=dict(
            max_per_img=10000,
            min_bbox_size=0,
            nms=dict(iou_threshold=0.7, type='nms'),
            nms_pre=20000,
            score_thr=0.7)),
    train_cfg=dict(
        rcnn=dict(
            assigner=dict(
                ignore_iof_thr=-1,
                match_low_quality=True,
                min_pos_iou=0.5,
                neg_iou_thr=0.5,
                pos_iou_thr=0.5,
                type='MaxIoUAssigner'),
            debug=False,
            mask_size=28,
            mask_thr_binary=0.4,
            pos_weight=-1,
            sampler=dict(
                add_gt_as_proposals=True,
                neg_pos_ub=-1,
                num=128,
                pos_fraction=0.5,
                type='RandomSampler')),
        rpn=dict(
            allowed_border=-1,
            assigner=dict(
                ignore_iof_thr=-1,
                match_low_quality=True,
                min_pos_iou=0.3,
                neg_iou_thr=0.3,
                pos_iou_thr=0.7,
                type='MaxIoUAssigner'),
            debug=False,
            pos_weight=-1,
            sampler=dict(
                add_gt_as_proposals=False,
                neg_pos_ub=-1,
                num=256,
                pos_fraction=0.5,
                type='RandomSampler')),
        rpn_proposal=dict(
            max_per_img=1000,
            min_bbox_size=0,
            nms=dict(iou_threshold=0.7, type='nms'),
            nms_pre=1000)),
    type='MaskScoringRCNN')
optim_wrapper = dict(
    clip_grad=dict(max_norm=10, norm_type=2),
    optimizer=dict(lr=0.0006, type='AdamW', weight_decay=0.05),
    type='OptimWrapper')
param_scheduler = [
    dict(begin=0, by_epoch=False, end=100, start_factor=0.01, type='LinearLR'),
    dict(
        T_max=1500,
        begin=4500,
        by_epoch=False,
        end=6000,
        eta_min_ratio=0.01,
        type='CosineAnnealingLR'),
]
pixel_size = 0.25
randomness = dict(seed=0)
side = 256
test_cfg = dict(type='TestLoop')
test_dataloader = dict(
    batch_size=1,
    dataset=dict(
        ann_file='test.json',
        data_prefix=dict(img='images/'),
        data_root='data/vrdl2021/',
        pipeline=[
            dict(type='mmnuc.LoadNucleiImage'),
            dict(
                meta_keys=(
                    'img_id',
                    'img_path',
                    'ori_shape',
                    'img_shape',
                    'scale_factor',
                ),
                type='PackDetInputs'),
        ],
        test_mode=True,
        type='mmnuc.NucleiDataset'),
    num_workers=1,
    sampler=dict(shuffle=False, type='DefaultSampler'))
test_evaluator = dict(
    ann_file='data/vrdl2021/test.json',
    outfile='answer.json',
    type='mmnuc.VRDL2021Submission')
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(
        meta_keys=(
            'img_id',
            'img_path',
            'ori_shape',
            'img_shape',
            'scale_factor',
        ),
        type='PackDetInputs'),
]
train_cfg = dict(max_iters=6000, type='IterBasedTrainLoop', val_interval=1000)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        ann_file='train.json',
        data_prefix=dict(img='images/'),
        data_root='data/vrdl2021/',
        pipeline=[
            dict(type='mmnuc.LoadNucleiImage'),
            dict(
                type='mmnuc.LoadNucleiAnnotations',
                with_bbox=True,
                with_mask=True),
            dict(
                transforms=[
                    [
                        dict(
                            allow_negative_crop=True,
                            crop_size=(
                                192,
                                192,
                            ),
                            recompute_bbox=True,
                            type='RandomCrop'),
                        dict(scale=(
                            256,
                            256,
                        ), type='Resize'),
                    ],
                    [
                        dict(
                            allow_negative_crop=True,
                            crop_size=(
                                224,
                                224,
                            ),
                            recompute_bbox=True,
                            type='RandomCrop'),
                        dict(scale=(
                            256,
                            256,
                        ), type='Resize'),
                    ],
                    [
                        dict(
                            allow_negative_crop=True,
                            crop_size=(
                                256,
                                256,
                            ),
                            recompute_bbox=True,
                            type='RandomCrop'),
                        dict(scale=(
                            256,
                            256,
                        ), type='Resize'),
                    ],
                    [
                        dict(
                            allow_negative_crop=True,
                            crop_size=(
                                288,
                                288,
                            ),
                            recompute_bbox=True,
                            type='RandomCrop'),
                        dict(scale=(
                            256,
                            256,
                        ), type='Resize'),
                    ],
                    [
                        dict(
                            allow_negative_crop=True,
                            crop_size=(
                                320,
                                320,
                            ),
                            recompute_bbox=True,
                            type='RandomCrop'),
                        dict(scale=(
                            256,
                            256,
                        ), type='Resize'),
                    ],
                ],
                type='RandomChoice'),
            dict(
                by_mask=True,
                keep_empty=False,
                min_gt_bbox_wh=(
                    2,
                    2,
                ),
                min_gt_mask_area=10,
                type='FilterAnnotations'),
            dict(type='mmnuc.RandomQuarterTurn'),
            dict(
                direction=[
                    'horizontal',
                    'vertical',
                    'diagonal',
                ],
                prob=[
                    0.25,
                    0.25,
                    0.25,
                ],
                type='RandomFlip'),
            dict(factor=0.1, offset=0.05, prob=0.5, type='mmnuc.HEDJitter'),
            dict(
                brightness_delta=32,
                contrast_range=(
                    0.7,
                    1.3,
                ),
                hue_delta=9,
                saturation_range=(
                    0.7,
                    1.3,
                ),
                type='PhotoMetricDistortion'),
            dict(type='PackDetInputs'),
        ],
        type='mmnuc.NucleiDataset'),
    num_workers=2,
    persistent_workers=True,
    sampler=dict(shuffle=True, type='InfiniteSampler'))
train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    dict(
        transforms=[
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        192,
                        192,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
                dict(scale=(
                    256,
                    256,
                ), type='Resize'),
            ],
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        224,
                        224,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
                dict(scale=(
                    256,
                    256,
                ), type='Resize'),
            ],
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        256,
                        256,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
                dict(scale=(
                    256,
                    256,
                ), type='Resize'),
            ],
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        288,
                        288,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
                dict(scale=(
                    256,
                    256,
                ), type='Resize'),
            ],
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        320,
                        320,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
                dict(scale=(
                    256,
                    256,
                ), type='Resize'),
            ],
        ],
        type='RandomChoice'),
    dict(
        by_mask=True,
        keep_empty=False,
        min_gt_bbox_wh=(
            2,
            2,
        ),
        min_gt_mask_area=10,
        type='FilterAnnotations'),
    dict(type='mmnuc.RandomQuarterTurn'),
    dict(
        direction=[
            'horizontal',
            'vertical',
            'diagonal',
        ],
        prob=[
            0.25,
            0.25,
            0.25,
        ],
        type='RandomFlip'),
    dict(factor=0.1, offset=0.05, prob=0.5, type='mmnuc.HEDJitter'),
    dict(
        brightness_delta=32,
        contrast_range=(
            0.7,
            1.3,
        ),
        hue_delta=9,
        saturation_range=(
            0.7,
            1.3,
        ),
        type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
val_cfg = dict(type='ValLoop')
val_dataloader = dict(
    batch_size=1,
    dataset=dict(
        ann_file='val.json',
        data_prefix=dict(img='images/'),
        data_root='data/vrdl2021/',
        pipeline=[
            dict(type='mmnuc.LoadNucleiImage'),
            dict(
                meta_keys=(
                    'img_id',
                    'img_path',
                    'ori_shape',
                    'img_shape',
                    'scale_factor',
                ),
                type='PackDetInputs'),
        ],
        test_mode=True,
        type='mmnuc.NucleiDataset'),
    num_workers=1,
    persistent_workers=True,
    sampler=dict(shuffle=False, type='DefaultSampler'))
val_evaluator = [
    dict(
        ann_file='data/vrdl2021/val.json',
        draws=200,
        type='mmnuc.DenseCocoMetric'),
    dict(ann_file='data/vrdl2021/val.json', type='mmnuc.NucleiMetric'),
]
visualizer = dict(
    name='visualizer',
    type='mmnuc.InstanceVisualizer',
    vis_backends=[
        dict(type='LocalVisBackend'),
    ])
