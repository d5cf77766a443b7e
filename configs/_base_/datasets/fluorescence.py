# Nuclei of any look: all kinds of the Data Science Bowl 2018, whose images are free to use; those
# that shine are seen as they are, inverted and coloured. Made by
#   mmnuc convert dsb2018 stage1_train.zip data/dsb2018 --folds 4
_base_ = './nuclei.py'

# train.json holds all images, train_0.json all but those of the first fold.
train_file, val_file = 'train.json', 'val_0.json'
# The diameter of a typical nucleus in pixels: the median of the medians of the images, which reach
# from 7 to 94. Their microscopes are not known, and so is the size of a pixel.
diameter = 18.5

side = 256
# Of nuclei.py: load image and annotations, crop, filter, turn, flip, pack.
train_pipeline = [
    *_base_.train_pipeline[:2],
    # Seen from 2.5 times as near to 2.5 times as far: most images are no larger than a piece, so
    # farther means a smaller image.
    dict(
        type='RandomChoice',
        transforms=[
            *[
                [
                    dict(_base_.train_pipeline[2], crop_size=(piece, piece)),
                    dict(type='Resize', scale=(side, side)),
                ]
                for piece in (104, 144, 192, 256, 320, 416)
            ],
            *[
                [
                    dict(type='Resize', scale_factor=factor, keep_ratio=True),
                    _base_.train_pipeline[2],
                ]
                for factor in (0.4, 0.55, 0.75)
            ],
        ],
        prob=[0.06, 0.12, 0.16, 0.2, 0.12, 0.1, 0.06, 0.08, 0.1],
    ),
    *_base_.train_pipeline[3:6],
    dict(type='mmnuc.NegativePiece', prob=0.02),
    dict(type='mmnuc.RandomInvert', prob=0.15),
    dict(type='mmnuc.RandomTint', prob=0.15),
    dict(type='mmnuc.RandomGamma', gamma=(0.5, 1.8), prob=0.4),
    dict(type='mmnuc.HEDJitter', factor=0.2, offset=0.05, prob=0.3),
    dict(type='mmnuc.RandomBlur', sigma=(0.3, 2.0), prob=0.2),
    dict(type='mmnuc.RandomNoise', sigma=(2, 15), prob=0.2),
    dict(type='mmnuc.RandomJPEG', quality=(30, 90), prob=0.15),
    # Last, for it leaves fractions. No hue: most images are grey.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.6, 1.4),
        saturation_range=(0.7, 1.3),
        hue_delta=0,
    ),
    _base_.train_pipeline[6],
]

dsb2018 = dict(
    type='mmnuc.NucleiDataset',
    data_root='data/dsb2018/',
    ann_file=train_file,
    data_prefix=dict(img='images/'),
    pipeline=train_pipeline,
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        # A fifth of the images is stained or in bright field, and the hardest: seen twice as often.
        datasets=[dsb2018, dict(dsb2018, kinds=('histology', 'bright field'))],
    )
)
val_dataloader = dict(dataset=dict(data_root='data/dsb2018/', ann_file=val_file))
test_dataloader = dict(
    persistent_workers=True,
    dataset=dict(data_root='data/dsb2018/', ann_file=val_file),
)

val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file='data/dsb2018/' + val_file, n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file='data/dsb2018/' + val_file),
]
test_evaluator = [
    *val_evaluator,
    dict(
        type='mmnuc.DSB2018Submission',
        ann_file='data/dsb2018/' + val_file,
        outfile='submission.csv',  # in the work folder
    ),
]
