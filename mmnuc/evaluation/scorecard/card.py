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

_MOST_NAMED = 5


@dataclass(frozen=True)
class Scorecard:
    """All scores of one run.

    Attributes:
        scores: Every number by its key, such as ``nuclei/aji``; NaN where there is nothing to
            measure, -1 where COCO says so.
        resampled: Every number for each bootstrap resample of the images, shape (n_resamples,).
            Runs that were scored with the same images and seed saw the same resamples.
        upper_bounds: The best score of a perfect answer, for the numbers under a cap that binds.
        images: One row an image: its id, name and counts, and its scores by their short names.
        settings: What the scores depend on: the score threshold, the number of resamples, the seed.
        missing: File names of the images that the predictions do not mention: they count as images
            on which nothing was found.
    """

    scores: Mapping[str, float]
    resampled: Mapping[str, NDArray[np.float64]]
    upper_bounds: Mapping[str, float]
    images: Sequence[Mapping[str, Number]]
    settings: Mapping[str, Number]
    missing: Sequence[str] = ()

    @property
    def confidence_intervals(self) -> dict[str, ConfidenceInterval]:
        """The middle 95 % of each number when images are resampled."""
        count = len(self.images)
        return {key: confidence_interval(values, count) for key, values in self.resampled.items()}

    def to_json(self) -> str:
        """Write everything with full precision under stable keys; numbers that are none as null.

        Example:
            >>> resampled = {'nuclei/aji': np.full(9, 0.5)}
            >>> card = Scorecard({'nuclei/aji': 0.5}, resampled, {}, [{}, {}], {})
            >>> json.loads(card.to_json())['confidence_interval']
            {'nuclei/aji': [0.5, 0.5]}
        """
        intervals = self.confidence_intervals
        content: dict[str, Any] = {
            **{key: _plain(value) for key, value in self.scores.items()},
            'confidence_interval': {
                key: [_plain(own.low), _plain(own.high)] for key, own in intervals.items()
            },
            'upper_bound': dict(self.upper_bounds),
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
        """Lay out value, confidence interval, and upper bound where a cap binds.

        Example:
            >>> card = Scorecard({'nuclei/aji': 0.5}, {'nuclei/aji': np.array([0.4, 0.6])},
            ...                  {'nuclei/aji': 0.75}, [{}, {}], {})
            >>> print(card.table())
            score         value         95 % CI  upper bound
            nuclei/aji   0.5000    0.405  0.595       0.7500
        """
        intervals = self.confidence_intervals
        width = max([len('score'), *map(len, self.scores)])
        lines = [f'{"score":{width}}{"value":>9}{"95 % CI":>16}{"upper bound":>13}']
        for key, value in self.scores.items():
            own = intervals.get(key)
            known = own is not None and not math.isnan(own.low)
            interval = f'{own.low:9.3f}{own.high:7.3f}' if known and own else ' ' * 16
            best = f'{self.upper_bounds[key]:13.4f}' if key in self.upper_bounds else ''
            lines.append(f'{key:{width}}{_cell(value):>9}{interval}{best}'.rstrip())
        return '\n'.join(lines)

    def explanation(self) -> str:
        """Say what the numbers of the table look at, and warn of a cap that binds.

        Example:
            >>> card = Scorecard({}, {}, {}, [], {'images': 4, 'score_threshold': 0.5})
            >>> card.explanation().partition('. ')[0]
            '4 images'
        """
        text = (
            f'{self.settings["images"]} images. nuclei/... look at predictions of score '
            f'{self.settings["score_threshold"]} and more, mean over images; '
            'coco/... at all of them.'
        )
        if self.upper_bounds:
            text += (
                '\nwarning: a cap on detections binds. A perfect answer reaches no more than the '
                'value in the last column; compare models by the scores without a cap.'
            )
        return text

    def missing_note(self) -> str:
        """Say which images the predictions do not mention; empty where they mention them all.

        Example:
            >>> Scorecard({}, {}, {}, [{}, {}], {}, missing=['b.png']).missing_note()
            'nothing about 1 of 2 images, which count as empty: b.png'
            >>> Scorecard({}, {}, {}, [{}, {}], {}).missing_note()
            ''
        """
        if not self.missing:
            return ''
        named = ', '.join(self.missing[:_MOST_NAMED])
        more = ', ...' if len(self.missing) > _MOST_NAMED else ''
        return (
            f'nothing about {len(self.missing)} of {len(self.images)} images, '
            f'which count as empty: {named}{more}'
        )


def _cell(value: float) -> str:
    return '-' if math.isnan(value) or value == -1 else f'{value:.4f}'


def _plain(value: Number) -> Number | None:
    return None if isinstance(value, float) and math.isnan(value) else value
