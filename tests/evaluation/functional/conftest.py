"""Label maps, and obvious implementations of every score to compare with."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linear_sum_assignment

Map = np.ndarray


@pytest.fixture(scope='session')
def reference_maps(shared: Path) -> ModuleType:
    """The module that makes the label maps whose reference scores are recorded."""
    sys.path.insert(0, str(shared / 'oracles'))
    try:
        import metric_maps
    finally:
        sys.path.pop(0)
    return metric_maps


@pytest.fixture(scope='session')
def map_pairs() -> st.SearchStrategy[tuple[Map, Map]]:
    """Two small label maps of one shape; numbers have gaps."""
    shapes = st.tuples(st.integers(1, 7), st.integers(1, 7))
    numbers = st.sampled_from([0, 0, 1, 2, 5, 9])
    return shapes.flatmap(
        lambda shape: st.tuples(
            hnp.arrays(np.int32, shape, elements=numbers),
            hnp.arrays(np.int32, shape, elements=numbers),
        )
    )


def masks_of(label_map: Map) -> list[Map]:
    return [label_map == number for number in np.unique(label_map) if number]


def ious(gt: Map, pred: Map) -> Map:
    one, other = masks_of(gt), masks_of(pred)
    values = [[(a & b).sum() / (a | b).sum() for b in other] for a in one]
    return np.array(values).reshape(len(one), len(other))


def aggregate(gt: Map, pred: Map, pairs: list[tuple[int, int]]) -> float:
    one, other = masks_of(gt), masks_of(pred)
    shared = sum((one[i] & other[j]).sum() for i, j in pairs)
    united = sum((one[i] | other[j]).sum() for i, j in pairs)
    for own, used in ((one, {i for i, _ in pairs}), (other, {j for _, j in pairs})):
        united += sum(mask.sum() for k, mask in enumerate(own) if k not in used)
    return shared / united


def reference_ious(gt: Map, pred: Map) -> Map:
    """HoVer-Net's own, which tell equally good pairs apart by their size."""
    one, other = masks_of(gt), masks_of(pred)
    return np.array([[(a & b).sum() / ((a | b).sum() + 1e-6) for b in other] for a in one])


def plain_aji(gt: Map, pred: Map) -> float:
    iou = reference_ious(gt, pred)
    return aggregate(gt, pred, [(i, int(row.argmax())) for i, row in enumerate(iou) if row.any()])


def plain_aji_plus(gt: Map, pred: Map) -> float:
    iou = reference_ious(gt, pred)
    pairs = zip(*linear_sum_assignment(-iou), strict=True)
    return aggregate(gt, pred, [(int(i), int(j)) for i, j in pairs if iou[i, j] > 0])


def plain_pq(gt: Map, pred: Map) -> float:
    iou = ious(gt, pred)
    matched = iou[iou > 0.5]
    count = len(matched)
    divisor = count if matched.sum() == count else count + 1e-6
    return count / (0.5 * sum(iou.shape)) * matched.sum() / divisor if count else 0.0


def plain_dice(gt: Map, pred: Map) -> float:
    return 2 * ((gt > 0) & (pred > 0)).sum() / ((gt > 0).sum() + (pred > 0).sum())


def plain_instance_dice(gt: Map, pred: Map) -> float:
    pairs = [(a, b) for a in masks_of(gt) for b in masks_of(pred) if (a & b).any()]
    total = sum(a.sum() + b.sum() for a, b in pairs)
    return 2 * sum((a & b).sum() for a, b in pairs) / total if total else 0.0


def plain_average_precision(gt: Map, pred: Map) -> tuple[float, ...]:
    """Count the hits as StarDist's ``matching`` does."""
    iou = ious(gt, pred)
    values = []
    for threshold in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        cost = -(iou >= threshold).astype(float) - iou / (2 * min(iou.shape))
        hits = (iou[linear_sum_assignment(cost)] >= threshold).sum()
        values.append(hits / (sum(iou.shape) - hits))
    return tuple(values)


PLAIN: dict[str, Callable] = {
    'aggregated_jaccard_index': plain_aji,
    'aggregated_jaccard_index_plus': plain_aji_plus,
    'panoptic_quality': plain_pq,
    'dice': plain_dice,
    'instance_dice': plain_instance_dice,
    'average_precision': plain_average_precision,
}


@pytest.fixture(params=list(PLAIN))
def score(request: pytest.FixtureRequest) -> tuple[Callable, Callable]:
    """A score and its obvious implementation, one after the other, as plain numbers."""
    from mmnuc.evaluation import functional

    fast = getattr(functional, request.param)
    if request.param == 'panoptic_quality':
        return lambda *arguments: fast(*arguments).pq, PLAIN[request.param]
    return fast, PLAIN[request.param]
