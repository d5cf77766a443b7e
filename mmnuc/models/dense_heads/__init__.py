"""Heads that look at every place of an image."""

from mmnuc.models.dense_heads.dense_rpn_head import DenseRPNHead

__all__ = ['DenseRPNHead']
