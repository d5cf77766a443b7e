# The large model on the light one's data and schedule: X101-32x8d-FPN with COCO weights. One GPU:
#     mmnuc train CONFIG --amp
# Eight, each with its own batch:
#     tools/dist_train.sh CONFIG 8 --amp --auto-scale-lr
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-rcnn_x101-32x8d_fpn_coco.py',
    '../_base_/models/dense_nuclei.py',
    '../_base_/datasets/histology.py',
    '../_base_/schedules/adamw_2k_pretrained.py',
]

load_from = [*_base_.weights_source][-1]  # mmdet's COCO weights
model = _base_.dense_nuclei
model.backbone = dict(init_cfg=None)  # the COCO weights hold the backbone
model.train_cfg.rcnn = dict(sampler=dict(num=256))  # RoIs an image, half of COCO's

# The weights know images already: a fifth of the light model's rate, for the backbone a tenth.
optim_wrapper = dict(
    optimizer=dict(lr=2e-4),
    paramwise_cfg=dict(_delete_=True, custom_keys={'backbone': dict(lr_mult=0.5)}),
)
train_dataloader = dict(batch_size=16, num_workers=8)
custom_hooks = [*_base_.custom_hooks, _base_.ema]
