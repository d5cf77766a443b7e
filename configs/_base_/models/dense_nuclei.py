# What turns a COCO Mask R-CNN into one for tiles with up to 2,000 nuclei of 12 to 200 pixels:
#     model = _base_.dense_nuclei
# Every tensor but those of the last layers keeps its shape, so that COCO weights fit.
# mmdet's own heads, which keep every mask as a full image, stay at hand for comparison:
#     --cfg-options model.roi_head.type=StandardRoIHead model.roi_head.mask_head.type=FCNMaskHead
dense_nuclei = dict(
    rpn_head=dict(
        type='mmnuc.DenseRPNHead',
        # 12, 24, 48, 96 and 192 pixels (COCO: 32 to 512). One size a level, as published RPN
        # weights have it.
        anchor_generator=dict(scales=[3]),
    ),
    roi_head=dict(
        type='mmnuc.CropStandardRoIHead',
        bbox_head=dict(num_classes=1),
        mask_head=dict(type='mmnuc.CropFCNMaskHead', num_classes=1),
    ),
    train_cfg=dict(
        rpn=dict(
            # 250,000 anchors against 1,862 nuclei take 15 GB: the two densest tiles of the VRDL
            # data set are assigned on the CPU.
            assigner=dict(gpu_assign_thr=1200),
        ),
        rpn_proposal=dict(nms_pre=4000, max_per_img=3000),
    ),
    test_cfg=dict(
        rpn=dict(
            # What is likely enough, however large or dense the image: the same nuclei are found
            # whole and in tiles. The numbers below only protect memory.
            score_thr=0.3,
            nms_pre=20000,  # of each level; nearly all nuclei of a tile sit on the finest one
            max_per_img=10000,
        ),
        rcnn=dict(max_per_img=5000),  # the densest tile holds 1,862 nuclei
    ),
)
