"""Full-image masks for code that reads or writes them in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DenseView(np.ndarray[Any, np.dtype[Any]]):
    """An array (N, H, W) that reports every assignment to it or to a view of it.

    mmdet's ``RandomErasing`` writes ``results['gt_masks'].masks[:, y1:y2, x1:x2] = 0``, and that
    must reach the crops. Whatever is computed from the array is a plain array.

    Args:
        dense: Masks of shape (N, H, W).
        written: Called with the whole array after an assignment.

    Example:
        >>> seen = []
        >>> view = DenseView(np.zeros((1, 1, 2), np.uint8), seen.append)
        >>> view[0, 0][1] = 5
        >>> seen[0].tolist(), type(view + 1)
        ([[[0, 5]]], <class 'numpy.ndarray'>)
    """

    _dense: NDArray[np.uint8]
    _written: Callable[[NDArray[np.uint8]], None]

    def __new__(
        cls, dense: NDArray[np.uint8], written: Callable[[NDArray[np.uint8]], None]
    ) -> DenseView:
        view = dense.view(cls)
        view._dense, view._written = dense, written
        return view

    def __array_finalize__(self, source: Any) -> None:
        if isinstance(source, DenseView):
            self._dense, self._written = source._dense, source._written

    def __setitem__(self, index: Any, value: Any) -> None:
        self.view(np.ndarray)[index] = value
        self._report()

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        if out is not None:
            kwargs['out'] = tuple(_plain(array) for array in out)
        result = getattr(ufunc, method)(*(_plain(array) for array in inputs), **kwargs)
        for array in out or ():
            if isinstance(array, DenseView):
                array._report()
        return result if out is None or len(out) > 1 else out[0]

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _plain(super().__array_function__(function, types, args, kwargs))

    def __reduce__(self) -> Any:
        return _plain(self).__reduce__()

    def _report(self) -> None:
        if np.may_share_memory(self, self._dense):
            self._written(self._dense)


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, DenseView) else value
