"""Pyramids of features, from what an encoder sees."""

from mmnuc.models.necks.simple_fpn import SimpleFPN

__all__ = ['SimpleFPN']
