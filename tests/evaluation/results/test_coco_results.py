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


@pytest.mark.parametrize(
    'ids', [('x-1', 'nuc'), (1, 1), (1, '1'), (1, 'nuc'), ('a.png', 'nucleus')]
)
def test_where_ids_are_names_results_may_use_the_numbers_in_their_place(
    tmp_path: Path, ids: tuple[object, object]
) -> None:
    images = [dict(id='x-1', file_name='a.png', height=4, width=4)]
    truth = dict(images=images, annotations=[], categories=[dict(id='nuc', name='nucleus')])
    outline = [[0, 0, 2, 0, 2, 2]]
    found = dict(image_id=ids[0], category_id=ids[1], segmentation=outline)
    (tmp_path / 't.json').write_text(json.dumps(truth))
    (tmp_path / 'r.json').write_text(json.dumps([found]))
    pred, missing = read_predictions(tmp_path / 'r.json', read_ground_truth(tmp_path / 't.json'))
    assert (pred.images.tolist(), pred.labels.tolist(), missing) == ([1], [0], [])
