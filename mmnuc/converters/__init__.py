"""Formats in: data sets from elsewhere become images and COCO files."""

from mmnuc.converters.build import Options
from mmnuc.converters.formats import FORMATS, convert
from mmnuc.converters.report import Report

__all__ = ['FORMATS', 'Options', 'Report', 'convert']
