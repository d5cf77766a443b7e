"""The masks of one image, against pycocotools and against a dense count of overlaps."""

import numpy as np
from pycocotools import mask as coco_mask

from mmnuc.converters.check import check_masks
from mmnuc.converters.record import Mask, SourceFault, cut


def squares(size: int, *boxes: tuple[int, int, int, int]) -> list[np.ndarray]:
    masks = []
    for x1, y1, x2, y2 in boxes:
        masks.append(np.zeros((size, size), np.uint8))
        masks[-1][y1:y2, x1:x2] = 1
    return masks


def kinds(faults: list[SourceFault]) -> list[tuple[str, str]]:
    return [(fault.kind, fault.file) for fault in faults]


def test_annotations_are_those_of_pycocotools() -> None:
    rng = np.random.default_rng(0)
    dense = [rng.random((30, 40)) < share for share in (0.01, 0.3, 0.9)]
    checked = check_masks([cut(str(i), mask) for i, mask in enumerate(dense)], 30, 40)
    for annotation, mask in zip(checked.annotations, dense, strict=True):
        rle = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert annotation['segmentation']['counts'] == rle['counts'].decode()
        assert annotation['segmentation']['size'] == [30, 40]
        assert annotation['bbox'] == coco_mask.toBbox(rle).tolist()
        assert annotation['area'] == coco_mask.area(rle)
        assert annotation['iscrowd'] == 0


def test_overlaps_are_reported_by_pair_and_both_masks_stay() -> None:
    masks = squares(20, (0, 0, 6, 6), (4, 4, 10, 10), (5, 0, 6, 5), (15, 15, 18, 18))
    checked = check_masks([cut(f'm{i}', mask) for i, mask in enumerate(masks)], 20, 20)
    assert len(checked.annotations) == 4
    assert [(fault.file, fault.detail) for fault in checked.faults] == [
        ('m0', '4 pixels shared with m1'),
        ('m0', '5 pixels shared with m2'),
        ('m1', '1 pixels shared with m2'),
    ]


def test_copies_and_empty_masks_are_left_out() -> None:
    one, other = squares(20, (0, 0, 3, 3), (8, 8, 9, 9))
    found = [cut('a', one), cut('b', other), cut('c', one), cut('d', one * 0)]
    checked = check_masks(found, 20, 20)
    assert [each['area'] for each in checked.annotations] == [9, 1]
    assert kinds(checked.faults) == [('duplicate-mask', 'c'), ('empty-mask', 'd')]
    assert checked.faults[0].detail == 'the same as a'


def test_the_same_pixels_of_two_classes_are_no_copies() -> None:
    (one,) = squares(20, (0, 0, 3, 3))
    checked = check_masks([cut('a', one, category_id=1), cut('b', one, category_id=2)], 20, 20)
    assert [each['category_id'] for each in checked.annotations] == [1, 2]


def test_parts_that_touch_at_a_corner_are_one() -> None:
    touching, apart = squares(20, (0, 0, 3, 3), (10, 10, 12, 12))
    touching[3, 3] = 1
    apart[14, 14] = 1
    checked = check_masks([cut('a', touching), cut('b', apart)], 20, 20)
    assert [(f.kind, f.file, f.detail) for f in checked.faults] == [
        ('several-parts', 'b', '2 parts')
    ]
    assert len(checked.annotations) == 2


def test_crowds_may_overlap_and_fall_apart() -> None:
    one, other = squares(20, (0, 0, 9, 9), (4, 4, 6, 6))
    crowd = np.zeros((20, 20), np.uint8)
    crowd[0:2] = crowd[5:7] = 1
    masks = [cut('a', one), Mask('b', crowd[:7], 0, 0, iscrowd=1)]
    checked = check_masks(masks, 20, 20)
    assert checked.faults == []
    assert [each['iscrowd'] for each in checked.annotations] == [0, 1]
    assert kinds(check_masks([cut('a', one), cut('c', other)], 20, 20).faults) == [
        ('overlapping-masks', 'a')
    ]


def test_faults_of_the_reader_are_passed_on() -> None:
    fault = SourceFault('unreadable', 'a.png')
    assert check_masks([fault], 5, 5).faults == [fault]
    assert check_masks([], 5, 5).annotations == []


def test_masks_over_most_of_an_image_are_reported() -> None:
    (small,) = squares(40, (1, 1, 9, 9))
    masks = [cut('small', small), cut('turned', 1 - small)]
    assert kinds(check_masks(masks, 40, 40).faults) == [('large-mask', 'turned')]
    tiny = [cut('a', np.ones((4, 4), np.uint8))]
    assert check_masks(tiny, 4, 4).faults == []
