# Adam, 1e-4 for 60 epochs, then 1e-5. The reference does not say when it stops.
train_cfg = dict(type='mmnuc.EpochTrainLoop', max_epochs=80, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4))
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, begin=0, end=80, milestones=[60], gamma=0.1)
]
auto_scale_lr = dict(enable=False, base_batch_size=2)
