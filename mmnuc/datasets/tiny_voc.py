"""Tiny PASCAL VOC: 1,349 training and 100 test images of 20 classes."""

from pathlib import Path
from typing import Any, ClassVar

from mmnuc.datasets.checked_coco import CheckedCoco
from mmnuc.registry import DATASETS


@DATASETS.register_module()
class TinyVOCDataset(CheckedCoco):
    """Tiny PASCAL VOC as published: ``pascal_train.json``, and ``test.json`` with images only."""

    METAINFO: ClassVar[dict[str, Any]] = {
        'classes': (
            'aeroplane',
            'bicycle',
            'bird',
            'boat',
            'bottle',
            'bus',
            'car',
            'cat',
            'chair',
            'cow',
            'diningtable',
            'dog',
            'horse',
            'motorbike',
            'person',
            'pottedplant',
            'sheep',
            'sofa',
            'train',
            'tvmonitor',
        ),
        # PASCAL's own colours.
        'palette': [
            (128, 0, 0),
            (0, 128, 0),
            (128, 128, 0),
            (0, 0, 128),
            (128, 0, 128),
            (0, 128, 128),
            (128, 128, 128),
            (64, 0, 0),
            (192, 0, 0),
            (64, 128, 0),
            (192, 128, 0),
            (64, 0, 128),
            (192, 0, 128),
            (64, 128, 128),
            (192, 128, 128),
            (0, 64, 0),
            (128, 64, 0),
            (0, 192, 0),
            (128, 192, 0),
            (0, 64, 128),
        ],
    }

    def _remedy(self) -> str:
        return f'unpack the Tiny PASCAL VOC data set into {Path(self.ann_file).parent}'
