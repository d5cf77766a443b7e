# Data Science Bowl 2018: 664 images of 256 x 256 to 1388 x 1040 pixels, fluorescence and stained.
# Made by `python tools/convert.py dsb2018 stage1_train.zip data/dsb2018 --val 0.2`.
_base_ = './nuclei.py'

data_root = 'data/dsb2018/'
# The diameter of a typical nucleus in pixels, that of a circle of its area: the median of the
# medians of the 532 images trained on, which reach from 7 to 94. Their microscopes are not known,
# and so is the size of a pixel.
diameter = 18.5

# Of nuclei.py: load image and annotations, crop, filter, turn, flip, pack.
train_pipeline = [
    *_base_.train_pipeline[:2],
    # Nuclei of 10 to 200 pixels, by microscope: the model must not rely on their size.
    dict(
        type='RandomChoice',
        transforms=[
            [dict(type='Resize', scale_factor=factor, keep_ratio=True)]
            for factor in (0.5, 0.75, 1.0, 1.5)
        ],
    ),
    *_base_.train_pipeline[2:6],
    # No hue: most images are grey.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.7, 1.3),
        saturation_range=(0.7, 1.3),
        hue_delta=0,
    ),
    _base_.train_pipeline[6],
]

train_dataloader = dict(dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root=data_root))
# The published masks are those of the first stage's training images; the images set aside are
# the test set too, scored and written as the board wants them.
test_dataloader = dict(
    persistent_workers=True,
    dataset=dict(data_root=data_root, ann_file='val.json'),
)

val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'val.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'val.json'),
]
test_evaluator = [
    *val_evaluator,
    dict(
        type='mmnuc.DSB2018Submission',
        ann_file=data_root + 'val.json',
        outfile='submission.csv',  # in the work folder
    ),
]
