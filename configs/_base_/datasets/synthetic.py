# Synthetic H&E tiles, with their truth for the test tiles too.
# Made by `python tools/convert.py synthetic data/synthetic`, or by `make demo` in its work folder.
_base_ = './nuclei.py'

data_root = 'data/synthetic/'

# A crop of 160 pixels holds 20 nuclei on average; in the minutes of a CPU demo, more iterations
# teach more than larger crops.
# Of nuclei.py: load image and annotations, crop, filter, turn (not here), flip, pack.
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(_base_.train_pipeline[2], crop_size=(160, 160)),
    _base_.train_pipeline[3],
    _base_.train_pipeline[5],
    # Mild: every tile already has stains and a scanner of its own.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=16,
        contrast_range=(0.85, 1.15),
        saturation_range=(0.85, 1.15),
        hue_delta=5,
    ),
    _base_.train_pipeline[6],
]
# The truth is loaded to be drawn beside the prediction; the scores read it from the json.
test_pipeline = [
    _base_.test_pipeline[0],
    _base_.train_pipeline[1],
    _base_.test_pipeline[1],
]

train_dataloader = dict(
    num_workers=1,  # a crop takes a hundredth of its training step
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(data_root=data_root, pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(data_root=data_root, pipeline=test_pipeline))

val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'val.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'val.json'),
]
test_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'test.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'test.json'),
    dict(
        type='mmnuc.VRDL2021Submission',
        ann_file=data_root + 'test.json',
        outfile='answer.json',  # in the work folder
    ),
]
