"""Nuclei in a COCO json, as ``tools/convert.py`` writes it."""

import os
from pathlib import Path

from mmdet.datasets import CocoDataset

from mmnuc.command_line import UserError
from mmnuc.datasets.compact_annotations import CompactAnnotations
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class NucleiDataset(CocoDataset):
    """Images of nuclei of one class or, with ``metainfo=dict(classes=...)``, of several.

    Keeps what mmdet's ``CocoDataset`` keeps, but ``instances`` of a sample are
    :class:`~mmnuc.datasets.compact_instances.CompactInstances`: arrays that read like mmdet's
    list of dicts, so that a million nuclei fit into the memory of a laptop.

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
        data_list = self._read_compact()
        missing = [data['img_path'] for data in data_list if not os.path.isfile(data['img_path'])]
        if missing:
            raise UserError(
                f'{self.ann_file} names {len(missing)} of {len(data_list)} images '
                f'that do not exist, the first: {missing[0]}'
            )
        return data_list

    def _read_compact(self) -> list[dict]:
        try:
            annotations = CompactAnnotations.from_coco(self.ann_file, self.metainfo['classes'])
        except (OSError, ValueError) as error:
            raise UserError(f'cannot read {self.ann_file}: {error}') from error
        self.cat_ids = annotations.category_ids
        self.cat2label = {category: label for label, category in enumerate(self.cat_ids)}
        self.cat_img_map = annotations.category_image_ids
        return [self._data_info(annotations.info(i)) for i in range(len(annotations))]

    def _data_info(self, info: dict) -> dict:
        data_info = self.parse_data_info({'raw_img_info': info, 'raw_ann_info': []})
        data_info['instances'] = info['instances']
        return data_info
