"""Whole nuclei out of tiles, and one answer out of several augmentations or models."""
