"""Several runs side by side, scored on the same images."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmnuc.apis.evaluate import score_file, write_text
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
CHANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """The scores of several runs on the same images, the first one the base."""

    cards: Mapping[str, Scorecard]

    def table(self) -> str:
        """Lay out the runs in columns; a star marks what is hardly chance."""
        return comparison_table(self.cards)


def compare(
    gt: str | Path,
    runs: Mapping[str, str | Path],
    *,
    score_threshold: float = SCORE_THRESHOLD,
    n_resamples: int = N_RESAMPLES,
    json: str | Path | None = None,
) -> Comparison:
    """Score several result files and judge each against the first one.

    The same sets of images are drawn for all of them, so that what makes an image easy or hard for
    everybody cancels out of the differences.

    Args:
        gt: Ground truth: a COCO json, or a folder of label maps.
        runs: Result files by the names to show.
        score_threshold: Confidence from which a prediction counts for ``nuclei/...``.
        n_resamples: Sets of images drawn.
        json: File for all numbers and differences.

    Returns:
        The scores of every run.

    Raises:
        UserError: There are fewer than two runs, or a file is missing, damaged or does not fit.
    """
    if len(runs) < 2:
        raise UserError('name two runs or more to compare')
    truth = read_ground_truth(gt)
    cards = {
        name: score_file(truth, path, score_threshold=score_threshold, n_resamples=n_resamples)
        for name, path in runs.items()
    }
    if json is not None:
        write_text(Path(json), _to_json(cards))
    return Comparison(cards)


def difference(card: Scorecard, base: Scorecard, key: str) -> Difference:
    """What a run scores above another one, draw by draw."""
    value = card.scores[key] - base.scores[key]
    return paired_difference(value, card.drawn[key] - base.drawn[key], len(card.images))


def comparison_table(cards: Mapping[str, Scorecard], keys: Sequence[str] = KEYS) -> str:
    """Lay out the runs in columns; a star marks what is hardly chance against the first one."""
    names = list(cards)
    base = cards[names[0]]
    width = max(len(key) for key in keys)
    cell = max(10, *(len(name) + 2 for name in names))
    lines = [f'{"score":{width}}' + ''.join(f'{name:>{cell}} ' for name in names)]
    for key in keys:
        cells = []
        for name, card in cards.items():
            sure = name != names[0] and difference(card, base, key).chance < CHANCE
            cells.append(f'{card.scores[key]:{cell}.4f}{"*" if sure else " "}')
        lines.append(f'{key:{width}}{"".join(cells)}'.rstrip())
    lines.append(
        f'\n* differs from {names[0]} by more than which images were taken explains '
        f'(p < {CHANCE}, paired bootstrap over {len(base.images)} images)'
    )
    return '\n'.join(line.rstrip() for line in lines)


def _to_json(cards: Mapping[str, Scorecard]) -> str:
    names = list(cards)
    base = cards[names[0]]
    content = {
        name: {
            'scores': json_module.loads(card.to_json()),
            f'minus {names[0]}': {key: _plain(difference(card, base, key)) for key in KEYS},
        }
        for name, card in cards.items()
    }
    return json_module.dumps(content, indent=1) + '\n'


def _plain(found: Difference) -> dict[str, float | None]:
    values = dict(
        value=found.value, low=found.spread.low, high=found.spread.high, chance=found.chance
    )
    return {name: None if value != value else value for name, value in values.items()}
