"""CropMasks, operation by operation against mmdet's BitmapMasks."""

import copy
import pickle
import time
from collections.abc import Callable

import numpy as np
import pycocotools.mask as coco
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks, mask_target
from mmdet.visualization import DetLocalVisualizer
from mmengine import Config
from mmengine.structures import InstanceData

from mmnuc.structures import CropMasks

lengths = st.integers(1, 20)
fractions = st.floats(-9, 9, width=32)
borders = st.sampled_from([0, 0, 1, 7])
directions = st.sampled_from(['horizontal', 'vertical'])


def rescaled(data, masks):
    scale = data.draw(st.tuples(st.integers(20, 60), st.integers(20, 60)))
    return masks.rescale(scale)


def rescaled_by_a_factor(data, masks):
    return masks.rescale(data.draw(st.floats(1, 4)))


def resized(data, masks):
    interpolation = data.draw(st.sampled_from(['nearest', 'nearest', 'bilinear']))
    return masks.resize((data.draw(lengths), data.draw(lengths)), interpolation)


def flipped(data, masks):
    return masks.flip(data.draw(st.sampled_from(['horizontal', 'vertical', 'diagonal'])))


def padded(data, masks):
    size = masks.height + data.draw(lengths), masks.width + data.draw(lengths)
    return masks.pad(size, data.draw(borders))


def cropped(data, masks):
    x1 = data.draw(st.integers(-5, masks.width - 1))
    y1 = data.draw(st.integers(-5, masks.height - 1))
    x2, y2 = data.draw(st.integers(max(x1, 0), 15)), data.draw(st.integers(max(y1, 0), 15))
    return masks.crop(np.array([x1, y1, x2, y2]))


def expanded(data, masks):
    top, left = data.draw(lengths), data.draw(lengths)
    more = data.draw(lengths)
    return masks.expand(masks.height + top + more, masks.width + left + more, top, left)


def translated(data, masks):
    size = data.draw(lengths), data.draw(lengths)
    offset = data.draw(st.one_of(st.integers(-9, 9), fractions))
    return masks.translate(size, offset, data.draw(directions), data.draw(borders))


def translated_both_ways(data, masks):
    size = data.draw(lengths), data.draw(lengths)
    return masks.translate(size, (data.draw(fractions), data.draw(fractions)), 'both')


def sheared(data, masks):
    size = masks.height, masks.width
    return masks.shear(size, data.draw(fractions) / 9, data.draw(directions), data.draw(borders))


def rotated(data, masks):
    center = data.draw(st.none() | st.tuples(fractions, fractions))
    angle, scale = data.draw(st.floats(-180, 180)), data.draw(st.floats(0.25, 3))
    size = masks.height, masks.width
    return masks.rotate(size, angle, center, scale, data.draw(borders))


def twice(_, masks):
    return masks.cat([masks, masks[:0], masks])


OPERATIONS = [
    *(rescaled, rescaled_by_a_factor, resized, flipped, padded, cropped, expanded),
    *(translated, translated_both_ways, sheared, rotated, twice),
]


class Replay:
    """Gives the second road the values that were drawn for the first."""

    def __init__(self, data) -> None:
        self.data, self.seen, self.next = data, [], None

    def draw(self, strategy):
        if self.next is not None:
            return next(self.next)
        self.seen.append(self.data.draw(strategy))
        return self.seen[-1]


@pytest.mark.parametrize('operation', OPERATIONS, ids=lambda f: f.__name__)
@settings(deadline=None)
@given(data=st.data())
def test_operation(grey_masks, assert_same, operation: Callable, data) -> None:
    dense = data.draw(grey_masks)
    bitmaps, replay = BitmapMasks(dense, *dense.shape[1:]), Replay(data)
    wanted = operation(replay, bitmaps)
    replay.next = iter(replay.seen)
    assert_same(operation(replay, CropMasks.from_bitmaps(dense)), wanted)


def discs(n: int, side: int = 64, seed: int = 0) -> np.ndarray:
    """Draw N discs of 4 to 9 pixels radius in a square image, as (N, side, side)."""
    rng = np.random.default_rng(seed)
    x, y, r = rng.uniform(0, side, n), rng.uniform(0, side, n), rng.uniform(4, 9, n)
    rows, columns = np.mgrid[:side, :side]
    far = (columns - x[:, None, None]) ** 2 + (rows - y[:, None, None]) ** 2
    return (far < r[:, None, None] ** 2).astype(np.uint8)


INDICES = {
    'a number': 3,
    'a numpy number': np.int64(3),
    'from the end': -2,
    'a slice': slice(2, 5),
    'numbers': np.array([4, 0, 0, -1]),
    'booleans': np.arange(6) % 2 == 0,
    'a tensor of numbers': torch.tensor([5, 1]),
    'a tensor of booleans': torch.arange(6) > 3,
    'a list': [1, 2],
    'none': np.zeros(0, np.int64),
}


@pytest.mark.parametrize('name', INDICES)
def test_index(assert_same, name: str) -> None:
    dense, index = discs(6), INDICES[name]
    numpy_index = index.numpy() if isinstance(index, torch.Tensor) else index
    assert_same(CropMasks.from_bitmaps(dense)[index], BitmapMasks(dense, 64, 64)[numpy_index])


def test_constructors_agree() -> None:
    dense = discs(5)
    masks = CropMasks.from_bitmaps(dense)
    label_map = np.zeros((64, 64), int)
    label_map[10:20, 5:9], label_map[40:50, 40:60] = 4, 9
    same = {
        'rles': CropMasks.from_rles(masks.to_rles(), 64, 64),
        'arrays': CropMasks(masks.buffer, masks.offsets, masks.boxes_xyxy, 64, 64),
        'booleans': CropMasks.from_bitmaps(dense.astype(bool)),
    }
    for other in same.values():
        np.testing.assert_array_equal(other.to_ndarray(), dense)
    mapped = CropMasks.from_label_map(label_map)
    assert mapped.boxes_xyxy.tolist() == [[5, 10, 9, 20], [40, 40, 60, 50]]
    np.testing.assert_array_equal(mapped.to_label_map(), np.array([0, 1, 2])[label_map // 4])
    polygons = CropMasks.from_polygons([[[5, 10, 9, 10, 9, 20, 5, 20]]], 64, 64)
    np.testing.assert_array_equal(polygons.to_ndarray(), mapped[0].to_ndarray())


def test_rles_are_those_of_pycocotools() -> None:
    dense = discs(4)
    wanted = [coco.encode(np.asfortranarray(mask))['counts'].decode() for mask in dense]
    assert [rle['counts'] for rle in CropMasks.from_bitmaps(dense).to_rles()] == wanted


@pytest.mark.parametrize('dtype', [torch.bool, torch.uint8, torch.float32, torch.int64])
@pytest.mark.parametrize('n', [0, 3])
def test_tensors(dtype: torch.dtype, n: int) -> None:
    dense = discs(n)
    tensor = CropMasks.from_bitmaps(dense).to_tensor(dtype, 'cpu')
    assert tensor.dtype == dtype
    assert torch.equal(tensor, BitmapMasks(dense, 64, 64).to_tensor(dtype, 'cpu'))


def test_boxes_are_those_of_mmdet() -> None:
    dense = discs(5)
    dense[2] = 0
    masks = CropMasks.from_bitmaps(dense)
    wanted = HorizontalBoxes.from_instance_masks(BitmapMasks(dense, 64, 64))
    for kind in ('hbox', HorizontalBoxes):
        boxes = masks.get_bboxes(kind)
        assert isinstance(boxes, HorizontalBoxes)
        assert boxes.tensor.dtype == wanted.tensor.dtype
        assert torch.equal(boxes.tensor, wanted.tensor)
    assert torch.equal(masks.get_bboxes().tensor, wanted.tensor)


@pytest.mark.parametrize('binarize', [True, False])
@settings(deadline=None)
@given(data=st.data())
def test_crop_and_resize(grey_masks, binarize: bool, data) -> None:
    dense = data.draw(grey_masks.filter(len))
    n, h, w = dense.shape
    corner = st.tuples(st.floats(0, w, width=32), st.floats(0, h, width=32))
    pairs = data.draw(st.lists(st.tuples(corner, corner), max_size=3))
    boxes = np.array([[*np.minimum(a, b), *np.maximum(a, b)] for a, b in pairs], np.float32)
    boxes, size = boxes.reshape(-1, 4), (data.draw(lengths), data.draw(lengths))
    rows = np.array([data.draw(st.integers(0, n - 1)) for _ in pairs], np.int64)
    got, wanted = (
        masks.crop_and_resize(boxes, size, rows, 'cpu', binarize=binarize).to_ndarray()
        for masks in (CropMasks.from_bitmaps(dense), BitmapMasks(dense, h, w))
    )
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


def test_mask_targets() -> None:
    dense, rng = discs(30), np.random.default_rng(0)
    boxes = torch.rand(50, 4).sort(dim=1).values[:, [0, 1, 2, 3]] * 70 - 3
    rows, cfg = torch.from_numpy(rng.integers(0, 30, 50)), Config({'mask_size': 28})
    got, wanted = (
        mask_target([boxes], [rows], [masks], cfg)
        for masks in (CropMasks.from_bitmaps(dense), BitmapMasks(dense, 64, 64))
    )
    assert torch.equal(got, wanted)


def test_no_masks_have_no_targets() -> None:
    none = CropMasks.from_bitmaps(np.zeros((0, 4, 4), np.uint8))
    targets = none.crop_and_resize(torch.zeros(0, 4), (3, 5), torch.zeros(0, dtype=int))
    assert targets.to_ndarray().shape == (0, 3, 5)


def test_full_images_one_by_one() -> None:
    dense = discs(3)
    for got, wanted in zip(CropMasks.from_bitmaps(dense), dense, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_pickle_and_copies_are_as_small_as_the_crops() -> None:
    masks = CropMasks.from_bitmaps(discs(50))
    assert len(pickle.dumps(masks[7])) < 1500
    for twin in (pickle.loads(pickle.dumps(masks)), copy.deepcopy(masks)):
        np.testing.assert_array_equal(twin.to_ndarray(), masks.to_ndarray())
        assert not np.shares_memory(twin.buffer, masks.buffer)


def test_instance_data_selects_two_thousand_masks_quickly(assert_same) -> None:
    dense = np.zeros((2000, 40, 50), np.uint8)
    dense[np.arange(2000), np.arange(2000) % 40, np.arange(2000) // 40] = 1
    instances = InstanceData(masks=CropMasks.from_bitmaps(dense), scores=torch.arange(2000))
    order = torch.randperm(2000)
    start = time.perf_counter()
    chosen = instances[order]
    assert time.perf_counter() - start < 1
    assert_same(chosen.masks, BitmapMasks(dense[order.numpy()], 40, 50))
    kept = instances[instances.scores < 3]
    assert len(kept) == len(kept.masks) == 3
    assert len(instances[instances.scores < 0].masks) == 0
    assert len(InstanceData.cat([kept, kept]).masks) == 6


def test_dense_masks_are_written_back(assert_same) -> None:
    dense = discs(3)
    masks, bitmaps = CropMasks.from_bitmaps(dense), BitmapMasks(dense.copy(), 64, 64)
    for both in (masks, bitmaps):
        both.masks[:, 10:40, 20:30] = 0
        both.masks[1][5:8] = 1
        both.masks[both.masks.sum((1, 2)) < 50] |= 4
    assert_same(masks, bitmaps)
    masks.masks = np.where(np.eye(64, dtype=bool), 0, masks.masks)
    bitmaps.masks = np.where(np.eye(64, dtype=bool), 0, bitmaps.masks)
    assert_same(masks, bitmaps)


SIZES = {
    'padded to less': lambda m: m.pad((3, 2)),
    'cropped beside the image': lambda m: m.crop(np.array([5, 4, 9, 9])),
    'expanded to less': lambda m: m.expand(3, 2, 1, 1),
    'rotated': lambda m: m.rotate((7, 8), 30),
    'sheared': lambda m: m.shear((7, 8), 0.5),
    'translated': lambda m: m.translate((7, 8), 3),
    'rescaled': lambda m: m.rescale((30, 40)),
}


@pytest.mark.parametrize('name', SIZES)
def test_no_masks_take_any_size(assert_same, name: str) -> None:
    none = np.zeros((0, 4, 5), np.uint8)
    wanted = SIZES[name](BitmapMasks(none, 4, 5))
    assert_same(SIZES[name](CropMasks.from_bitmaps(none)), wanted)


def test_drawn_by_mmdet() -> None:
    dense, image = discs(3), np.zeros((64, 64, 3), np.uint8)
    drawn = []
    for masks in (CropMasks.from_bitmaps(dense), BitmapMasks(dense, 64, 64)):
        np.random.seed(0)  # noqa: NPY002 - mmdet draws its colors from it
        instances = InstanceData(masks=masks, labels=torch.zeros(3, dtype=int))
        instances.bboxes = masks.get_bboxes('hbox').tensor
        palette = [(200, 30, 30)]
        drawn.append(DetLocalVisualizer()._draw_instances(image, instances, ['x'], palette))
    np.testing.assert_array_equal(*drawn)


def test_representation() -> None:
    masks = CropMasks.from_bitmaps(discs(3))
    assert repr(masks) == 'CropMasks(num_masks=3, height=64, width=64)'


FAULTS = {
    'joining nothing': lambda m: m.cat([]),
    'joining other sizes': lambda m: m.cat([m, m.resize((9, 9))]),
    'padding to less': lambda m: m.pad((64, 63)),
    'expanding to less': lambda m: m.expand(70, 70, 8, 0),
    'cropping beside the image': lambda m: m.crop(np.array([64, 0, 70, 9])),
    'flipping sideways': lambda m: m.flip('sideways'),
    'rotating into another size': lambda m: m.rotate((64, 65), 5),
    'shearing diagonally': lambda m: m.shear((64, 64), 0.5, 'diagonal'),
    'moving nowhere': lambda m: m.translate((64, 64), 3, 'nowhere'),
    'two borders for three masks': lambda m: m.translate((64, 64), 3, border_value=(1, 1)),
    'dense masks of another size': lambda m: setattr(m, 'masks', np.zeros((3, 64, 63), np.uint8)),
    'an index too far': lambda m: m[3],
}


@pytest.mark.parametrize('fault', FAULTS)
def test_faults(fault: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        FAULTS[fault](CropMasks.from_bitmaps(discs(3)))
