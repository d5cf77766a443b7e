"""How well a mask fits: mmdet's numbers, and never more than 1."""

import pytest
import torch
from mmdet.models import MaskIoUHead

from mmnuc.models import BoundedMaskIoUHead
from mmnuc.models.chunked import MASK_CHUNK_SIZE

SETTINGS = dict(
    num_convs=2, in_channels=4, conv_out_channels=4, fc_out_channels=8, num_classes=2, num_fcs=1
)


def heads() -> tuple[MaskIoUHead, BoundedMaskIoUHead]:
    """mmdet's head and ours, with the same weights, whose answers are of all sizes."""
    theirs, ours = MaskIoUHead(**SETTINGS), BoundedMaskIoUHead(**SETTINGS)
    theirs.init_weights()
    torch.nn.init.normal_(theirs.fc_mask_iou.weight, std=10)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


@pytest.mark.parametrize('count', [0, 30, MASK_CHUNK_SIZE + 1])
def test_predictions_are_bounded(count: int) -> None:
    theirs, ours = heads()
    features, masks = torch.randn(count, 4, 14, 14), torch.randn(count, 28, 28)
    with torch.no_grad():
        expected = theirs(features, masks)
        found = ours(features, masks)
    torch.testing.assert_close(found, expected.clamp(0, 1))
    assert not count or (expected > 1).any()


def test_training_sees_the_plain_numbers() -> None:
    theirs, ours = heads()
    features, masks = torch.randn(9, 4, 14, 14), torch.randn(9, 28, 28)
    assert torch.equal(ours(features, masks), theirs(features, masks))
