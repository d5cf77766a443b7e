"""The annotations of a COCO file, one row each, while they are read."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.codecs.rle import crops_to_strings
from mmnuc.ops.codecs.segmentations import segmentations_to_crops

# Masks that are not compressed strings yet are compressed this many at a time.
_BATCH = 4096


class CocoTable:
    """Rows of numbers and one run of bytes with all compressed masks.

    Entries may come in any order. Polygons and uncompressed run lengths are compressed in
    batches, as soon as the sizes of their images are known.
    """

    def __init__(self) -> None:
        self.images: dict[int, dict[str, Any]] = {}
        self.categories: dict[int, str] = {}
        self._ids, self._image_ids, self._category_ids = array('q'), array('q'), array('q')
        self._boxes, self._areas = array('d'), array('d')
        self._ignored, self._crowds = bytearray(), bytearray()
        self._sizes, self._starts, self._lengths = array('q'), array('q'), array('q')
        self._text = bytearray()
        self._waiting: list[tuple[int, Any]] = []

    def add(self, key: str, entry: Any) -> None:
        """Add one entry of the list ``key`` of the file; other keys are passed over.

        Raises:
            ValueError: Something is missing in the entry, or has the wrong type.
        """
        add = {
            'images': self._add_image,
            'categories': self._add_category,
            'annotations': self._add_annotation,
        }.get(key)
        if add is None:
            return
        try:
            add(entry)
        except KeyError as error:
            raise ValueError(f'an entry of {key} lacks {error}: {str(entry)[:200]}') from error
        except (AttributeError, TypeError) as error:
            raise ValueError(f'broken entry of {key}: {error}: {str(entry)[:200]}') from error

    def column(self, name: str) -> NDArray[Any]:
        """Return ``ids``, ``image_ids``, ``category_ids``, ``boxes`` (N, 4), ``areas``,
        ``ignored``, ``crowds``, ``sizes`` (N, 2), ``starts`` or ``lengths`` as an array.
        """
        values = np.array(getattr(self, f'_{name}'))
        return values.reshape({'boxes': (-1, 4), 'sizes': (-1, 2)}.get(name, (-1,)))

    def text(self) -> NDArray[np.uint8]:
        """Return the bytes of all compressed masks, after compressing those that wait.

        Raises:
            ValueError: A mask can't be compressed; the message names the annotation.
        """
        self._compress_waiting()
        return np.array(self._text)

    def _add_image(self, image: dict[str, Any]) -> None:
        keys = ('id', 'file_name', 'height', 'width')
        self.images[image['id']] = {key: image[key] for key in keys}

    def _add_category(self, category: dict[str, Any]) -> None:
        self.categories[category['id']] = category['name']

    def _add_annotation(self, annotation: dict[str, Any]) -> None:
        self._ids.append(annotation['id'])
        self._image_ids.append(annotation['image_id'])
        self._category_ids.append(annotation['category_id'])
        x, y, w, h = annotation['bbox']
        self._boxes.extend((x, y, w, h))
        self._areas.append(annotation['area'])
        self._ignored.append(bool(annotation.get('ignore')))
        self._crowds.append(bool(annotation.get('iscrowd')))
        self._add_mask(annotation.get('segmentation'))
        if len(self._waiting) >= _BATCH and self._image_ids[-1] in self.images:
            self._compress_waiting()

    def _add_mask(self, mask: Any) -> None:
        counts, size = b'', (-1, -1)
        if isinstance(mask, dict) and isinstance(mask.get('counts'), str) and mask.get('size'):
            counts, size = mask['counts'].encode('latin-1', 'replace'), mask['size']
        elif mask:
            self._waiting.append((len(self._starts), mask))
        height, width = size
        self._sizes.extend((height, width))
        self._append_text(counts, None)

    def _append_text(self, counts: bytes, row: int | None) -> None:
        if row is None:
            self._starts.append(len(self._text))
            self._lengths.append(len(counts))
        else:
            self._starts[row], self._lengths[row] = len(self._text), len(counts)
        self._text += counts

    def _compress_waiting(self) -> None:
        by_size: dict[tuple[int, int], list[tuple[int, Any]]] = {}
        for row, mask in self._waiting:
            image = self.images.get(self._image_ids[row])
            # An annotation of an image that is not listed is dropped later.
            if image is not None:
                size = (image['height'], image['width'])
                by_size.setdefault(size, []).append((row, mask))
        self._waiting = []
        for (height, width), group in by_size.items():
            self._compress(group, height, width)

    def _compress(self, group: list[tuple[int, Any]], height: int, width: int) -> None:
        try:
            crops, valid = segmentations_to_crops([mask for _, mask in group], height, width)
        except (TypeError, ValueError) as error:
            if len(group) == 1:
                raise ValueError(f'annotation {self._ids[group[0][0]]}: {error}') from error
            for entry in group:
                self._compress([entry], height, width)
            return
        text, ends = crops_to_strings(crops)
        for k, (row, _) in enumerate(group):
            self._append_text(text[ends[k] : ends[k + 1]].tobytes(), row)
            self._sizes[2 * row : 2 * row + 2] = array('q', (height, width))
            self._crowds[row] |= not valid[k]
