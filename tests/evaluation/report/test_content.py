"""What the report shows, counted by hand on four nuclei."""

from pathlib import Path

import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.report.content import CLASSES, error_counts, image_contents
from mmnuc.evaluation.results import Truth
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles

# Three nuclei, the first two near each other; the third is missed, and there is one too many.
TRUE = np.zeros((20, 30), np.int32)
TRUE[1:5, 1:5], TRUE[1:5, 6:10], TRUE[12:16, 20:24] = 1, 2, 3
FOUND = np.where(TRUE == 3, 0, TRUE)
FOUND[12:16, 2:6] = 4


def columns(label_map: np.ndarray) -> tuple:
    """Image ids, labels, masks and boxes of the nuclei of image 7."""
    crops = label_map_to_crops(label_map)[0]
    boxes = crops.boxes_xyxy.astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    count = len(crops)
    return np.full(count, 7), np.zeros(count, int), crops_to_rles(crops), boxes


def contents(threshold: float, name: str = 'a.png', folder: Path | None = None) -> list[dict]:
    gt = GroundTruth(*columns(TRUE), np.full(3, 16.0), np.zeros(3, bool))
    pred = Predictions(*columns(FOUND), np.array([0.9, 0.8, 0.3]))
    truth = Truth((ImageInfo(7, name, 20, 30),), gt, ('nucleus',), (1,))
    return image_contents(truth, pred, threshold, folder)


def test_errors_are_counted_by_class() -> None:
    counts = error_counts(contents(0.2))
    gt = dict(zip(CLASSES, counts['gt'], strict=True))
    pred = dict(zip(CLASSES, counts['pred'], strict=True))
    assert (gt['hit'], sum(counts['gt'])) == (2, 3)
    assert (pred['hit'], sum(counts['pred'])) == (2, 3)


def test_predictions_below_the_threshold_are_left_out() -> None:
    assert sum(error_counts(contents(0.5))['pred']) == 2


def test_without_a_folder_there_is_no_picture() -> None:
    (image,) = contents(0.5)
    assert image['picture'] is None


@pytest.mark.parametrize('name', ['../secret.png', '/etc/secret.png', 'x/../../secret.png'])
def test_no_picture_from_outside_of_the_folder_is_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r'secret\.png: the name of an image leads out of'):
        contents(0.5, name, tmp_path)


def test_crowding_counts_neighbours() -> None:
    rows = {name: counts for name, *counts in error_counts(contents(0.5))['by_crowding']}
    assert [sum(np.ravel(rows[name])) for name in ('alone', '1 or 2 neighbours')] == [1, 2]
