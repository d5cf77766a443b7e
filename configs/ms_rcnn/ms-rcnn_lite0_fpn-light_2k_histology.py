# The light model for stained tissue that comes with the project: an encoder from ImageNet, three
# sources of images. On one GPU, with --amp.
_base_ = [
    '../_base_/nuclei_runtime.py',
    '../_base_/models/mask-scoring-rcnn_lite0_fpn-light.py',
    '../_base_/datasets/histology.py',
    '../_base_/schedules/adamw_2k_pretrained.py',
]

train_dataloader = dict(batch_size=16, num_workers=8)
custom_hooks = [*_base_.custom_hooks, _base_.ema]
