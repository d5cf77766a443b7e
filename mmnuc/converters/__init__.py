"""Formats in: data sets from elsewhere become images and COCO files."""

from mmnuc.converters.build import ConversionOptions
from mmnuc.converters.formats import FORMATS, convert
from mmnuc.converters.report import IntegrityReport

__all__ = ['FORMATS', 'ConversionOptions', 'IntegrityReport', 'convert']
