"""Before a training starts it says what it will learn from, or that there is nothing."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import ConcatDataset, RepeatDataset

from mmnuc.datasets import NucleiDataset
from mmnuc.engine.hooks import DataSummaryHook
from mmnuc.errors import UserError


def data(folder: Path, **changes: object) -> NucleiDataset:
    """Two images: a nucleus of 10 x 10 and one of 20 x 20 on the first, nothing on the second."""
    folder.mkdir(exist_ok=True)
    images = [dict(id=i, file_name=f'{i}.png', height=64, width=64, pixel_size=0.5) for i in (1, 2)]
    for image in images:
        cv2.imwrite(str(folder / image['file_name']), np.zeros((64, 64, 3), np.uint8))
    annotations = [
        dict(
            id=10 + n, image_id=1, category_id=1, iscrowd=0,
            segmentation=[[5, 5, 5 + n, 5, 5 + n, 5 + n, 5, 5 + n]],
        ) | changes
        for n in (10, 20)
    ]  # fmt: skip
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='nucleus')])
    (folder / 'a.json').write_text(json.dumps(content))
    return NucleiDataset(ann_file=str(folder / 'a.json'), data_prefix=dict(img=f'{folder}/'))


def start(dataset: object, caplog: pytest.LogCaptureFixture, **config: object) -> list[str]:
    """Let the hook speak; return its lines."""
    loader = SimpleNamespace(dataset=dataset)
    logger = logging.getLogger('of the test')
    runner = SimpleNamespace(train_dataloader=loader, cfg=Config(config), logger=logger)
    with caplog.at_level(logging.INFO, 'of the test'):
        DataSummaryHook().before_train(runner)
    return caplog.records[-1].getMessage().splitlines() if caplog.records else []


def test_it_says_what_there_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert start(data(tmp_path), caplog) == [
        'learns from',
        f'{tmp_path}/a.json: 2 nuclei on 2 images, 1 of them without one',
        '  diameter: median 16.9 px (5 to 95 %: 11.8 to 22.0), 8.5 µm (5.9 to 11.0)',
        '  smallest: 11.3 px (1.png, annotation 20); 22.6 px (1.png, annotation 30)',
        '  largest: 22.6 px (1.png, annotation 30); 11.3 px (1.png, annotation 20)',
    ]


def test_wrapped_and_joined_data_sets_are_looked_into(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    both = ConcatDataset([data(tmp_path / 'x'), data(tmp_path / 'y')])
    lines = start(both, caplog)
    assert [line.partition('a.json')[2] for line in lines if 'a.json' in line] == [
        ': 2 nuclei on 2 images, 1 of them without one'
    ] * 2
    assert len(start(RepeatDataset(data(tmp_path / 'x'), 2), caplog)) == 5
    caplog.clear()
    assert start([1, 2], caplog) == []


def test_nothing_to_learn_from_is_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for changes, said in (
        (dict(iscrowd=1), r'its annotations are 2 crowds \(iscrowd 1\).*--crowds as-nuclei'),
        (dict(ignore=1), r'its annotations are 2 marked ignore$'),
        (dict(image_id=9), r'its annotations are 2 of images that the file does not list$'),
    ):
        with pytest.raises(UserError, match=rf'a\.json: nothing to learn from: {said}'):
            start(data(tmp_path, **changes), caplog)


def test_one_part_with_nuclei_is_enough(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    both = ConcatDataset([data(tmp_path / 'x', iscrowd=1), data(tmp_path / 'y')])
    assert '  left out: 2 that are crowds' in start(both, caplog)
