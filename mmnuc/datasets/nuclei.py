"""Nuclei in a COCO json, as ``mmnuc convert`` writes it."""

from typing import Any, ClassVar

from mmnuc.datasets.checked_coco import CheckedCoco
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class NucleiDataset(CheckedCoco):
    """Images of nuclei of one class or, with ``metainfo=dict(classes=...)``, of several."""

    METAINFO: ClassVar[dict[str, Any]] = {'classes': ('nucleus',), 'palette': [(0, 190, 90)]}
