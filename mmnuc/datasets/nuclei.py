"""Nuclei in a COCO json, as ``tools/convert.py`` writes it."""

import os
from pathlib import Path

from mmdet.datasets import CocoDataset

from mmnuc.command_line import UserError
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class NucleiDataset(CocoDataset):
    """Images of nuclei of one class or, with ``metainfo=dict(classes=...)``, of several.

    Raises:
        UserError: The json or an image named in it does not exist, or the json can't be read.
    """

    METAINFO = {'classes': ('nucleus',), 'palette': [(0, 190, 90)]}  # noqa: RUF012

    def load_data_list(self) -> list[dict]:
        """Read the json and check that every image it names is on the disk."""
        if not os.path.isfile(self.ann_file):
            raise UserError(
                f'no such file: {self.ann_file}; make the data set with '
                f'"python tools/convert.py FORMAT SRC {Path(self.ann_file).parent}" '
                'or point data_root of the config to it'
            )
        data_list = super().load_data_list()
        missing = [data['img_path'] for data in data_list if not os.path.isfile(data['img_path'])]
        if missing:
            raise UserError(
                f'{self.ann_file} names {len(missing)} of {len(data_list)} images '
                f'that do not exist, the first: {missing[0]}'
            )
        return data_list
