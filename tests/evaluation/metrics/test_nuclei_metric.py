"""AJI and its kin as an evaluator of MMEngine."""

import csv
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData

from mmnuc.evaluation.functional import nuclei_scores
from mmnuc.evaluation.metrics import DenseCocoMetric, NucleiMetric, scored_metric
from mmnuc.structures import CropMasks

MAPS = [np.array([[1, 1, 0, 2, 2]] * 2), np.array([[3, 3, 3, 0, 0]] * 2), np.zeros((2, 5), int)]


def sample(number: int) -> dict:
    """Tile ``number`` with its truth, predicted one pixel to the right; the last one is unsure."""
    truth = CropMasks.from_label_map(MAPS[number])
    found = CropMasks.from_label_map(np.roll(MAPS[number], 1, axis=1))
    boxes = torch.from_numpy(found.boxes_xyxy).float()
    pred = InstanceData(
        masks=found,
        scores=torch.linspace(0.9, 0.6, len(found)),
        labels=torch.zeros(len(found), dtype=torch.int64),
        bboxes=boxes,
    )
    gt = InstanceData(masks=truth, labels=torch.zeros(len(truth), dtype=torch.int64))
    gt.bboxes = torch.from_numpy(truth.boxes_xyxy).float()
    return dict(
        img_id=number,
        img_path=f'{number}.png',
        ori_shape=(2, 5),
        pred_instances=pred,
        gt_instances=gt,
    )


def evaluate(metric: NucleiMetric) -> dict[str, float]:
    metric.dataset_meta = dict(classes=('nucleus',))
    metric.process({}, [sample(number) for number in range(3)])
    return metric.evaluate(3)


def test_means_over_images() -> None:
    found = evaluate(NucleiMetric(n_resamples=10))
    rows = [nuclei_scores(m, np.roll(m, 1, axis=1)).as_dict() for m in MAPS]
    assert list(found) == [f'nuclei/{name}' for name in rows[0]]
    for name in rows[0]:
        if name.startswith('hausdorff'):
            # One pixel to the right is too far for any of these to match.
            assert np.isnan(found[f'nuclei/{name}'])
        else:
            assert found[f'nuclei/{name}'] == pytest.approx(np.mean([row[name] for row in rows]))


def test_the_threshold_counts() -> None:
    assert evaluate(NucleiMetric(n_resamples=0, score_threshold=0.95))[
        'nuclei/aji'
    ] == pytest.approx(1 / 3)


def test_a_line_an_image(tmp_path: Path) -> None:
    evaluate(NucleiMetric(n_resamples=0, per_image=tmp_path / 'images.csv'))
    rows = list(csv.DictReader((tmp_path / 'images.csv').read_text().splitlines()))
    assert [row['file_name'] for row in rows] == ['0.png', '1.png', '2.png']
    assert [float(row['aji']) for row in rows][2] == 1.0


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    scored_metric._explain_draws.cache_clear()
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize('metric', [NucleiMetric, DenseCocoMetric])
def test_the_former_name_of_resamples_is_read_and_explained_once(metric: type, log) -> None:
    assert metric(n_resamples=7).n_resamples == 7
    assert not log.records
    assert [metric(draws=number).n_resamples for number in (5, 0)] == [5, 0]
    (record,) = log.records
    assert 'n_resamples' in record.getMessage()
    assert record.levelno == logging.WARNING
