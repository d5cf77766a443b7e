# From scratch in 6,000 iterations of batch 4: AdamW, warm-up, a constant rate, then cosine decay.
# The weights are averaged all along: any checkpoint is good to use, and a training can be cut
# short or prolonged.
max_iters, decay = 6000, 1500

train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=1000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=10, norm_type=2),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=max_iters - decay,
        end=max_iters,
        T_max=decay,
        eta_min_ratio=0.01,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=4)

# Over the last 500 iterations, roughly; batch statistics too.
ema = dict(
    type='EMAHook',
    ema_type='ExponentialMovingAverage',
    momentum=0.002,
    update_buffers=True,
    begin_iter=200,
)
