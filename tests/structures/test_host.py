"""The one door to the host: every layout of masks and every precision of numbers reads the same."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks, PolygonMasks
from mmengine.structures import InstanceData
from pycocotools import mask as coco_mask

from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.crops import to_bitmaps
from mmnuc.structures import CropMasks, Nuclei
from mmnuc.structures.host import from_instances, to_crops, to_instances, to_numpy, to_rles

SIZE_HW = (30, 40)


def squares(count: int) -> np.ndarray:
    dense = np.zeros((count, *SIZE_HW), np.uint8)
    for i in range(count):
        dense[i, 2 : 8 + i, 2 + 10 * i : 9 + 10 * i] = 1
    return dense


def codes(dense: np.ndarray) -> list[dict[str, Any]]:
    return [coco_mask.encode(np.asfortranarray(mask)) for mask in dense]


def counts(dense: np.ndarray) -> list[dict[str, Any]]:
    """Run lengths as whole numbers, as COCO writes crowds."""
    runs = []
    for mask in dense:
        flat = mask.T.ravel()
        ends = np.flatnonzero(np.diff(flat)) + 1
        runs.append({'size': list(SIZE_HW), 'counts': np.diff([0, *ends, flat.size]).tolist()})
    return runs


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    'CropMasks': CropMasks.from_bitmaps,
    'Crops': lambda dense: CropMasks.from_bitmaps(dense).crops,
    'BitmapMasks': lambda dense: BitmapMasks(dense, *SIZE_HW),
    'BitmapMasks of bool': lambda dense: BitmapMasks(dense > 0, *SIZE_HW),
    'run lengths in bytes': codes,
    'run lengths as text': lambda dense: CropMasks.from_bitmaps(dense).to_rles(),
    'a tuple of run lengths': lambda dense: tuple(codes(dense)),
    'run lengths as numbers': counts,
}
for kind in (np.bool_, np.uint8, np.int8, np.int64, np.float16, np.float32, np.float64):
    LAYOUTS[f'array of {kind.__name__}'] = lambda dense, kind=kind: dense.astype(kind)
for name in ('bool', 'uint8', 'int64', 'float16', 'bfloat16', 'float32', 'float64'):
    LAYOUTS[f'tensor of {name}'] = lambda dense, name=name: torch.from_numpy(dense).to(
        getattr(torch, name)
    )
LAYOUTS['tensor with a gradient'] = lambda dense: torch.from_numpy(dense).float().requires_grad_()


@pytest.mark.parametrize('count', [0, 1, 3])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_layout_of_masks(layout: str, count: int) -> None:
    dense = squares(count)
    crops = to_crops(LAYOUTS[layout](dense), SIZE_HW)
    assert (crops.height, crops.width) == SIZE_HW
    assert np.array_equal(to_bitmaps(crops), dense)


@pytest.mark.parametrize('count', [0, 3])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_layout_as_run_lengths(layout: str, count: int) -> None:
    dense = squares(count)
    want = [{'size': [*SIZE_HW], 'counts': code['counts'].decode()} for code in codes(dense)]
    assert to_rles(LAYOUTS[layout](dense), SIZE_HW) == want


@pytest.mark.parametrize('layout', LAYOUTS)
def test_masks_tell_their_size(layout: str) -> None:
    assert np.array_equal(to_bitmaps(to_crops(LAYOUTS[layout](squares(2)))), squares(2))


def test_polygons_are_filled() -> None:
    polygons = PolygonMasks([[np.array([2.0, 2, 12, 2, 12, 12, 2, 12])]], *SIZE_HW)
    assert to_crops(polygons, SIZE_HW).boxes_xyxy.tolist() == [[2, 2, 12, 12]]


VALUES: dict[str, tuple[Any, list[int]]] = {
    'probabilities of 8 bits stay': (np.array([[[0, 100, 255]]], np.uint8), [100, 255]),
    'so do those of a tensor': (torch.tensor([[[0, 100, 255]]], dtype=torch.uint8), [100, 255]),
    'fractions are inside': (torch.tensor([[[0.0, 0.25, 1.0]]]).bfloat16(), [1, 1]),
    'negative numbers are outside': (np.array([[[-1, 2, -3, 4]]]), [1, 0, 1]),
    'NaN is outside': (np.array([[[np.nan, 1.0]]]), [1]),
}


@pytest.mark.parametrize(('masks', 'buffer'), VALUES.values(), ids=VALUES)
def test_values(masks: Any, buffer: list[int]) -> None:
    assert to_crops(masks).buffer.tolist() == buffer


@pytest.mark.parametrize('layout', LAYOUTS)
def test_another_size_is_refused(layout: str) -> None:
    with pytest.raises(ValueError, match='masks are 30 x 40, the image is 15 x 20'):
        to_crops(LAYOUTS[layout](squares(1)), (15, 20))
    with pytest.raises(ValueError, match='masks are 30 x 40, the image is 15 x 20'):
        to_rles(LAYOUTS[layout](squares(1)), (15, 20))


@pytest.mark.parametrize('layout', ['CropMasks', 'BitmapMasks'])
def test_another_size_is_scaled_where_that_is_asked_for(layout: str) -> None:
    crops = to_crops(LAYOUTS[layout](squares(3)), (60, 80), resize=True)
    assert (crops.height, crops.width) == (60, 80)
    assert crops.boxes_xyxy[0].tolist() == [4, 4, 18, 16]


@pytest.mark.parametrize(
    'none', [torch.zeros(0, 28, 28), [], CropMasks.from_bitmaps(np.zeros((0, 9, 9), bool))]
)
def test_no_masks_fit_any_image(none: Any) -> None:
    crops = to_crops(none, SIZE_HW)
    assert (len(crops), crops.height, crops.width) == (0, *SIZE_HW)


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    'a number': (7, TypeError, 'no masks: int'),
    'one mask': (np.ones(SIZE_HW, bool), ValueError, r'of shape \(N, H, W\), not bool \(30, 40\)'),
    'no run lengths of an unknown image': ([], ValueError, 'do not tell the size'),
}


@pytest.mark.parametrize(('masks', 'error', 'message'), WRONG.values(), ids=WRONG)
def test_something_else_is_refused(masks: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        to_crops(masks)


NUMBERS: dict[str, Any] = {
    'a list': [0.5, 2],
    'an array': np.array([0.5, 2], np.float32),
    'a gradient': torch.tensor([0.5, 2], requires_grad=True),
    **{
        name: torch.tensor([0.5, 2], dtype=getattr(torch, name))
        for name in ('float16', 'bfloat16', 'float32', 'float64')
    },
}


@pytest.mark.parametrize('values', NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_any_precision(values: Any) -> None:
    assert to_numpy(values).tolist() == [0.5, 2]


def test_numbers_keep_their_type_where_numpy_knows_it() -> None:
    kept = [to_numpy(NUMBERS[name]).dtype for name in ('float16', 'float32', 'float64')]
    assert kept == [np.float16, np.float32, np.float64]
    assert to_numpy(NUMBERS['bfloat16']).dtype == np.float32
    assert to_numpy(torch.tensor([1, 2])).dtype == np.int64


def test_boxes_in_mmdets_structures() -> None:
    boxes = torch.tensor([[1.0, 2, 3, 4]])
    for given in (boxes, HorizontalBoxes(boxes), HorizontalBoxes(boxes.bfloat16())):
        assert to_numpy(given).tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16', 'float32'])
@pytest.mark.parametrize('count', [0, 2])
def test_instances_and_back(dtype: str, count: int) -> None:
    kind = getattr(torch, dtype)
    found = InstanceData(
        scores=torch.full((count,), 0.5, dtype=kind),
        labels=torch.ones(count).long(),
        masks=torch.from_numpy(squares(count)).to(kind),
    )
    nuclei = from_instances(found, ('a', 'b'), pixel_size=0.5)
    assert (nuclei.class_names, nuclei.pixel_size, len(nuclei)) == (
        ('a', 'b'),
        PixelSize(0.5, 0.5),
        count,
    )
    back = to_instances(nuclei)
    assert isinstance(back.masks, CropMasks)
    assert back.bboxes.tolist() == nuclei.boxes_xyxy.tolist()
    again = from_instances(back, ('a', 'b'), pixel_size=0.5)
    assert isinstance(again, Nuclei)
    assert np.array_equal(to_bitmaps(again.crops), squares(count))
    assert again.scores.tolist() == [0.5] * count
    assert again.labels.tolist() == [1] * count


# What takes tensors apart for another reason than to read what mmdet found or annotated.
ELSEWHERE = {
    'structures/host.py': 'the door itself',
    'structures/crop_masks.py': "mmdet's own interface, whose masks are dense by definition",
    'models/mask_heads/paste.py': 'pasting, arithmetic on the logits of a network',
    'mmcv_operators': "mmcv's operators, tensors in and out",
    'apis/model_zoo': 'weights',
    'engine/hooks/random_state.py': 'the state of a generator',
}


def crossings(source: str) -> Iterator[str]:
    """Calls that turn tensors or mmdet's masks into arrays."""
    for node in ast.walk(ast.parse(source)):
        call = node.func if isinstance(node, ast.Call) else None
        if isinstance(call, ast.Attribute) and call.attr in ('detach', 'to_ndarray', 'cpu'):
            yield f'line {call.lineno}: {ast.unparse(call)}'


def test_only_the_door_lets_the_hosts_arrays_in() -> None:
    package = Path(__file__).resolve().parents[2] / 'mmnuc'
    found = {
        str(path.relative_to(package)): list(crossings(path.read_text(encoding='utf-8')))
        for path in package.rglob('*.py')
    }
    crossing = {file: calls for file, calls in found.items() if calls}
    assert all(any(file.startswith(place) for file in crossing) for place in ELSEWHERE)
    strangers = {
        file: calls for file, calls in crossing.items() if not file.startswith(tuple(ELSEWHERE))
    }
    assert strangers == {}
