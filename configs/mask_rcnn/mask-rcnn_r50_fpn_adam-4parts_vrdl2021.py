# R50-FPN as in torchvision, trained on VRDL 2021 tiles cut in 4 parts, with Adam.
# Training sees the parts; a test sees the whole tile at the parts' scale, so that no nucleus is
# cut by a seam. tools/test.py --tile 500 tests the parts and mends what they cut.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mask-rcnn_r50_fpn.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/vrdl2021.py',
    '../_base_/schedules/adam_80e.py',
]

model = _base_.dense_nuclei
default_hooks = dict(checkpoint=dict(by_epoch=True, interval=5))
log_processor = dict(by_epoch=True)

train_dataloader = dict(
    batch_size=2,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        _delete_=True,
        type='RepeatDataset',
        times=4,
        dataset=dict(
            type='mmnuc.NucleiDataset',
            data_root=_base_.data_root,
            ann_file='train.json',
            data_prefix=_base_.images,
            pipeline=[
                dict(type='mmnuc.LoadNucleiImage'),
                dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
                dict(type='mmnuc.GridCrop', parts=4),
                # A part may keep a box's corner and none of its nucleus.
                dict(
                    type='FilterAnnotations',
                    min_gt_bbox_wh=(2, 2),
                    by_mask=True,
                    min_gt_mask_area=10,
                    keep_empty=False,
                ),
                # torchvision enlarges every input to a shorter side of 800.
                dict(type='Resize', scale=(1333, 800), keep_ratio=True),
                dict(type='RandomFlip', prob=0.5),
                dict(type='PackDetInputs'),
            ],
        ),
    ),
)
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='Resize', scale_factor=1.6, keep_ratio=True),  # a part of 500 pixels became 800
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
