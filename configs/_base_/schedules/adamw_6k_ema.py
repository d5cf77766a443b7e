# 6,000 iterations of batch 4: as the 2,000, but with a constant rate before the cosine decay.
# The weights are averaged all along: any checkpoint is good to use, and a training can be cut
# short or prolonged.
_base_ = './adamw_2k.py'

max_iters, decay = 6000, 1500

train_cfg = dict(max_iters=max_iters, val_interval=1000)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=max_iters - decay,
        end=max_iters,
        T_max=decay,
        eta_min_ratio=0.01,
    ),
]

# Over the last 500 iterations, roughly; batch statistics too.
ema = dict(
    type='EMAHook',
    ema_type='ExponentialMovingAverage',
    momentum=0.002,
    update_buffers=True,
    begin_iter=200,
)
