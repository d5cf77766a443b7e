# Cascade R-CNN's three stages on the light model, from scratch.
_base_ = '../mask_rcnn/mask-rcnn_r18_fpn-light_6k_vrdl2021.py'

_head = _base_.model.roi_head.bbox_head
_rcnn = _base_.model.train_cfg.rcnn

# Each stage learns from better boxes than the one before, and moves them less.
model = dict(
    type='CascadeRCNN',
    roi_head=dict(
        type='mmnuc.CropCascadeRoIHead',
        num_stages=3,
        stage_loss_weights=[1, 0.5, 0.25],
        bbox_head=[
            dict(
                _head,
                reg_class_agnostic=True,
                bbox_coder=dict(_head.bbox_coder, target_stds=[std, std, 2 * std, 2 * std]),
            )
            for std in (0.1, 0.05, 0.033)
        ],
    ),
    train_cfg=dict(
        rcnn=[
            dict(
                _rcnn,
                assigner=dict(
                    _rcnn.assigner,
                    pos_iou_thr=iou,
                    neg_iou_thr=iou,
                    min_pos_iou=iou,
                    match_low_quality=False,
                ),
            )
            for iou in (0.5, 0.6, 0.7)
        ],
    ),
)
