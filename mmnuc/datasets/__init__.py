"""Data sets: COCO json files of nuclei and of the systems we compare with."""

from mmnuc.datasets.checked_coco import CheckedCoco
from mmnuc.datasets.coco2017 import Coco2017Dataset
from mmnuc.datasets.nuclei import NucleiDataset
from mmnuc.datasets.tiny_voc import TinyVOCDataset

__all__ = ['CheckedCoco', 'Coco2017Dataset', 'NucleiDataset', 'TinyVOCDataset']
