# The R50 experiment with 4 parts, but tiles cut in 16: smaller, and enlarged twice as much.
_base_ = './mask-rcnn_r50_fpn_adam-4parts_vrdl2021.py'

train_dataloader = dict(
    dataset=dict(
        times=16,
        dataset=dict(
            pipeline=[
                dict(step, parts=16) if step.type == 'mmnuc.GridCrop' else step
                for step in _base_.train_dataloader.dataset.dataset.pipeline
            ],
        ),
    ),
)
test_pipeline = [
    _base_.test_pipeline[0],
    dict(_base_.test_pipeline[1], scale_factor=3.2),  # a part of 250 pixels became 800
    _base_.test_pipeline[2],
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
