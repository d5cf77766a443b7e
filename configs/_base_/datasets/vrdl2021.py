# The VRDL 2021 nuclei: 24 training and 6 test H&E tiles of 1000 x 1000 pixels at 40x.
# Made by `python tools/convert.py vrdl2021 dataset.zip data/vrdl2021 --val 0.2`.
data_root = 'data/vrdl2021/'
images = dict(img='images/')

# A crop of 256 pixels holds 40 nuclei on average: small enough for a CPU, large enough for context.
train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='RandomCrop',
        crop_size=(256, 256),
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
    # Tissue has no up or down: all eight ways to lay a tile.
    dict(type='mmnuc.RandomRotate90'),
    dict(
        type='RandomFlip',
        prob=[0.25, 0.25, 0.25],
        direction=['horizontal', 'vertical', 'diagonal'],
    ),
    # Stain and scanner differ between hospitals; hue moves less than mmdet's 18 because pink
    # and purple are what tells eosin from hematoxylin.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.7, 1.3),
        saturation_range=(0.7, 1.3),
        hue_delta=9,
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

# COCO's AP at 100 detections an image, as the board counts, and without a cap, which is what to
# compare models by: 100 detections are a third of the nuclei of an average tile.
val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'val.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'val.json'),
]
test_evaluator = dict(
    type='mmnuc.VRDL2021Submission',
    ann_file=data_root + 'test.json',
    outfile='answer.json',  # in the work folder
)
