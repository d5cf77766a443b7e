"""Nuclei in the formats of other tools."""

from mmnuc.export.coco import CocoFile, coco_file
from mmnuc.export.formats import FORMATS, Format, format_of, save
from mmnuc.export.table import to_dataframe

__all__ = ['FORMATS', 'CocoFile', 'Format', 'coco_file', 'format_of', 'save', 'to_dataframe']
