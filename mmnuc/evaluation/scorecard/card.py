"""What a set of images scored, as numbers for programs and as a table for people."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.bootstrap import ConfidenceInterval, confidence_interval

Number = float | int | str


@dataclass(frozen=True)
class Scorecard:
    """All scores of one run.

    Attributes:
        scores: Every number by its key, such as ``nuclei/aji``; NaN where there is nothing to
            measure, -1 where COCO says so.
        drawn: Every number for each draw of images, shape (draws,). Runs that were scored with the
            same images and seed saw the same draws.
        ceilings: The best score of a perfect answer, for the numbers under a cap that binds.
        images: One row an image: its id, name and counts, and its scores by their short names.
        settings: What the scores depend on: the score threshold, the draws, the seed.
    """

    scores: Mapping[str, float]
    drawn: Mapping[str, NDArray[np.float64]]
    ceilings: Mapping[str, float]
    images: Sequence[Mapping[str, Number]]
    settings: Mapping[str, Number]

    @property
    def spreads(self) -> dict[str, ConfidenceInterval]:
        """The middle 95 % of each number when images are drawn again."""
        return {
            key: confidence_interval(values, len(self.images)) for key, values in self.drawn.items()
        }

    def to_json(self) -> str:
        """Write everything with full precision under stable keys; numbers that are none as null.

        Example:
            >>> drawn = {'nuclei/aji': np.full(9, 0.5)}
            >>> card = Scorecard({'nuclei/aji': 0.5}, drawn, {}, [{}, {}], {})
            >>> json.loads(card.to_json())['spread']
            {'nuclei/aji': [0.5, 0.5]}
        """
        content: dict[str, Any] = {
            **{key: _plain(value) for key, value in self.scores.items()},
            'spread': {key: [_plain(s.low), _plain(s.high)] for key, s in self.spreads.items()},
            'ceiling': dict(self.ceilings),
            'images': [{key: _plain(v) for key, v in row.items()} for row in self.images],
            'settings': dict(self.settings),
        }
        return json.dumps(content, indent=1, allow_nan=False) + '\n'

    def to_csv(self) -> str:
        """Write one line an image.

        Example:
            >>> card = Scorecard({}, {}, {}, [{'file_name': 'a.png', 'aji': 0.5}], {})
            >>> card.to_csv().splitlines()
            ['file_name,aji', 'a.png,0.5']
        """
        out = io.StringIO()
        if self.images:
            writer = csv.DictWriter(out, list(self.images[0]), lineterminator='\n')
            writer.writeheader()
            writer.writerows(self.images)
        return out.getvalue()

    def table(self) -> str:
        """Lay out the numbers for a person: value, spread, and ceiling where a cap binds.

        Example:
            >>> card = Scorecard({'nuclei/aji': 0.5}, {'nuclei/aji': np.array([0.4, 0.6])},
            ...                  {'nuclei/aji': 0.75}, [{}, {}], {})
            >>> print(card.table())
            score         value   95 % of draws   of at most
            nuclei/aji   0.5000    0.405  0.595       0.7500
        """
        spreads = self.spreads
        width = max([len('score'), *map(len, self.scores)])
        lines = [f'{"score":{width}}{"value":>9}{"95 % of draws":>16}{"of at most":>13}']
        for key, value in self.scores.items():
            spread = spreads.get(key)
            known = spread is not None and not math.isnan(spread.low)
            drawn = f'{spread.low:9.3f}{spread.high:7.3f}' if known and spread else ' ' * 16
            best = f'{self.ceilings[key]:13.4f}' if key in self.ceilings else ''
            lines.append(f'{key:{width}}{_cell(value):>9}{drawn}{best}'.rstrip())
        return '\n'.join(lines)

    def explanation(self) -> str:
        """Say what the table's numbers look at, and warn where a cap on detections binds."""
        text = (
            f'{self.settings["images"]} images. nuclei/... look at predictions of score '
            f'{self.settings["score_threshold"]} and more, mean over images; coco/... at all of '
            'them.'
        )
        if self.ceilings:
            text += (
                '\nwarning: a cap on detections binds. A perfect answer reaches no more than the '
                'value in the last column; compare models by the scores without a cap.'
            )
        return text


def _cell(value: float) -> str:
    return '-' if math.isnan(value) or value == -1 else f'{value:.4f}'


def _plain(value: Number) -> Number | None:
    return None if isinstance(value, float) and math.isnan(value) else value
