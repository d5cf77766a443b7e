# Data Science Bowl 2018: 664 images of 256 x 256 to 1388 x 1040 pixels, fluorescence and stained.
# Made by `python tools/convert.py dsb2018 stage1_train.zip data/dsb2018 --val 0.2`.
data_root = 'data/dsb2018/'
images = dict(img='images/')

train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    # Nuclei of 10 to 200 pixels, by microscope: the model must not rely on their size.
    dict(
        type='RandomChoice',
        transforms=[
            [dict(type='Resize', scale_factor=factor, keep_ratio=True)]
            for factor in (0.5, 0.75, 1.0, 1.5)
        ],
    ),
    dict(
        type='RandomCrop',
        crop_size=(256, 256),
        allow_negative_crop=True,
        recompute_bbox=True,
    ),
    dict(
        type='FilterAnnotations',
        min_gt_bbox_wh=(2, 2),
        by_mask=True,
        min_gt_mask_area=10,
        keep_empty=False,
    ),
    dict(type='mmnuc.RandomRotate90'),
    dict(
        type='RandomFlip',
        prob=[0.25, 0.25, 0.25],
        direction=['horizontal', 'vertical', 'diagonal'],
    ),
    # No hue: most images are grey.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.7, 1.3),
        saturation_range=(0.7, 1.3),
        hue_delta=0,
    ),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmnuc.NucleiDataset',
        data_root=data_root,
        ann_file='train.json',
        data_prefix=images,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmnuc.NucleiDataset',
        data_root=data_root,
        ann_file='val.json',
        data_prefix=images,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
# The published masks are those of the first stage's training images; the images set aside are
# the test set too, scored and written as the board wants them.
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'val.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'val.json'),
]
test_evaluator = [
    *val_evaluator,
    dict(
        type='mmnuc.DSB2018Submission',
        ann_file=data_root + 'val.json',
        outfile='submission.csv',  # in the work folder
    ),
]
