"""What happens to predictions after the network: steps, and the chain of them."""

from mmnuc.models.post_processing.attach import Attached, attach
from mmnuc.models.post_processing.chain import Chain, chain_of
from mmnuc.models.post_processing.limits import DropBorder, SizeLimits
from mmnuc.models.post_processing.scores import PlattScaling, ScoreThreshold, TopK
from mmnuc.models.post_processing.shape import (
    DropSpecks,
    FillHoles,
    LargestPart,
    Smooth,
    SplitTouching,
)
from mmnuc.models.post_processing.suppression import MaskNMS, ResolveOverlaps, SoftMaskNMS

__all__ = [
    'Attached',
    'Chain',
    'DropBorder',
    'DropSpecks',
    'FillHoles',
    'LargestPart',
    'MaskNMS',
    'PlattScaling',
    'ResolveOverlaps',
    'ScoreThreshold',
    'SizeLimits',
    'Smooth',
    'SoftMaskNMS',
    'SplitTouching',
    'TopK',
    'attach',
    'chain_of',
]
