"""Pasted masks against mmdet's own paste, box by box, bit by bit."""

import numpy as np
import pytest
import torch
from mmdet.models.roi_heads.mask_heads.fcn_mask_head import _do_paste_mask

from mmnuc.models.mask_heads import paste
from mmnuc.ops import crops

HEIGHT, WIDTH = 90, 110
NAN, INF = float('nan'), float('inf')

BOXES = {
    'ordinary': (20.3, 31.7, 41.9, 48.2),
    'whole pixels': (20, 30, 41, 48),
    'half pixels': (20.5, 30.5, 41.5, 48.5),
    'smaller than a pixel': (20.1, 30.1, 20.4, 30.2),
    'no width': (20.3, 30, 20.3, 48),
    'no width, at a pixel centre': (20.5, 30, 20.5, 48),
    'no height': (20.3, 30.2, 33, 30.2),
    'a point': (20.5, 30.5, 20.5, 30.5),
    'at the origin': (0, 0, 9.5, 8),
    'at the far corner': (97.4, 81.2, 110, 90),
    'over the near corner': (-8.2, -5.1, 9, 7),
    'over the far corner': (100, 80.5, 130.3, 96),
    'the whole image': (0, 0, 110, 90),
    'larger than the image': (-40, -50, 170, 140),
}


def pasted_by_mmdet(masks: torch.Tensor, boxes: torch.Tensor, threshold: float) -> np.ndarray:
    """What ``FCNMaskHead`` does on a CPU."""
    dense = np.zeros((len(masks), HEIGHT, WIDTH), np.uint8)
    for i in range(len(masks)):
        mask, place = _do_paste_mask(masks[i : i + 1, None], boxes[i : i + 1], HEIGHT, WIDTH)
        mask = mask >= threshold if threshold >= 0 else (mask * 255).to(torch.uint8)
        dense[(i, *place)] = mask[0].numpy()
    return dense


def random_boxes(rng: np.random.Generator, count: int) -> torch.Tensor:
    """Boxes of all sizes, inside the image or over its border, some on whole or half pixels."""
    centre = rng.random((count, 2)) * (WIDTH, HEIGHT)
    half = np.exp(rng.uniform(np.log(0.05), np.log(60), (count, 2)))
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    boxes[::3] = np.round(boxes[::3] * 2) / 2
    boxes[::2] = boxes[::2].clip(0, (WIDTH, HEIGHT, WIDTH, HEIGHT))
    return torch.from_numpy(boxes.astype(np.float32))


def paste_dense(masks: torch.Tensor, boxes: torch.Tensor, threshold: float) -> np.ndarray:
    pasted = paste.paste_masks(masks, boxes, HEIGHT, WIDTH, threshold)
    assert np.array_equal(pasted.offsets, crops.offsets_of(pasted.boxes_xyxy))
    dense = crops.to_bitmaps(pasted)
    assert np.array_equal(pasted.boxes_xyxy, crops.from_bitmaps(dense).boxes_xyxy), 'not tight'
    return dense


@pytest.mark.parametrize('threshold', [0.5, 0.3, 0.0, 1.0, -1])
@pytest.mark.parametrize('name', BOXES)
def test_box_is_pasted_as_mmdet_does(name: str, threshold: float) -> None:
    masks = torch.rand((3, 28, 28), generator=torch.Generator().manual_seed(0))
    masks[1], masks[2] = 1, 0
    boxes = torch.tensor([BOXES[name]] * 3, dtype=torch.float32)
    ours = paste_dense(masks, boxes, threshold)
    assert np.array_equal(ours, pasted_by_mmdet(masks, boxes, threshold))


@pytest.mark.parametrize('size_hw', [(28, 28), (14, 14), (7, 9), (1, 1), (56, 112)])
def test_many_boxes_are_pasted_as_mmdet_does(size_hw: tuple[int, int]) -> None:
    rng = np.random.default_rng(size_hw[1])
    boxes = random_boxes(rng, 600)
    masks = torch.from_numpy(rng.random((600, *size_hw), dtype=np.float32))
    for threshold in (0.5, -1):
        ours = paste_dense(masks, boxes, threshold)
        assert np.array_equal(ours, pasted_by_mmdet(masks, boxes, threshold))


@pytest.mark.parametrize('limit', [1, 500, 10**9])
def test_grouping_does_not_change_the_masks(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    boxes = random_boxes(rng, 100)
    masks = torch.from_numpy(rng.random((100, 28, 28), dtype=np.float32))
    monkeypatch.setattr(paste, '_SAMPLES_CPU', limit)
    assert np.array_equal(paste_dense(masks, boxes, 0.5), pasted_by_mmdet(masks, boxes, 0.5))


def test_groups_stay_under_the_limit_and_hold_every_row_once() -> None:
    rng = np.random.default_rng(4)
    windows = np.zeros((500, 4), np.int32)
    windows[:, 2:] = rng.integers(0, 80, (500, 2))
    groups = list(paste._groups(windows, 4000))
    assert np.array_equal(np.sort(np.concatenate(groups)), np.arange(500))
    for rows in groups:
        assert len(rows) == 1 or len(rows) * windows[rows, 2].max() * windows[rows, 3].max() <= 4000


@pytest.mark.parametrize(
    'box',
    [
        (120, 20, 140, 40),
        (20, 95, 40, 140),
        (-40, 20, -20, 40),
        (20, -40, 40, -20),
        (40, 20, 20, 40),
        (NAN, 20, 30, 40),
        (20, 20, INF, 40),
    ],
)
def test_box_without_pixels_gives_an_empty_mask(box: tuple[float, ...]) -> None:
    boxes = torch.tensor([(10, 10, 20, 20), box, (30, 30, 40, 40)], dtype=torch.float32)
    pasted = paste.paste_masks(torch.ones(3, 28, 28), boxes, HEIGHT, WIDTH, 0.5)
    assert pasted.boxes_xyxy.tolist() == [[10, 10, 20, 20], [0, 0, 0, 0], [30, 30, 40, 40]]


def test_nothing_to_paste() -> None:
    pasted = paste.paste_masks(torch.ones(0, 28, 28), torch.ones(0, 4), HEIGHT, WIDTH, 0.5)
    assert (len(pasted), pasted.height, pasted.width) == (0, HEIGHT, WIDTH)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_gpu_gives_the_masks_of_mmdet_on_that_gpu() -> None:
    rng = np.random.default_rng(5)
    boxes = random_boxes(rng, 300)
    boxes = boxes[(boxes[:, 2:] > boxes[:, :2]).all(dim=1)].cuda()
    masks = torch.from_numpy(rng.random((len(boxes), 28, 28), dtype=np.float32)).cuda()
    mmdet, _ = _do_paste_mask(masks[:, None], boxes, HEIGHT, WIDTH, skip_empty=False)
    assert np.array_equal(paste_dense(masks, boxes, 0.5), (mmdet >= 0.5).cpu().numpy())
