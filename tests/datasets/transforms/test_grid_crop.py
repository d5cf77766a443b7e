"""Parts of a tile: equal, on a grid, together the whole."""

import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes

from mmnuc.datasets.transforms import GridCrop
from mmnuc.structures import CropMasks


def tile(height: int, width: int) -> dict:
    """An image that numbers its pixels, with one mask that covers it all."""
    img = np.arange(height * width, dtype=np.int64).reshape(height, width, 1).repeat(3, 2)
    return dict(
        img=img,
        gt_bboxes=HorizontalBoxes(np.array([[0, 0, width, height]], np.float32)),
        gt_bboxes_labels=np.array([0]),
        gt_ignore_flags=np.array([False]),
        gt_masks=CropMasks.from_bitmaps(np.ones((1, height, width), np.uint8)),
    )


@pytest.mark.parametrize(
    ('parts', 'size_hw', 'part_hw'),
    [(4, (10, 12), (5, 6)), (16, (12, 8), (3, 2)), (9, (10, 11), (4, 4))],
    ids=['4 parts', '16 parts', 'sides that do not divide'],
)
def test_parts_cover_the_tile(parts: int, size_hw: tuple, part_hw: tuple) -> None:
    np.random.seed(0)  # noqa: NPY002 - the source of mmdet's transforms
    seen = np.zeros(size_hw[0] * size_hw[1], int)
    corners = set()
    for _ in range(40 * parts):
        part = GridCrop(parts)(tile(*size_hw))
        assert part['img'].shape[:2] == part['img_shape'] == part_hw
        assert part['gt_masks'].areas.tolist() == [part_hw[0] * part_hw[1]]
        assert part['gt_bboxes'].tensor.tolist() == [[0, 0, part_hw[1], part_hw[0]]]
        corner = int(part['img'][0, 0, 0])
        if corner not in corners:
            seen[part['img'][..., 0].ravel()] += 1
            corners.add(corner)
    assert len(corners) == parts
    assert seen.min() == 1
    even = size_hw[0] % part_hw[0] == size_hw[1] % part_hw[1] == 0
    assert (seen.max() == 1) == even


@pytest.mark.parametrize('parts', [0, 1, 5, 8])
def test_other_numbers_are_refused(parts: int) -> None:
    with pytest.raises(ValueError, match=f'parts must be 4, 9, 16 ..., not {parts}'):
        GridCrop(parts)
