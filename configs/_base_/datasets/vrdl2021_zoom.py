# The VRDL 2021 nuclei, seen from nearer and farther: pieces of 192 to 320 pixels, each as 256.
_base_ = './vrdl2021.py'

side = 256
train_pipeline = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='RandomChoice',
        transforms=[
            [
                dict(
                    type='RandomCrop',
                    crop_size=(piece, piece),
                    allow_negative_crop=True,  # background teaches too
                    recompute_bbox=True,  # boxes of cut nuclei hug what is left of them
                ),
                dict(type='Resize', scale=(side, side)),
            ]
            for piece in (192, 224, 256, 288, 320)
        ],
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
    dict(type='mmnuc.RandomQuarterTurn'),
    dict(
        type='RandomFlip',
        prob=[0.25, 0.25, 0.25],
        direction=['horizontal', 'vertical', 'diagonal'],
    ),
    # Stain and scanner differ between hospitals.
    dict(type='mmnuc.HEDJitter', factor=0.1, offset=0.05, prob=0.5),
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.7, 1.3),
        saturation_range=(0.7, 1.3),
        hue_delta=9,
    ),
    dict(type='PackDetInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
