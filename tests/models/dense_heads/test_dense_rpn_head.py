"""Proposals that are likely enough, from the weights of mmdet's head."""

import pytest
import torch
from mmdet.models import RPNHead
from mmdet.utils import register_all_modules
from mmengine.config import ConfigDict

from mmnuc.models import DenseRPNHead

SETTINGS = dict(
    in_channels=4,
    feat_channels=4,
    anchor_generator=dict(type='AnchorGenerator', scales=[4], ratios=[1.0], strides=[4, 8]),
    bbox_coder=dict(type='DeltaXYWHBBoxCoder'),
)
LIMITS = dict(nms_pre=1000, max_per_img=1000, nms=dict(type='nms', iou_threshold=0.7))


def proposals(head: RPNHead, **limits: float):
    """What a head proposes for some features."""
    torch.manual_seed(0)
    features = [torch.randn(1, 4, 16, 16), torch.randn(1, 4, 8, 8)]
    cfg = ConfigDict({**LIMITS, 'min_bbox_size': 0, **limits})
    metas = [dict(img_shape=(64, 64))]
    (found,) = head.predict_by_feat(*head(features), batch_img_metas=metas, cfg=cfg)
    return found


@pytest.fixture(scope='module')
def heads() -> tuple[RPNHead, DenseRPNHead]:
    register_all_modules()
    torch.manual_seed(1)
    theirs, ours = RPNHead(**SETTINGS), DenseRPNHead(**SETTINGS)
    for layer in theirs.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.normal_(layer.weight, std=0.3)
    ours.load_state_dict(theirs.state_dict())
    return theirs.eval(), ours.eval()


def test_without_a_threshold_it_is_mmdets_head(heads) -> None:
    theirs, ours = (proposals(head) for head in heads)
    assert len(theirs) > 20
    assert torch.equal(theirs.bboxes, ours.bboxes)
    assert torch.equal(theirs.scores, ours.scores)


def test_a_threshold_drops_what_is_below_it_and_nothing_else(heads) -> None:
    everything = proposals(heads[1])
    likely = proposals(heads[1], score_thr=0.5)
    expected = everything[everything.scores >= 0.5]
    assert 0 < len(expected) < len(everything)
    assert torch.equal(likely.bboxes, expected.bboxes)


def test_nothing_is_likely_enough(heads) -> None:
    assert len(proposals(heads[1], score_thr=1.0)) == 0


def test_with_16_bits_boxes_still_lie_between_whole_pixels(heads) -> None:
    """Far from the corner, where bfloat16 knows every fourth pixel only."""
    features = [torch.randn(1, 4, 2, 250), torch.randn(1, 4, 1, 125)]
    cfg = ConfigDict({**LIMITS, 'min_bbox_size': 0})
    found = []
    for kept, short in ((heads[0], False), (heads[0], True), (heads[1], True)):
        with torch.autocast('cpu', torch.bfloat16, enabled=short):
            maps = kept(features)
            metas = [dict(img_shape=(8, 1000))]
            (result,) = kept.predict_by_feat(*maps, batch_img_metas=metas, cfg=cfg)
        found.append(result.bboxes.float())
    exact, theirs, ours = (boxes[boxes[:, 0] > 600] for boxes in found)
    assert len(ours) == pytest.approx(len(exact), rel=0.1)

    def nearest(boxes: torch.Tensor) -> float:
        return float(torch.cdist(boxes, exact).min(1).values.median())

    assert nearest(ours) < 0.3 < nearest(theirs)
