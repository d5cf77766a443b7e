"""Data sets: COCO json files of nuclei and of the systems we compare with."""

from mmnuc.datasets.checked_coco import CheckedCoco
from mmnuc.datasets.nuclei import NucleiDataset
from mmnuc.datasets.tiny_voc import TinyVOCDataset

__all__ = ['CheckedCoco', 'NucleiDataset', 'TinyVOCDataset']
