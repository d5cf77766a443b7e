"""Suppression, soft suppression, matching and overlaps, against loops that read like the paper."""

import math

import pytest
import torch
import torchvision
from mmcv.ops import batched_nms, bbox_overlaps, nms, nms_match, soft_nms
from torch import Tensor

SOFT_METHODS = ('naive', 'linear', 'gaussian')


def boxes_and_scores(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(n, 2, generator=generator) * 60
    size = torch.rand(n, 2, generator=generator) * 30 + 1
    return torch.cat([corner, corner + size], 1), torch.rand(n, generator=generator)


def iou(a: list[float], b: list[float], offset: int = 0) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + offset)
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + offset)
    area, other = ((x[2] - x[0] + offset) * (x[3] - x[1] + offset) for x in (a, b))
    return width * height / (area + other - width * height)


def plain_nms(boxes: Tensor, scores: Tensor, threshold: float, offset: int) -> list[int]:
    kept: list[int] = []
    for i in scores.argsort(descending=True).tolist():
        overlaps = (iou(boxes[i].tolist(), boxes[j].tolist(), offset) for j in kept)
        if all(overlap <= threshold for overlap in overlaps):
            kept.append(i)
    return kept


def plain_soft_nms(
    boxes: Tensor, scores: Tensor, threshold: float, sigma: float, min_score: float, method: str
) -> tuple[list[int], list[float]]:
    left = dict(enumerate(scores.tolist()))
    kept, kept_scores = [], []
    while left:
        best = max(left, key=lambda i: left[i])
        kept.append(best)
        kept_scores.append(left.pop(best))
        for i in list(left):
            overlap = iou(boxes[best].tolist(), boxes[i].tolist())
            if method == 'gaussian':
                left[i] *= math.exp(-(overlap**2) / sigma)
            elif overlap >= threshold:
                left[i] *= 1 - overlap if method == 'linear' else 0
            if left[i] < min_score:
                del left[i]
    return kept, kept_scores


@pytest.mark.parametrize('threshold', [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize('offset', [0, 1])
def test_nms_keeps_what_the_loop_keeps(threshold: float, offset: int) -> None:
    boxes, scores = boxes_and_scores(60)
    dets, kept = nms(boxes, scores, threshold, offset=offset)
    assert kept.tolist() == plain_nms(boxes, scores, threshold, offset)
    assert torch.equal(dets, torch.cat([boxes, scores[:, None]], 1)[kept])


def test_nms_equals_torchvision() -> None:
    boxes, scores = boxes_and_scores(2000)
    assert torch.equal(nms(boxes, scores, 0.5)[1], torchvision.ops.nms(boxes, scores, 0.5))


@pytest.mark.parametrize(
    ('box_type', 'score_type'),
    [(torch.float32, torch.float16), (torch.float16, torch.float32), (torch.bfloat16,) * 2],
)
def test_nms_takes_types_that_differ(box_type: torch.dtype, score_type: torch.dtype) -> None:
    boxes, scores = boxes_and_scores(20)
    boxes, scores = boxes.to(box_type), scores.to(score_type)
    expected = torchvision.ops.nms(boxes.float(), scores.float(), 0.5)
    assert torch.equal(nms(boxes, scores, 0.5)[1], expected)


def test_nms_of_nothing() -> None:
    dets, kept = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)


def test_batched_nms_keeps_classes_apart() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10]])
    kept = batched_nms(
        boxes, torch.tensor([0.5, 0.9]), torch.tensor([0, 1]), {'iou_threshold': 0.5}
    )[1]
    assert kept.tolist() == [1, 0]


@pytest.mark.parametrize('method', SOFT_METHODS)
@pytest.mark.parametrize('min_score', [1e-3, 0.2])
def test_soft_nms_equals_the_loop(method: str, min_score: float) -> None:
    boxes, scores = boxes_and_scores(50)
    dets, kept = soft_nms(boxes, scores, 0.3, 0.4, min_score, method)
    expected, expected_scores = plain_soft_nms(boxes, scores, 0.3, 0.4, min_score, method)
    assert kept.tolist() == expected
    assert torch.equal(dets[:, :4], boxes[kept])
    torch.testing.assert_close(dets[:, 4], torch.tensor(expected_scores))


def test_soft_nms_leaves_its_arguments_alone() -> None:
    boxes, scores = boxes_and_scores(10)
    before = boxes.clone(), scores.clone()
    soft_nms(boxes, scores, 0.1)
    assert torch.equal(boxes, before[0])
    assert torch.equal(scores, before[1])


def test_soft_nms_of_nothing() -> None:
    dets, kept = soft_nms(torch.zeros(0, 4), torch.zeros(0))
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)


def test_nms_match_groups_the_suppressed_with_their_box() -> None:
    boxes, scores = boxes_and_scores(40)
    groups = [group.tolist() for group in nms_match(torch.cat([boxes, scores[:, None]], 1), 0.4)]
    assert [group[0] for group in groups] == plain_nms(boxes, scores, 0.4, 0)
    assert sorted(i for group in groups for i in group) == list(range(40))
    for best, *suppressed in groups:
        assert all(iou(boxes[best].tolist(), boxes[i].tolist()) >= 0.4 for i in suppressed)
        assert suppressed == sorted(suppressed, key=lambda i: -scores[i])


@pytest.mark.parametrize('aligned', [False, True])
@pytest.mark.parametrize('offset', [0, 1])
def test_overlaps(aligned: bool, offset: int) -> None:
    a, b = boxes_and_scores(8, seed=1)[0], boxes_and_scores(8, seed=2)[0]
    pairs = [[iou(x, y, offset) for y in b.tolist()] for x in a.tolist()]
    expected = torch.tensor(pairs).diagonal() if aligned else torch.tensor(pairs)
    torch.testing.assert_close(bbox_overlaps(a, b, aligned=aligned, offset=offset), expected)


def test_overlaps_over_the_first_box() -> None:
    small, large = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 1, 9, 9]])
    assert bbox_overlaps(small, large, mode='iof').item() == 0.25
    assert bbox_overlaps(large, small, mode='iof').item() == 1 / 64
