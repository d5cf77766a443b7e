"""The scores of the field in validation and test: AJI, PQ, Dice and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import print_log

from mmnuc.atomic import atomic_path
from mmnuc.evaluation.functional.bootstrap import N_RESAMPLES
from mmnuc.evaluation.metrics.scored_metric import Pair, ScoredMetric, resamples_asked
from mmnuc.evaluation.scorecard import score_images
from mmnuc.evaluation.scorecard.score import SCORE_THRESHOLD
from mmnuc.registry import METRICS


@METRICS.register_module()
class NucleiMetric(ScoredMetric):
    """AJI, AJI+, PQ, Dice, average precision, F1 and Hausdorff distances, mean over images.

    The keys are ``nuclei/aji``, ``nuclei/aji_plus``, ``nuclei/pq``, ``nuclei/dq``, ``nuclei/sq``,
    ``nuclei/dice``, ``nuclei/instance_dice``, ``nuclei/ap50``, ``nuclei/ap75``, ``nuclei/dsb``,
    ``nuclei/f1_50``, ``nuclei/f1_75``, ``nuclei/hausdorff`` and ``nuclei/hausdorff_95``; any of
    them may be what ``save_best`` watches. The log shows each with its confidence
    interval. Classes are not told apart.

    Args:
        ann_file: COCO json with the ground truth; without one it is read from the samples.
        score_threshold: Confidence from which a prediction counts.
        per_image: CSV file to write, with a line an image.
        n_resamples: Bootstrap resamples of the images for the confidence intervals; 0 for none.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: What stands before the slash in the keys, ``nuclei`` by default.
        collect_dir: Folder for the exchange on the CPU.
        draws: Former name of ``n_resamples``.
    """

    default_prefix = 'nuclei'

    def __init__(
        self,
        ann_file: str | Path | None = None,
        score_threshold: float = SCORE_THRESHOLD,
        per_image: str | Path | None = None,
        n_resamples: int = N_RESAMPLES,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
        draws: int | None = None,
    ) -> None:
        super().__init__(ann_file, collect_device, prefix, collect_dir)
        self.score_threshold = score_threshold
        self.per_image = None if per_image is None else Path(per_image)
        self.n_resamples = resamples_asked(n_resamples, draws)

    def compute_metrics(self, results: Sequence[Pair]) -> dict[str, float]:
        """Score each image, and average."""
        card = score_images(
            *self.collected(results),
            kinds=(),
            score_threshold=self.score_threshold,
            n_resamples=self.n_resamples,
        )
        print_log(f'\n{card.table()}', logger='current')
        if self.per_image is not None:
            with atomic_path(self.per_image) as path:
                path.write_text(card.to_csv())
        return {key.removeprefix('nuclei/'): value for key, value in card.scores.items()}
