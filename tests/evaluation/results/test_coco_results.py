"""Lists of COCO results: scores that are no confidences are said."""

import json
from pathlib import Path

import pytest

from mmnuc.evaluation.results import read_ground_truth, read_predictions


@pytest.mark.parametrize(('score', 'is_said'), [(0.5, False), (1, False), (87, True), (-3.5, True)])
def test_scores_beyond_0_to_1_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, score: float, is_said: bool
) -> None:
    images = [dict(id=1, file_name='a.png', height=4, width=4)]
    truth = dict(images=images, annotations=[], categories=[dict(id=1, name='nucleus')])
    found = dict(image_id=1, category_id=1, segmentation=[[0, 0, 2, 0, 2, 2]], score=score)
    (tmp_path / 't.json').write_text(json.dumps(truth))
    (tmp_path / 'r.json').write_text(json.dumps([found]))
    read_predictions(tmp_path / 'r.json', read_ground_truth(tmp_path / 't.json'))
    assert ('not from 0 to 1' in caplog.text) == is_said
