# 2,000 iterations of batch 16 from a pretrained encoder, which learns at half the rate of the rest.
max_iters = 2000
warmup = 100

train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=1000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=10, norm_type=2),
    paramwise_cfg=dict(custom_keys={'backbone.encoder': dict(lr_mult=0.5)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=warmup),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=warmup,
        end=max_iters,
        T_max=max_iters - warmup,
        eta_min_ratio=0.01,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=16)

# Over the last 200 iterations, roughly; batch statistics too.
ema = dict(
    type='EMAHook',
    ema_type='ExponentialMovingAverage',
    momentum=0.005,
    update_buffers=True,
    begin_iter=100,
)
