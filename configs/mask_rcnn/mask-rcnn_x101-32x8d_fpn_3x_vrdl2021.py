# X101-32x8d-FPN with COCO weights of the 3x schedule, fine-tuned on the VRDL 2021 nuclei with the
# sizes and the shape of that schedule. `_5k_` is the tuned one.
# The reference names the schedule and no numbers; batch, rate and length are scaled from it.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mask-rcnn_x101-32x8d_fpn_coco.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/vrdl2021_whole.py',
    '../_base_/schedules/detectron2_sgd.py',
]

load_from = [*_base_.weights_source][-1]  # mmdet's COCO weights
model = _base_.dense_nuclei
model.backbone = dict(init_cfg=None)  # the COCO weights hold the backbone

# Detectron2's default: the shorter side is one of these, 800 in a test.
train_dataloader = dict(
    batch_size=2,
    dataset=dict(
        pipeline=[
            dict(type='mmnuc.LoadNucleiImage'),
            dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
            dict(
                type='RandomChoiceResize',
                scales=[(1333, side) for side in (640, 672, 704, 736, 768, 800)],
                keep_ratio=True,
            ),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PackDetInputs'),
        ]
    ),
)
test_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

max_iters = 5000
train_cfg = dict(max_iters=max_iters, val_interval=500)
# 3x: 0.02 for 16 images, so 0.0025 for 2; drops after 7/9 and 25/27 of the training.
optim_wrapper = dict(optimizer=dict(lr=0.0025))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=1000),
    dict(
        type='MultiStepLR',
        by_epoch=False,
        begin=0,
        end=max_iters,
        milestones=[max_iters * 7 // 9, max_iters * 25 // 27],
        gamma=0.1,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=2)
