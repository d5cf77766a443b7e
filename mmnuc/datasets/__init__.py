"""Data sets: COCO json files of nuclei and of the systems we compare with."""

from mmnuc.datasets.nuclei import NucleiDataset

__all__ = ['NucleiDataset']
