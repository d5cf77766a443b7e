"""Dumped results are plain data, and are read like samples."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.evaluation.metrics.sample_layout import read_result
from mmnuc.structures import CropMasks


def sample(image_id: int, count: int) -> DetDataSample:
    data = DetDataSample(
        metainfo={'img_id': image_id, 'img_path': f'a/{image_id}.png', 'ori_shape': (10, 12)}
    )
    data.pred_instances = InstanceData(
        masks=CropMasks.from_bitmaps(np.ones((count, 10, 12), bool)),
        scores=torch.linspace(0.9, 0.1, count),
        labels=torch.arange(count),
        bboxes=torch.ones(count, 4),
    )
    return data


def test_what_is_dumped_reads_like_the_sample(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'results.pkl'
    samples = [sample(3, 2), sample(1, 0)]
    evaluator = Evaluator({'type': 'mmnuc.DumpResults', 'out_file_path': str(path)})
    evaluator.process(samples)
    assert evaluator.evaluate(2) == {}
    dumped = pickle.loads(path.read_bytes())
    assert [entry['img_id'] for entry in dumped] == [3, 1]
    for entry, data in zip(dumped, samples, strict=True):
        read, original = read_result(entry), read_result(data.to_dict())
        assert read.rles == original.rles
        assert read.file_name == original.file_name
        for column in ('scores', 'labels', 'boxes_xyxy'):
            assert np.array_equal(getattr(read, column), getattr(original, column))


def test_nothing_but_python_and_numpy_is_pickled(tmp_path: Path) -> None:
    path = tmp_path / 'results.pkl'
    evaluator = Evaluator({'type': 'mmnuc.DumpResults', 'out_file_path': path})
    evaluator.process([sample(1, 2)])
    evaluator.evaluate(1)
    content = path.read_bytes()
    assert b'torch' not in content
    assert b'mmnuc' not in content


def test_another_suffix_is_refused() -> None:
    with pytest.raises(UserError, match=r'name the file \.pkl, not out\.json'):
        Evaluator({'type': 'mmnuc.DumpResults', 'out_file_path': 'out.json'})
