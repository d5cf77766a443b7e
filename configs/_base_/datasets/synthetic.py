# Synthetic H&E tiles, with their truth for the test tiles too.
# Made by `python tools/convert.py synthetic data/synthetic`, or by `make demo` in its work folder.
data_root = 'data/synthetic/'
images = dict(img='images/')

# A crop of 160 pixels holds 20 nuclei on average; in the minutes of a CPU demo, more iterations
# teach more than larger crops.
train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='RandomCrop',
        crop_size=(160, 160),
        allow_negative_crop=True,  # background teaches too
        recompute_bbox=True,  # boxes of cut nuclei hug what is left of them
    ),
    # A crop may keep a box's corner and none of its nucleus, or a sliver of a few pixels.
    dict(
        type='FilterAnnotations',
        min_gt_bbox_wh=(2, 2),
        by_mask=True,
        min_gt_mask_area=10,
        keep_empty=False,
    ),
    dict(
        type='RandomFlip',
        prob=[0.25, 0.25, 0.25],
        direction=['horizontal', 'vertical', 'diagonal'],
    ),
    # Mild: every tile already has stains and a scanner of its own.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=16,
        contrast_range=(0.85, 1.15),
        saturation_range=(0.85, 1.15),
        hue_delta=5,
    ),
    dict(type='PackDetInputs'),
]
# The truth is loaded to be drawn beside the prediction; the scores read it from the json.
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=1,  # a crop takes a hundredth of its training step
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
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmnuc.NucleiDataset',
        data_root=data_root,
        ann_file='test.json',
        data_prefix=images,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)

val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'val.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'val.json'),
]
test_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'test.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'test.json'),
    dict(
        type='mmnuc.VRDL2021Submission',
        ann_file=data_root + 'test.json',
        outfile='answer.json',  # in the work folder
    ),
]
