"""Nuclei in the formats of other tools; what writes them comes in when it is asked for."""

from typing import TYPE_CHECKING

from mmnuc.lazy import lazy_names

if TYPE_CHECKING:
    from mmnuc.export.coco import CocoFile, coco_file
    from mmnuc.export.formats import FORMATS, Format, format_of, save
    from mmnuc.export.table import to_dataframe

__all__ = ['FORMATS', 'CocoFile', 'Format', 'coco_file', 'format_of', 'save', 'to_dataframe']

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        'FORMATS': 'mmnuc.export.formats',
        'CocoFile': 'mmnuc.export.coco',
        'Format': 'mmnuc.export.formats',
        'coco_file': 'mmnuc.export.coco',
        'format_of': 'mmnuc.export.formats',
        'save': 'mmnuc.export.formats',
        'to_dataframe': 'mmnuc.export.table',
    },
)
