# Hybrid Task Cascade on the light model, without its semantic branch, from scratch: the masks of
# a stage are learnt in the boxes that it has just moved, and each builds on those before.
_base_ = '../cascade_rcnn/cascade-mask-rcnn_r18_fpn-light_6k_vrdl2021.py'

_mask = dict(_base_.model.roi_head.mask_head, type='mmnuc.CropHTCMaskHead')

model = dict(
    type='HybridTaskCascade',
    roi_head=dict(
        type='mmnuc.CropHybridTaskCascadeRoIHead',
        interleaved=True,
        mask_info_flow=True,
        mask_head=[dict(_mask, with_conv_res=False), _mask, _mask],
    ),
)
