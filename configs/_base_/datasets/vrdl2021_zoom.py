# The VRDL 2021 nuclei, seen from nearer and farther: pieces of 192 to 320 pixels, each as 256.
_base_ = './vrdl2021.py'

side = 256
# Of vrdl2021.py: load image and annotations, crop, filter, turn, flip, change colours, pack.
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(
        type='RandomChoice',
        transforms=[
            [
                dict(_base_.train_pipeline[2], crop_size=(piece, piece)),
                dict(type='Resize', scale=(side, side)),
            ]
            for piece in (192, 224, 256, 288, 320)
        ],
    ),
    *_base_.train_pipeline[3:6],
    # Stain and scanner differ between hospitals.
    dict(type='mmnuc.HEDJitter', factor=0.1, offset=0.05, prob=0.5),
    *_base_.train_pipeline[6:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
