"""Encoders: what sees an image before anything is looked for in it."""

from mmnuc.models.backbones.timm_backbone import TimmBackbone

__all__ = ['TimmBackbone']
