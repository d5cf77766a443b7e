# Stained tissue of three sources: VRDL 2021 (many organs and hospitals), CoNSeP (colon, another
# laboratory), and what is stained or in bright field in the Data Science Bowl. Made by
#   mmnuc convert vrdl2021 vrdl2021_dataset.zip data/vrdl2021 --folds 4
#   mmnuc convert label-maps CoNSeP/Train data/consep --images Images --labels Labels \
#       --pixel-size 0.25 --folds 4
#   mmnuc convert dsb2018 stage1_train.zip data/dsb2018 --folds 4
_base_ = './nuclei.py'

# train.json holds all images of a set, train_0.json all but those of the first fold.
train_file, val_file = 'train.json', 'val_0.json'
# What images are brought to before the model sees them; the median nucleus of the three sources.
pixel_size = 0.25
diameter = 20.0

side = 256
# Of nuclei.py: load image and annotations, crop, filter, turn, flip, pack.
train_pipeline = [
    *_base_.train_pipeline[:2],
    # Seen from 2.5 times as near to 2.3 times as far, mostly as it is.
    dict(
        type='RandomChoice',
        transforms=[
            [
                dict(_base_.train_pipeline[2], crop_size=(piece, piece)),
                dict(type='Resize', scale=(side, side)),
            ]
            for piece in (104, 144, 176, 208, 240, 256, 288, 320, 384, 464, 576)
        ],
        prob=[0.04, 0.06, 0.1, 0.12, 0.14, 0.16, 0.12, 0.1, 0.07, 0.05, 0.04],
    ),
    *_base_.train_pipeline[3:6],
    dict(type='mmnuc.NegativePiece', prob=0.02),
    dict(type='mmnuc.RandomGamma', gamma=(0.7, 1.4), prob=0.3),
    dict(type='mmnuc.HEDJitter', factor=0.2, offset=0.05, prob=0.7),
    dict(type='mmnuc.RandomBlur', sigma=(0.3, 1.8), prob=0.2),
    dict(type='mmnuc.RandomNoise', sigma=(2, 12), prob=0.15),
    dict(type='mmnuc.RandomJPEG', quality=(30, 90), prob=0.25),
    # Last, for it leaves fractions.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.7, 1.3),
        saturation_range=(0.6, 1.4),
        hue_delta=12,
    ),
    _base_.train_pipeline[6],
]

vrdl2021 = dict(
    type='mmnuc.NucleiDataset',
    data_root='data/vrdl2021/',
    ann_file=train_file,
    data_prefix=dict(img='images/'),
    pipeline=train_pipeline,
)
consep = dict(vrdl2021, data_root='data/consep/')
dsb2018 = dict(vrdl2021, data_root='data/dsb2018/', kinds=('histology', 'bright field'))
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        # Tiles of 1,000 x 1,000 are seen more often than images of 256 x 256.
        datasets=[
            dict(type='RepeatDataset', times=6, dataset=vrdl2021),
            dict(type='RepeatDataset', times=5, dataset=consep),
            dsb2018,
        ],
    )
)
val_dataloader = dict(dataset=dict(data_root='data/vrdl2021/', ann_file=val_file))
test_dataloader = dict(dataset=dict(data_root='data/vrdl2021/'))

val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file='data/vrdl2021/' + val_file, n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file='data/vrdl2021/' + val_file),
]
test_evaluator = dict(
    type='mmnuc.VRDL2021Submission',
    ann_file='data/vrdl2021/test.json',
    outfile='answer.json',  # in the work folder
)
