# COCO 2017 as mmdet reads it, in endless order: an interrupted training goes on at its image.
_base_ = 'mmdet::_base_/datasets/coco_instance.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    batch_sampler=None,  # a batch sampler of mmdet's can't be moved to the place to resume at
    dataset=dict(type='mmnuc.Coco2017Dataset'),
)
val_dataloader = dict(dataset=dict(type='mmnuc.Coco2017Dataset'))
test_dataloader = dict(dataset=dict(type='mmnuc.Coco2017Dataset'))

# The two tables as COCO computes them: at most 100 detections of a class in an image.
val_evaluator = dict(
    _delete_=True,
    type='mmnuc.DenseCocoMetric',
    ann_file='data/coco/annotations/instances_val2017.json',
    metric=['bbox', 'segm'],
    max_dets=[100],
)
test_evaluator = val_evaluator
