"""mmdet's COCO data set, checked before it is used and small in memory."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdet.datasets import CocoDataset

from mmnuc.coco.faults import shown_name
from mmnuc.datasets.compact_annotations import CompactAnnotations
from mmnuc.errors import UserError
from mmnuc.images.formats import is_one_image
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class CheckedCoco(CocoDataset):
    """A COCO json and the images it names, all of them there.

    Keeps what mmdet's ``CocoDataset`` keeps, but ``instances`` of a sample are
    :class:`~mmnuc.datasets.compact_instances.CompactInstances`: arrays that read like mmdet's
    list of dicts, so that a million nuclei fit into the memory of a laptop. A json with images
    only is a test set.

    Args:
        *args: As mmdet's ``CocoDataset``.
        kinds: Take only the images whose ``kind`` in the json is one of these, such as
            ``('histology', 'bright field')``; all by default.
        **kwargs: As mmdet's ``CocoDataset``.

    Raises:
        UserError: The json or an image named in it does not exist, the json can't be read, or it
            has none of the classes or kinds.
    """

    def __init__(self, *args: Any, kinds: Sequence[str] | None = None, **kwargs: Any) -> None:
        self.kinds = kinds
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read the json and look for every image it names."""
        annotations = self._read()
        self.cat_ids = annotations.category_ids
        # Labels are places in the config's classes: mmdet's are places in the json.
        self.cat2label = annotations.category_labels
        self.cat_img_map = annotations.category_image_ids
        self.contents = annotations.contents
        data_list = [self._data_info(annotations.info(i)) for i in range(len(annotations))]
        paths = (data['img_path'] for data in data_list)
        missing = [path for path in paths if not (os.path.isfile(path) or is_one_image(path))]
        if missing:
            raise UserError(
                f'{self.ann_file} names {len(missing)} of {len(data_list)} images '
                f'that do not exist, the first: {shown_name(missing[0])}'
            )
        return data_list

    def _read(self) -> CompactAnnotations:
        classes = self.metainfo['classes']
        if not os.path.isfile(self.ann_file):
            raise UserError(f'no such file: {self.ann_file}; {self._remedy()}')
        masks = any(getattr(step, 'with_mask', False) for step in self.pipeline.transforms)
        annotations = CompactAnnotations.from_coco(
            self.ann_file, classes, masks=masks, kinds=self.kinds
        )
        if not annotations.images:
            raise UserError(f'{self.ann_file} names no images; is it a COCO json?')
        if annotations.category_image_ids and not annotations.category_ids:
            raise UserError(
                f'{self.ann_file} has none of the classes {", ".join(classes)}; '
                'name its own with metainfo=dict(classes=...) in the config'
            )
        return annotations

    def _data_info(self, info: dict[str, Any]) -> dict[str, Any]:
        data_info = self.parse_data_info({'raw_img_info': info, 'raw_ann_info': []})
        data_info['instances'] = info['instances']
        return data_info

    def _remedy(self) -> str:
        folder = Path(self.ann_file).parent
        return (
            f'make it with "mmnuc convert FORMAT SRC {folder}", '
            'or point data_root of the config to it'
        )
