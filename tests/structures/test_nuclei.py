"""Nuclei: the value type that apis, tools and exports speak."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmnuc.images.pixel_size import PixelSize
from mmnuc.structures import CropMasks, Nuclei


def three(**rest: Any) -> Nuclei:
    """Nuclei of 1, 2 and 3 pixels in a row of 8, of two classes."""
    row = np.array([[1, 0, 2, 2, 0, 3, 3, 3]])
    given = dict(scores=[0.2, 0.5, 0.9], labels=[0, 1, 0], class_names=('a', 'b'), pixel_size=0.25)
    return Nuclei.from_label_map(row, **given | rest)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    'scores': (dict(scores=[0.5]), '3 masks, 1 scores and 3 labels'),
    'labels': (dict(labels=[0]), '3 masks, 3 scores and 1 labels'),
    'no such class': (dict(labels=[0, 1, 2]), 'label 2 has no name: there are 2'),
    'a class below 0': (dict(labels=[0, -1, 0]), 'label -1 has no name'),
    'a matrix of scores': (dict(scores=np.ones((3, 1))), 'not an array of shape'),
    'NaN': (dict(scores=[0.5, np.nan, 0.5]), '1 scores are not a number'),
    'pixels of no size': (dict(pixel_size=0), 'above 0 micrometres, not 0'),
    'pixels of no known size': (dict(pixel_size=float('nan')), 'above 0 micrometres, not nan'),
}


@pytest.mark.parametrize(('given', 'message'), WRONG.values(), ids=WRONG)
def test_refuses_what_does_not_fit(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        three(**given)


def test_refuses_dense_masks() -> None:
    with pytest.raises(ValueError, match='must be Crops or CropMasks, not ndarray'):
        Nuclei(np.ones((1, 2, 2), np.uint8), [1], [0])


SELECTIONS: dict[str, tuple[Any, list[int]]] = {
    'one': (1, [2]),
    'the last': (-1, [3]),
    'a slice': (slice(1, None), [2, 3]),
    'numbers': ([2, 0], [3, 1]),
    'booleans': (np.array([True, False, True]), [1, 3]),
    'a tensor': (torch.tensor([1]), [2]),
    'none': ([], []),
}


@pytest.mark.parametrize(('index', 'areas'), SELECTIONS.values(), ids=SELECTIONS)
def test_selects(index: Any, areas: list[int]) -> None:
    chosen = three()[index]
    assert chosen.areas.tolist() == areas
    np.testing.assert_allclose(chosen.scores, [{1: 0.2, 2: 0.5, 3: 0.9}[area] for area in areas])
    assert (chosen.class_names, chosen.pixel_size) == (('a', 'b'), PixelSize(0.25, 0.25))


FILTERS: dict[str, tuple[dict[str, Any], list[int]]] = {
    'nothing': ({}, [1, 2, 3]),
    'score, inclusive': (dict(score_threshold=0.5), [2, 3]),
    'area': (dict(min_area=2, max_area=2), [2]),
    'class': (dict(classes=['a']), [1, 3]),
    'no class': (dict(classes=[]), []),
    'all': (dict(score_threshold=0.3, max_area=2, classes=['b']), [2]),
}


@pytest.mark.parametrize(('limits', 'areas'), FILTERS.values(), ids=FILTERS)
def test_filters(limits: dict[str, Any], areas: list[int]) -> None:
    assert three().filter(**limits).areas.tolist() == areas


def test_filter_names_an_unknown_class() -> None:
    with pytest.raises(ValueError, match=r"no class \['c'\]; there are \['a', 'b'\]"):
        three().filter(classes=['c'])


def test_iterates_one_by_one() -> None:
    assert [(len(nucleus), int(nucleus.labels[0])) for nucleus in three()] == [
        (1, 0),
        (1, 1),
        (1, 0),
    ]


def test_cat_refuses_other_classes() -> None:
    assert Nuclei.cat([three(), three()[1:]]).areas.tolist() == [1, 2, 3, 2, 3]
    with pytest.raises(ValueError, match='different classes'):
        Nuclei.cat([three(), three(class_names=('a', 'c'))])


def test_translate_cuts_and_drops() -> None:
    moved = three().translate(2, 1, height=3, width=8)
    assert (moved.height, moved.width) == (3, 8)
    assert moved.areas.tolist() == [1, 2, 1]
    assert moved.boxes_xyxy.tolist() == [[2, 1, 3, 2], [4, 1, 6, 2], [7, 1, 8, 2]]
    away = three().translate(-5, 0)
    assert away.areas.tolist() == [3]
    assert away.labels.tolist() == [0]
    assert np.allclose(away.scores, 0.9)


def test_label_map_round_trip() -> None:
    label_map = np.random.default_rng(0).integers(0, 5, (9, 7))
    np.testing.assert_array_equal(Nuclei.from_label_map(label_map).to_label_map(), label_map)


LAYOUTS: dict[str, Any] = {
    'crops': CropMasks.from_bitmaps,
    'bitmaps': lambda dense: BitmapMasks(dense, *dense.shape[1:]),
    'a boolean tensor': lambda dense: torch.from_numpy(dense.astype(bool)),
    'an array': lambda dense: dense,
}


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize('count', [0, 2])
def test_takes_the_hosts_instances(layout: Any, count: int) -> None:
    dense = np.ones((count, 3, 4), np.uint8)
    found = InstanceData(
        scores=torch.full((count,), 0.5), labels=torch.zeros(count).long(), masks=layout(dense)
    )
    nuclei = Nuclei.from_instance_data(found, ('a', 'b'), pixel_size=0.5)
    assert nuclei.areas.tolist() == [12] * count
    assert (nuclei.height, nuclei.width, nuclei.pixel_size) == (3, 4, PixelSize(0.5, 0.5))
    assert (nuclei.scores.dtype, nuclei.labels.dtype) == (np.float32, np.int64)


def test_travels_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(three()))
    np.testing.assert_array_equal(copy.to_label_map(), three().to_label_map())


def test_draws_on_an_image_or_on_black() -> None:
    assert (three().draw() > 0).any(axis=2).astype(int).tolist() == [[1, 0, 1, 1, 0, 1, 1, 1]]
    grey = np.full((1, 8), 7, np.uint8)
    assert (three().draw(grey)[0, [1, 4]] == 7).all()


def test_plots() -> None:
    figure = Figure()
    axes = three().plot(axes=figure.add_subplot(), scale=2)
    assert axes.get_title() == '3 nuclei'
    assert axes.images[0].get_array().shape == (2, 16, 3)
    assert three().plot().figure is not figure


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_predictions_of_any_precision(dtype: torch.dtype) -> None:
    found = InstanceData(
        scores=torch.tensor([0.5, 0.25], dtype=dtype),
        labels=torch.tensor([0, 0]),
        masks=torch.tensor([[[0.0, 1.0]], [[1.0, 1.0]]], dtype=dtype),
    )
    nuclei = Nuclei.from_instance_data(found)
    assert nuclei.scores.tolist() == [0.5, 0.25]
    assert nuclei.areas.tolist() == [1, 2]
