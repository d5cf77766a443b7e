# What data sets of nuclei have in common: COCO json beside a folder of images, crops to learn from,
# whole images to test.
# A data set is a child of this: where it lies (`data_root`, said to each loader), what its images
# ask for in training, how it is scored and handed in.
images = dict(img='images/')

# A crop of 256 pixels is small enough for a CPU and large enough for context.
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
        ann_file='test.json',
        data_prefix=images,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
