"""COCO 2017 as mmdet reads it, once it is there."""

import os
from typing import Any

from mmdet.datasets import CocoDataset

from mmnuc.errors import UserError
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class Coco2017Dataset(CocoDataset):
    """mmdet's ``CocoDataset``, which keeps polygons as they are, of files that exist.

    Raises:
        UserError: The json, or the folder of its images, does not exist.
    """

    def load_data_list(self) -> list[dict[str, Any]]:
        """Look for the files and read the json."""
        folder = self.data_prefix['img']
        for path, there in (
            (self.ann_file, os.path.isfile(self.ann_file)),
            (folder, os.path.isdir(folder)),
        ):
            if not there:
                raise UserError(
                    f'no such {"folder" if path == folder else "file"}: {path}; unpack the images '
                    'and annotations of COCO 2017 there, or point data_root of the config to them'
                )
        return super().load_data_list()
