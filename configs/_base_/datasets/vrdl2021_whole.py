# VRDL 2021 tiles in one piece, for models on a GPU.
_base_ = './vrdl2021.py'

train_dataloader = dict(
    batch_size=1,
    dataset=dict(
        pipeline=[
            dict(type='mmnuc.LoadNucleiImage'),
            dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
            dict(type='Resize', scale=(1333, 1000), keep_ratio=True),
            dict(type='RandomFlip', prob=0.5),  # as Detectron2 does by default
            dict(type='PackDetInputs'),
        ]
    ),
)
