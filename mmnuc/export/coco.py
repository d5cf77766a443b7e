"""COCO json: images and scored annotations in one file, for one image or many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mmnuc.atomic import atomic_path
from mmnuc.export.exported import Exported, chunks
from mmnuc.export.measure import scores_of
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.overlap.masks import pixel_counts


class CocoFile:
    """A COCO json that grows by an image at a time; only the list of images is kept.

    Args:
        file: Where to write.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._images: list[dict[str, Any]] = []
        self._class_names: tuple[str, ...] | None = None
        self._annotations = 0
        file.write('{"annotations": [')

    def add(self, file_name: str, nuclei: Exported, description: str = '') -> None:
        """Write the nuclei of one more image.

        Args:
            file_name: Name of its file.
            nuclei: The nuclei.
            description: What was read of the file.

        Raises:
            ValueError: Its classes are not those of the images before.
        """
        self._check_classes(file_name, tuple(nuclei.class_names))
        for entry in entries(nuclei):
            self._write(entry)
        crops = nuclei.crops
        image: dict[str, Any] = {'file_name': file_name}
        image |= {'height': crops.height, 'width': crops.width}
        size = nuclei.pixel_size
        if size is not None:
            image['pixel_size_um'] = size.to_json()
        if description:
            image['description'] = description
        self._images.append({'id': len(self._images) + 1, **image})

    def add_file(self, path: Path) -> None:
        """Write what another file of this kind holds of one image, line by line.

        Raises:
            ValueError: Its classes are not those of the images before.
        """
        with path.open(encoding='utf-8') as lines:
            for line in lines:
                if line.startswith(']'):
                    break
                if line.startswith('{"id"'):
                    self._write(json.loads(line.rstrip(',\n')))
            rest = json.loads('{' + lines.read())
        (image,) = rest['images']
        names = tuple(category['name'] for category in rest['categories'])
        self._check_classes(image['file_name'], names)
        self._images.append(image | {'id': len(self._images) + 1})

    def _check_classes(self, file_name: str, names: tuple[str, ...]) -> None:
        if self._class_names not in (None, names):
            raise ValueError(
                f'{file_name} has classes {names}, the images before {self._class_names}'
            )
        self._class_names = names

    def _write(self, entry: dict[str, Any]) -> None:
        self._annotations += 1
        self._file.write(',\n' if self._annotations > 1 else '\n')
        ids = {'id': self._annotations, 'image_id': len(self._images) + 1}
        self._file.write(json.dumps({**ids, **entry, **ids}, allow_nan=False))

    def close(self) -> None:
        """Write what comes after the annotations."""
        categories = [
            {'id': number, 'name': name}
            for number, name in enumerate(self._class_names or (), start=1)
        ]
        images = ',\n'.join(map(json.dumps, self._images))
        self._file.write(f'\n],\n"images": [\n{images}\n],\n')
        said = [image['description'] for image in self._images if 'description' in image]
        if said:
            self._file.write(f'"info": {json.dumps({"description": chr(10).join(said)})},\n')
        self._file.write(f'"categories": {json.dumps(categories)}}}\n')


@contextmanager
def coco_file(path: str | Path) -> Iterator[CocoFile]:
    """Open a COCO json to add images to; it gets its name when the block ends well.

    Example:
        >>> import tempfile
        >>> from mmnuc.structures import Nuclei
        >>> one = Nuclei.from_label_map(np.ones((2, 2), int))
        >>> path = Path(tempfile.mkdtemp()) / 'found.json'
        >>> with coco_file(path) as coco:
        ...     coco.add('a.png', one)
        >>> json.loads(path.read_text())['annotations'][0]['bbox']
        [0, 0, 2, 2]
    """
    with atomic_path(path) as temporary, temporary.open('w', encoding='utf-8') as file:
        coco = CocoFile(file)
        yield coco
        coco.close()


def entries(nuclei: Exported) -> Iterator[dict[str, Any]]:
    """Give the annotation of each nucleus that has pixels, without its ids."""
    for _, chunk in chunks(nuclei):
        areas = pixel_counts(chunk.crops).tolist()
        x1, y1, x2, y2 = chunk.crops.boxes_xyxy.T
        boxes = np.stack([x1, y1, x2 - x1, y2 - y1], axis=1).tolist()
        labels, scores = chunk.labels.tolist(), scores_of(chunk).tolist()
        for i, rle in enumerate(crops_to_rles(chunk.crops)):
            yield {
                'category_id': labels[i] + 1,
                'bbox': boxes[i],
                'area': areas[i],
                'iscrowd': 0,
                'score': scores[i],
                'segmentation': rle,
            }


def write_coco(path: Path, nuclei: Exported, file_name: str, description: str = '') -> None:
    """Write the nuclei of one image.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        file_name: Name of the image's file.
        description: What was read of it, for the image and for ``info``.
    """
    with path.open('w', encoding='utf-8') as file:
        coco = CocoFile(file)
        coco.add(file_name, nuclei, description)
        coco.close()


def join_coco(path: str | Path, parts: Iterable[Path]) -> None:
    """Make one file of several that hold an image each.

    Args:
        path: The file to write.
        parts: Files that :func:`write_coco` wrote.
    """
    with coco_file(path) as coco:
        for part in parts:
            coco.add_file(part)
