"""Fused encoders see the same, and an order of parts that is not that of the network is noticed."""

import pytest
import torch
from torch import Tensor, nn

from mmnuc.models import TimmBackbone
from mmnuc.models.backbones.fuse import fused


def with_statistics(model: nn.Module) -> nn.Module:
    """Give batch norms something to do."""
    torch.manual_seed(0)
    for part in model.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            part.weight.data.uniform_(0.5, 2)
            part.bias.data.normal_()
    return model.eval()


def norms(model: nn.Module) -> int:
    return sum(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in model.modules())


@pytest.mark.parametrize(
    ('name', 'left'),
    [('tf_efficientnet_lite0', 0), ('resnet18', 0), ('regnety_002', 0), ('resnetv2_50', 16)],
)
def test_a_fused_encoder_sees_the_same(name: str, left: int) -> None:
    backbone = with_statistics(TimmBackbone(name))
    images = torch.rand(1, 3, 96, 64)
    with torch.inference_mode():
        before = backbone(images)
        backbone.fuse_norms()
        after = backbone(images)
    assert norms(backbone.encoder) == left
    for new, old in zip(after, before, strict=True):
        assert torch.allclose(new, old, atol=1e-4 * float(old.abs().max()))


class NormFirst(nn.Module):
    """Its parts stand in another order than they are used in."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, images: Tensor) -> Tensor:
        return torch.as_tensor(self.conv(self.norm(images)))


def test_what_would_change_stays_as_it_is() -> None:
    network = with_statistics(NormFirst())
    assert fused(network) is network
