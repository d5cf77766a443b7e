# The VRDL 2021 nuclei: 24 training and 6 test H&E tiles of 1000 x 1000 pixels at 40x.
# Made by `python tools/convert.py vrdl2021 dataset.zip data/vrdl2021 --val 0.2`.
_base_ = './nuclei.py'

data_root = 'data/vrdl2021/'
# What images are brought to before the model sees them: micrometres a pixel, and the diameter of a
# typical nucleus in pixels, that of a circle of its area: the median of the medians of the 20 tiles
# trained on, which reach from 12 to 31.
pixel_size = 0.25
diameter = 21.4

# Of nuclei.py: load image and annotations, crop (40 nuclei on average), filter, turn, flip, pack.
train_pipeline = [
    *_base_.train_pipeline[:6],
    # Stain and scanner differ between hospitals; hue moves less than mmdet's 18 because pink
    # and purple are what tells eosin from hematoxylin.
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.7, 1.3),
        saturation_range=(0.7, 1.3),
        hue_delta=9,
    ),
    _base_.train_pipeline[6],
]

train_dataloader = dict(dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

# COCO's AP at 100 detections an image, as the board counts, and without a cap, which is what to
# compare models by: 100 detections are a third of the nuclei of an average tile.
val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file=data_root + 'val.json', n_resamples=200),
    dict(type='mmnuc.NucleiMetric', ann_file=data_root + 'val.json'),
]
test_evaluator = dict(
    type='mmnuc.VRDL2021Submission',
    ann_file=data_root + 'test.json',
    outfile='answer.json',  # in the work folder
)
