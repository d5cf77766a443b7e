"""Where boxes are looked for."""

from mmnuc.models.anchors.rounded import RoundedAnchorGenerator

__all__ = ['RoundedAnchorGenerator']
