"""Arrays that report what is written to them."""

import pickle

import numpy as np
import pytest

from mmnuc.structures.dense_view import DenseView


def view() -> tuple[DenseView, list[np.ndarray]]:
    reports: list[np.ndarray] = []
    return DenseView(
        np.zeros((2, 3, 4), np.uint8), lambda dense: reports.append(dense.copy())
    ), reports


WRITES = {
    'a region': lambda v: v.__setitem__((slice(None), 1, slice(2)), 7),
    'a region of a view': lambda v: v[1].__setitem__((0, 0), 7),
    'a region of a transposed view': lambda v: v.T.__setitem__((0, 0), 7),
    'chosen masks': lambda v: v.__setitem__(np.array([True, False]), 7),
    'everything, in place': lambda v: v.__iadd__(7),
    'a function told where to write': lambda v: np.add(v, 7, out=v),
}


@pytest.mark.parametrize('write', WRITES)
def test_writes_are_reported(write: str) -> None:
    array, reports = view()
    WRITES[write](array)
    assert len(reports) == 1
    assert (reports[0] == 7).any()
    np.testing.assert_array_equal(reports[0], array)


SILENT = {
    'a copy': lambda v: v.copy(),
    'chosen masks': lambda v: v[[0]],
    'a sum': lambda v: v + 1,
    'booleans': lambda v: v.astype(bool),
}


@pytest.mark.parametrize('name', SILENT)
def test_writes_to_copies_are_not(name: str) -> None:
    array, reports = view()
    SILENT[name](array)[0, 0] = 1
    assert not reports
    assert not array.any()


def test_results_are_plain_arrays() -> None:
    array, _ = view()
    results = [
        array > 0,
        array.sum((1, 2)),
        np.any(array, axis=0),
        np.where(array, 0, array),
        np.concatenate([array, array]),
        np.stack([array[0], array[1]]),
        pickle.loads(pickle.dumps(array)),
    ]
    assert {type(result) for result in results} == {np.ndarray}
