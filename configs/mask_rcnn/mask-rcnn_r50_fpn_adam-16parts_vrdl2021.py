# The R50 experiment with 4 parts, but tiles cut in 16: smaller, and enlarged twice as much.
_base_ = './mask-rcnn_r50_fpn_adam-4parts_vrdl2021.py'

train_dataloader = dict(
    dataset=dict(
        times=16,
        dataset=dict(
            pipeline=[
                dict(type='mmnuc.LoadNucleiImage'),
                dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
                dict(type='mmnuc.GridCrop', parts=16),
                dict(
                    type='FilterAnnotations',
                    min_gt_bbox_wh=(2, 2),
                    by_mask=True,
                    min_gt_mask_area=10,
                    keep_empty=False,
                ),
                dict(type='Resize', scale=(1333, 800), keep_ratio=True),
                dict(type='RandomFlip', prob=0.5),
                dict(type='PackDetInputs'),
            ],
        ),
    ),
)
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='Resize', scale_factor=3.2, keep_ratio=True),  # a part of 250 pixels became 800
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
