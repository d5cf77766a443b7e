"""Submissions at the end of a test run, on test sets without annotations."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.structures import CropMasks

SIDE = 16
KINDS = {
    'VRDL2021Submission': ('answer.json', 'vrdl2021/entries'),
    'TinyVOCSubmission': ('voc.json', 'tiny_voc/entries'),
    'DSB2018Submission': ('dsb.csv', 'dsb2018/entries'),
}


def sample(image_id: int, scores: list[float], label: int = 0) -> DetDataSample:
    masks = np.zeros((len(scores), SIDE, SIDE), bool)
    for i, mask in enumerate(masks):
        mask[3 * i : 3 * i + 2, 4:9] = True
    data = DetDataSample(
        metainfo={'img_id': image_id, 'img_path': f'{image_id}.png', 'ori_shape': (SIDE, SIDE)}
    )
    data.pred_instances = InstanceData(
        masks=CropMasks.from_bitmaps(masks),
        scores=torch.tensor(scores),
        labels=torch.full((len(scores),), label),
        bboxes=torch.zeros(len(scores), 4),
    )
    return data


def write_images(folder: Path, ids=(1, 2), **parts: object) -> Path:
    images = [{'id': i, 'file_name': f'{i}.png', 'height': SIDE, 'width': SIDE} for i in ids]
    path = folder / 'test.json'
    path.write_text(json.dumps({'images': images, **parts}))
    return path


def run(kind: str, ann_file: Path, samples: list, classes=('nucleus',)) -> tuple[dict, Path]:
    outfile = ann_file.parent / 'out' / KINDS[kind][0]
    evaluator = Evaluator({'type': f'mmnuc.{kind}', 'ann_file': ann_file, 'outfile': outfile})
    evaluator.dataset_meta = {'classes': classes}
    for data in samples:
        evaluator.process([data])
    return evaluator.evaluate(len(samples)), outfile


@pytest.mark.parametrize('kind', KINDS)
def test_every_format_is_written_and_counted(kind: str, tmp_path: Path) -> None:
    values, outfile = run(kind, write_images(tmp_path), [sample(2, []), sample(1, [0.5, 0.9])])
    assert values == {KINDS[kind][1]: 2}
    assert outfile.stat().st_size > 0


def test_the_answer_has_category_1_and_the_json_s_ids(tmp_path: Path) -> None:
    samples = [sample(1, [0.25]), sample(2, [0.5, 0.75])]
    _, outfile = run('VRDL2021Submission', write_images(tmp_path), samples)
    entries = json.loads(outfile.read_text())
    assert [(e['image_id'], e['category_id'], e['score']) for e in entries] == [
        (1, 1, 0.25),
        (2, 1, 0.75),
        (2, 1, 0.5),
    ]


def test_categories_are_those_of_the_json(tmp_path: Path) -> None:
    categories = [{'id': 5, 'name': 'cat'}, {'id': 8, 'name': 'dog'}]
    ann_file = write_images(tmp_path, ids=(1,), categories=categories)
    _, outfile = run('TinyVOCSubmission', ann_file, [sample(1, [0.5], label=1)], ('cat', 'dog'))
    assert json.loads(outfile.read_text())[0]['category_id'] == 8
    _, outfile = run('TinyVOCSubmission', ann_file, [sample(1, [0.5], label=1)], ('dog', 'cat'))
    assert json.loads(outfile.read_text())[0]['category_id'] == 5
    with pytest.raises(UserError, match='has the categories cat, dog, but not cow'):
        run('TinyVOCSubmission', ann_file, [sample(1, [0.5])], ('dog', 'cow'))


FAULTY = {
    'a score above 1': ([sample(1, [1.5]), sample(2, [0.5])], r'score is 1\.5'),
    'a score that is no number': ([sample(1, [float('nan')]), sample(2, [])], 'score is nan'),
    'an image that was not tested': ([sample(1, [0.5])], 'the first has id 2'),
    'an image of another set': (
        [sample(1, [0.5]), sample(2, []), sample(3, [])],
        r'does not have: ids \[3\]',
    ),
}


@pytest.mark.parametrize('name', FAULTY)
def test_a_fault_stops_the_run_and_leaves_no_file(name: str, tmp_path: Path) -> None:
    samples, message = FAULTY[name]
    with pytest.raises(UserError, match=message):
        run('VRDL2021Submission', write_images(tmp_path), samples)
    assert not list(tmp_path.glob('out/*'))


def test_a_missing_images_json_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such images json'):
        run('DSB2018Submission', tmp_path / 'test.json', [])
