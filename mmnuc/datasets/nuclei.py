"""Nuclei in a COCO json, as ``mmnuc convert`` writes it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from mmnuc.datasets.checked_coco import CheckedCoco
from mmnuc.errors import UserError
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class NucleiDataset(CheckedCoco):
    """Images of nuclei of one class or, with ``metainfo=dict(classes=...)``, of several.

    Args:
        *args: As mmdet's ``CocoDataset``.
        kinds: Take only the images whose ``kind`` in the json is one of these, such as
            ``('histology', 'bright field')`` of the Data Science Bowl; all by default.
        **kwargs: As mmdet's ``CocoDataset``.

    Raises:
        UserError: There is no image of these kinds.
    """

    METAINFO: ClassVar[dict[str, Any]] = {'classes': ('nucleus',), 'palette': [(0, 190, 90)]}

    def __init__(self, *args: Any, kinds: Sequence[str] | None = None, **kwargs: Any) -> None:
        self.kinds = None if kinds is None else tuple(kinds)
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read the json and keep the images of the kinds that were asked for."""
        data_list = super().load_data_list()
        if self.kinds is None:
            return data_list
        chosen = [data for data in data_list if data.get('kind') in self.kinds]
        if not chosen:
            held = ', '.join(sorted({str(data.get('kind')) for data in data_list}))
            raise UserError(
                f'{self.ann_file} has no image of kind {" or ".join(self.kinds)}, only {held}'
            )
        return chosen
