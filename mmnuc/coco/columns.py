"""Columns that grow by a batch at a time, and masks that lie in one run of bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmnuc.coco.faults import shown_name
from mmnuc.coco.ids import id_text, whole_number
from mmnuc.ops.arrays import F64Array, I64Array, U8Array
from mmnuc.ops.codecs.rle import FAULTS, Rle, measure_strings
from mmnuc.ops.crops import gather


class Growing:
    """A column of numbers that grows.

    Args:
        dtype: What it holds.

    Example:
        >>> column = Growing(np.int32)
        >>> column.extend([3, 4]); column.array().tolist()
        [3, 4]
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        self._bytes = bytearray()

    def extend(self, values: ArrayLike) -> None:
        """Add numbers."""
        self._bytes += np.ascontiguousarray(values, self.dtype).tobytes()

    def array(self) -> NDArray[Any]:
        """All numbers, without a copy; the column may not grow any more."""
        return np.frombuffer(self._bytes, self.dtype)


class GivenIds:
    """The ids that a file gives to its annotations, for messages: 8 bytes each, and text as text.

    Example:
        >>> ids = GivenIds()
        >>> ids.extend([7, None, 'b'], [0, 1, 2])
        >>> [ids.label(row) for row in range(3)]
        ['annotation 7', 'entry 1', 'annotation b']
    """

    def __init__(self) -> None:
        self._numbers = array('q')
        self._text = bytearray()
        # Where the text of a row ends; negative: the row has a number, or no id at all.
        self._ends = array('q')

    def __len__(self) -> int:
        return len(self._numbers)

    def extend(self, given: Sequence[Any], indices: Sequence[int]) -> None:
        """Add ids as the file gives them, and the places of their annotations in the file."""
        for value, index in zip(given, indices, strict=True):
            number = value if type(value) is int else None
            if number is None and value is not None:
                number = whole_number(id_text(value, 'id'))
            if number is not None and abs(number) < 2**63:
                self._add(number, -1)
            elif value is None:
                self._add(index, -2)
            else:
                self._text += str(value).encode('utf-8', 'backslashreplace')
                self._add(index, len(self._text))

    def _add(self, number: int, end: int) -> None:
        if end != -1 and not self._ends:
            self._ends = array('q', [-1]) * len(self._numbers)
        if self._ends or end != -1:
            self._ends.append(end)
        self._numbers.append(number)

    def label(self, row: int) -> str:
        """What messages call an annotation."""
        end = self._ends[row] if self._ends else -1
        if end == -1:
            return f'annotation {self._numbers[row]}'
        if end == -2:
            return f'entry {self._numbers[row]}'
        start = max([0, *(one for one in self._ends[:row] if one >= 0)])
        return f'annotation {shown_name(self._text[start:end].decode("utf-8"))}'

    def numbers(self) -> I64Array:
        """The ids where all are numbers, else none."""
        known = not self._ends
        return np.frombuffer(self._numbers, np.int64) if known and self else np.zeros(0, np.int64)


class RleColumn(Sequence[Rle]):
    """Compressed masks in one run of bytes; each becomes a dict when it is asked for.

    Args:
        text: The bytes of all masks.
        offsets: Where each mask starts, of shape (N + 1,).
        heights: Height of the image of each, in pixels, of shape (N,).
        widths: Its width.

    Example:
        >>> one = np.array([1])
        >>> masks = RleColumn(np.frombuffer(b'02', np.uint8), np.array([0, 2]), one, one + 1)
        >>> masks[0], len(masks)
        ({'size': [1, 2], 'counts': '02'}, 1)
    """

    def __init__(
        self,
        text: U8Array,
        offsets: I64Array,
        heights: NDArray[np.integer],
        widths: NDArray[np.integer],
    ) -> None:
        self.text = text
        self.offsets = offsets
        self.heights = heights
        self.widths = widths

    @classmethod
    def of(cls, rles: Sequence[Rle]) -> RleColumn:
        """Take masks as dicts."""
        if isinstance(rles, RleColumn):
            return rles
        texts = [rle['counts'].encode('latin-1', 'replace') for rle in rles]
        offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
        sides = np.array([rle['size'] for rle in rles], np.int32).reshape(-1, 2)
        return cls(np.frombuffer(b''.join(texts), np.uint8), offsets, sides[:, 0], sides[:, 1])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> Rle: ...
    @overload
    def __getitem__(self, index: slice) -> RleColumn: ...

    def __getitem__(self, index: int | slice) -> Rle | RleColumn:
        """One mask as COCO's json has it, or those of a slice."""
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        row = range(len(self))[index]
        counts = self.text[self.offsets[row] : self.offsets[row + 1]].tobytes().decode('ascii')
        return {'size': [int(self.heights[row]), int(self.widths[row])], 'counts': counts}

    def __iter__(self) -> Iterator[Rle]:
        return (self[row] for row in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def measure(self) -> tuple[F64Array, F64Array]:
        """Boxes ``x, y, width, height`` of shape (N, 4), and areas in pixels, of shape (N,).

        Raises:
            ValueError: Run lengths do not fill their image; the message names their index.
        """
        sides = self.heights.astype(np.int64), self.widths.astype(np.int64)
        boxes, areas, faults = measure_strings(self.text, self.offsets, *sides)
        for index in np.flatnonzero(faults)[:1]:
            raise ValueError(f'run lengths {index} do not fill the image: {FAULTS[faults[index]]}')
        boxes[:, 2:] -= boxes[:, :2]
        return boxes.astype(np.float64), areas.astype(np.float64)

    def take(self, rows: NDArray[np.integer]) -> RleColumn:
        """Masks at places, in this order."""
        if np.array_equal(rows, np.arange(len(self))):
            return self
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        text = gather(self.text, self.offsets[rows], offsets)
        return RleColumn(text, offsets, self.heights[rows], self.widths[rows])


def joined_rles(columns: Sequence[Sequence[Rle]]) -> RleColumn:
    """Put masks one after the other.

    Example:
        >>> len(joined_rles([[{'size': [1, 2], 'counts': '02'}], []]))
        1
    """
    parts = [RleColumn.of(column) for column in columns]
    starts = np.cumsum([0, *(len(part.text) for part in parts)])
    empty = np.zeros(0, np.int32)
    offsets = [part.offsets[1:] + start for part, start in zip(parts, starts[:-1], strict=True)]
    return RleColumn(
        np.concatenate([np.zeros(0, np.uint8), *(part.text for part in parts)]),
        np.concatenate([[0], *offsets]).astype(np.int64),
        np.concatenate([empty, *(part.heights for part in parts)]),
        np.concatenate([empty, *(part.widths for part in parts)]),
    )
