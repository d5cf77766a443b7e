"""A report to look at: scores, curves, ranking, and the errors on the images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmnuc.apis.evaluate import score_predictions
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.bootstrap import N_RESAMPLES
from mmnuc.evaluation.report import write_report
from mmnuc.evaluation.results import read_ground_truth
from mmnuc.evaluation.scorecard import Scorecard
from mmnuc.evaluation.scorecard.score import SCORE_THRESHOLD


@dataclass(frozen=True)
class WrittenReport:
    """A report on the disk, and what it shows.

    Attributes:
        path: The file.
        images: How many images it shows.
        size: Its size in bytes.
        card: The scores in it.
    """

    path: Path
    images: int
    size: int
    card: Scorecard

    def summary(self) -> str:
        """Say in a line what was written.

        Example:
            >>> card = Scorecard({}, {}, {}, [], {})
            >>> WrittenReport(Path('r.html'), 4, 3 * 2**20, card).summary()
            'r.html: 4 images, 3.0 MB; open it in a browser'
        """
        return (
            f'{self.path}: {self.images} images, {self.size / 2**20:.1f} MB; open it in a browser'
        )


def report(
    gt: str | Path,
    pred: str | Path,
    out: str | Path,
    *,
    images: str | Path | None = None,
    score_threshold: float = SCORE_THRESHOLD,
    n_resamples: int = N_RESAMPLES,
) -> WrittenReport:
    """Score predictions and write one self-contained HTML file.

    Args:
        gt: Ground truth: a COCO json, or label maps or outlines of other tools.
        pred: Predictions from any tool, as ``mmnuc evaluate`` takes them.
        out: The file to write, ``.html``.
        images: Folder of the images, which also says how large they are where outlines do not;
            ``images/`` beside a COCO json if there is one.
        score_threshold: Confidence from which a prediction counts and is shown.
        n_resamples: Bootstrap resamples of the images for the confidence intervals.

    Returns:
        The file, and what it shows.

    Raises:
        UserError: A file is missing, damaged or does not fit, or there is no such folder.
    """
    out = Path(out)
    if out.suffix.lower() not in ('.html', '.htm'):
        raise UserError(f'a report is a web page: name it .html, not {out}')
    if not out.resolve().parent.is_dir():
        raise UserError(f'cannot write {out}: there is no such folder')
    folder = _images(Path(gt), images)
    truth = read_ground_truth(gt, images=images, results=pred)
    options = dict(score_threshold=score_threshold, n_resamples=n_resamples)
    predictions, card = score_predictions(truth, pred, **options)
    write_report(out, f'{Path(pred).name} on {Path(gt).name}', truth, predictions, card, folder)
    return WrittenReport(out, len(truth.images), out.stat().st_size, card)


def _images(gt: Path, images: str | Path | None) -> Path | None:
    if images is None:
        beside = gt.parent / 'images'
        return beside if gt.is_file() and beside.is_dir() else None
    if not Path(images).is_dir():
        raise UserError(f'no such folder of images: {images}')
    return Path(images)
