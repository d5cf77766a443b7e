# COCO 2017 as mmdet reads it, in endless order: an interrupted training goes on at its image.
_base_ = 'mmdet::_base_/datasets/coco_instance.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    batch_sampler=None,  # a batch sampler of mmdet's can't be moved to the place to resume at
)
