"""tools/tune.py: the threshold that scores best."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmnuc.apis.tune import tune
from mmnuc.errors import UserError
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles

GT = np.zeros((40, 40), np.int32)
GT[2:10, 2:10], GT[2:10, 20:28], GT[20:28, 2:10] = 1, 2, 3
INVENTED = np.zeros_like(GT)
INVENTED[20:28, 20:28], INVENTED[32:34, 32:34] = 1, 2


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Nuclei found at 0.9, 0.7 and 0.45; a large invention at 0.3, a small one at 0.8."""
    (tmp_path / 'gt').mkdir()
    np.save(tmp_path / 'gt/a.npy', GT)
    rles = [rle for m in (GT, INVENTED) for rle in crops_to_rles(label_map_to_crops(m)[0])]
    entries = [
        dict(image_id=1, category_id=1, segmentation=rle, score=score)
        for rle, score in zip(rles, (0.9, 0.7, 0.45, 0.3, 0.8), strict=True)
    ]
    (tmp_path / 'pred.json').write_text(json.dumps(entries))
    return tmp_path / 'gt', tmp_path / 'pred.json'


def test_the_best_is_found_and_shown(files) -> None:
    result = tune(*files, min_areas=[0, 10])
    best = result.best
    assert (best.score_threshold, best.min_area, best.score) == (0.35, 10, 1.0)
    assert len(result.tried) == 38
    said = result.table()
    assert '0.35        10  1.0000  <- best' in said
    assert 'score_thr=0.35' in said
    assert said.count('<- best') == 1


def test_without_an_area(files) -> None:
    best = tune(*files, 'nuclei/f1_50', thresholds=[0.1, 0.4, 0.85]).best
    assert (best.score_threshold, best.score) == (0.4, pytest.approx(6 / 7))


def test_distances_are_minimised(files) -> None:
    assert tune(*files, 'nuclei/hausdorff', thresholds=[0.1, 0.95]).best.score == 0


def test_faults(files) -> None:
    with pytest.raises(UserError, match='coco/segm_mAP does not depend on a score threshold'):
        tune(*files, 'coco/segm_mAP')
    with pytest.raises(UserError, match='at least one threshold'):
        tune(*files, thresholds=[])
