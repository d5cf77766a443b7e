# 5,000 iterations of batch 1 with three drops, as tuned for the VRDL 2021 board by its best entry.
_base_ = './detectron2_sgd.py'

# The reference found its best checkpoint at iteration 2,099, long before the first drop.
train_cfg = dict(max_iters=5000, val_interval=300)
optim_wrapper = dict(optimizer=dict(lr=0.00025))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=1000),
    dict(
        type='MultiStepLR',
        by_epoch=False,
        begin=0,
        end=5000,
        milestones=[3000, 3500, 4500],
        gamma=0.1,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=1)
