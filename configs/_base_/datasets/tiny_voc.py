# Tiny PASCAL VOC: 1,349 training and 100 test images, 20 classes, polygons.
# Unpacked as published: pascal_train.json, test.json, train_images/, test_images/.
data_root = 'data/tiny_voc/'

train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    # Detectron2's default: the shorter side is one of these.
    dict(
        type='RandomChoiceResize',
        scales=[(1333, side) for side in (640, 672, 704, 736, 768, 800)],
        keep_ratio=True,
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]

train_set = dict(
    type='mmnuc.TinyVOCDataset',
    data_root=data_root,
    ann_file='pascal_train.json',
    data_prefix=dict(img='train_images/'),
)
train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        # The last 100 images choose the best checkpoint; the reference trains on all 1,349:
        # --cfg-options train_dataloader.dataset.indices=None
        indices=1249,
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=train_pipeline,
        **train_set,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(indices=-100, test_mode=True, pipeline=test_pipeline, **train_set),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmnuc.TinyVOCDataset',
        data_root=data_root,
        ann_file='test.json',
        data_prefix=dict(img='test_images/'),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)

val_evaluator = dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'pascal_train.json')
test_evaluator = dict(
    type='mmnuc.TinyVOCSubmission',
    ann_file=data_root + 'test.json',
    outfile='submission.json',  # in the work folder
)
