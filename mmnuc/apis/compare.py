"""Several runs side by side, scored on the same images."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmnuc.apis.evaluate import score_predictions, write_text
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.bootstrap import N_RESAMPLES, Difference, paired_difference
from mmnuc.evaluation.results import read_ground_truth
from mmnuc.evaluation.scorecard import Scorecard
from mmnuc.evaluation.scorecard.score import SCORE_THRESHOLD

KEYS = (
    'coco/segm_mAP',
    'coco/segm_mAP_50',
    'vrdl2021/ap50',
    'nuclei/aji',
    'nuclei/aji_plus',
    'nuclei/pq',
    'nuclei/dq',
    'nuclei/sq',
    'nuclei/dice',
    'nuclei/dsb',
    'nuclei/f1_50',
)
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """Several runs, scored on the same images and the same bootstrap resamples of them.

    Attributes:
        cards: The scores of every run by its name; the first one is what the others are held
            against.
        files: The result file of every run.

    Example:
        >>> import numpy as np
        >>> def card(score, resampled):
        ...     resampled = {'nuclei/aji': np.array(resampled)}
        ...     return Scorecard({'nuclei/aji': score}, resampled, {}, [{}, {}], {})
        >>> runs = {'plain': card(0.6, [0.5, 0.7]), 'tta': card(0.7, [0.6, 0.9])}
        >>> comparison = Comparison(runs, {'plain': 'a.pkl', 'tta': 'b.pkl'})
        >>> comparison.difference('tta', 'nuclei/aji').p_value
        0.0
        >>> print(comparison.table(['nuclei/aji']).partition('*')[0])
        score          plain        tta
        nuclei/aji    0.6000     0.7000
    """

    cards: Mapping[str, Scorecard]
    files: Mapping[str, str | Path]

    @property
    def baseline(self) -> str:
        """Name of the run that the others are held against."""
        return next(iter(self.cards))

    def difference(self, name: str, key: str) -> Difference:
        """What a run scores above the baseline, resample by resample."""
        card, base = self.cards[name], self.cards[self.baseline]
        value = card.scores[key] - base.scores[key]
        resampled = card.resampled[key] - base.resampled[key]
        return paired_difference(value, resampled, len(card.images))

    def table(self, keys: Sequence[str] = KEYS) -> str:
        """Lay out the runs in columns; a star marks what is hardly chance against the baseline."""
        width = max(len(key) for key in keys)
        cell = max(10, *(len(name) + 2 for name in self.cards))
        lines = [f'{"score":{width}}' + ''.join(f'{name:>{cell}} ' for name in self.cards)]
        for key in keys:
            cells = []
            for name, card in self.cards.items():
                sure = name != self.baseline and self.difference(name, key).p_value < SIGNIFICANCE
                cells.append(f'{card.scores[key]:{cell}.4f}{"*" if sure else " "}')
            lines.append(f'{key:{width}}{"".join(cells)}'.rstrip())
        images = len(self.cards[self.baseline].images)
        lines.append(
            f'\n* differs from {self.baseline} by more than which images were taken explains '
            f'(p < {SIGNIFICANCE}, paired bootstrap over {images} images)'
        )
        return '\n'.join(line.rstrip() for line in lines)

    def to_json(self) -> str:
        """Write all scores of every run, and what each scores above the baseline."""
        content = {
            name: {
                'scores': json_module.loads(card.to_json()),
                f'minus {self.baseline}': {key: _plain(self.difference(name, key)) for key in KEYS},
            }
            for name, card in self.cards.items()
        }
        return json_module.dumps(content, indent=1) + '\n'

    def missing_notes(self) -> list[str]:
        """Say for each file which images it does not mention; files that mention all are left out.

        Example:
            >>> card = Scorecard({}, {}, {}, [{}, {}], {}, missing=['b.png'])
            >>> Comparison({'plain': card}, {'plain': 'a.pkl'}).missing_notes()
            ['a.pkl: nothing about 1 of 2 images, which count as empty: b.png']
        """
        notes = {name: card.missing_note() for name, card in self.cards.items()}
        return [f'{self.files[name]}: {note}' for name, note in notes.items() if note]


def compare(
    gt: str | Path,
    runs: Mapping[str, str | Path],
    *,
    score_threshold: float = SCORE_THRESHOLD,
    n_resamples: int = N_RESAMPLES,
    json: str | Path | None = None,
    images: str | Path | None = None,
) -> Comparison:
    """Score several result files and judge each against the first one.

    The same resamples of the images are taken for all of them, so that what makes an image easy or
    hard for everybody cancels out of the differences.

    Args:
        gt: Ground truth: a COCO json, or label maps or outlines of other tools.
        runs: Result files by the names to show.
        score_threshold: Confidence from which a prediction counts for ``nuclei/...``.
        n_resamples: Bootstrap resamples of the images.
        json: File for all numbers and differences.
        images: The images, where nothing else says how large they are.

    Returns:
        The scores of every run, side by side.

    Raises:
        UserError: There are fewer than two runs, or a file is missing, damaged or does not fit.
    """
    if len(runs) < 2:
        raise UserError('name two runs or more to compare')
    truth = read_ground_truth(gt, images=images, results=next(iter(runs.values())))
    options = dict(score_threshold=score_threshold, n_resamples=n_resamples)
    cards = {name: score_predictions(truth, path, **options)[1] for name, path in runs.items()}
    comparison = Comparison(cards, dict(runs))
    if json is not None:
        write_text(Path(json), comparison.to_json())
    return comparison


def _plain(found: Difference) -> dict[str, float | None]:
    interval = found.confidence_interval
    values = dict(value=found.value, low=interval.low, high=interval.high, p_value=found.p_value)
    return {name: None if value != value else value for name, value in values.items()}
