"""A small world to train in: images of discs, a model of 16 channels, tools as users call them."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmnuc.cli.main import main

SIDE = 64
SPLITS = {'train': range(1, 5), 'val': range(5, 7), 'test': range(7, 10)}
CONFIG = """
_base_ = '{base}'

shapes = dict(data_root='{data}/', data_prefix=dict(img='images/'))
train_dataloader = dict(batch_size=2, num_workers=0, persistent_workers=False, dataset=shapes)
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=shapes)
test_dataloader = dict(num_workers=0, dataset=shapes)
val_evaluator = [
    dict(type='mmnuc.DenseCocoMetric', ann_file='{data}/val.json'),
    dict(type='mmnuc.NucleiMetric', ann_file='{data}/val.json'),
]
test_evaluator = dict(ann_file='{data}/test.json')

model = dict(
    neck=dict(out_channels=16),
    rpn_head=dict(in_channels=16, feat_channels=16),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=16),
        bbox_head=dict(in_channels=16, fc_out_channels=16),
        mask_roi_extractor=dict(out_channels=16),
        mask_head=dict(num_convs=1, in_channels=16, conv_out_channels=16),
    ),
    train_cfg=dict(rpn_proposal=dict(max_per_img=50), rcnn=dict(sampler=dict(num=16))),
    # Untrained masks lie around a half: a threshold below makes sure that some are not empty.
    test_cfg=dict(
        rpn=dict(max_per_img=50),
        rcnn=dict(score_thr=0.0, max_per_img=30, mask_thr_binary=0.45),
    ),
)
train_cfg = dict(max_iters=6, val_interval=4)
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(interval=4))
"""

Tool = Callable[..., subprocess.CompletedProcess]


def discs(seed: int) -> np.ndarray:
    """Draw the label map (SIDE, SIDE) of a few dark nuclei."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for label in range(1, 7):
        center = rng.integers(8, SIDE - 8, size=2).tolist()
        cv2.circle(labels, center, int(rng.integers(4, 8)), label, -1)
    return labels


def write_split(folder: Path, split: str) -> None:
    """Write the images of a split and its json, without annotations for the test."""
    images, annotations = [], []
    for image_id in SPLITS[split]:
        labels = discs(image_id)
        picture = np.full((SIDE, SIDE, 3), (200, 160, 220), np.uint8)
        picture[labels > 0] = (120, 60, 90)
        cv2.imwrite(str(folder / 'images' / f'tile_{image_id}.png'), picture)
        images.append(dict(id=image_id, file_name=f'tile_{image_id}.png', height=SIDE, width=SIDE))
        for label in np.unique(labels)[1:]:
            code = coco_mask.encode(np.asfortranarray(labels == label))
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=1,
                    bbox=coco_mask.toBbox(code).tolist(),
                    area=int(coco_mask.area(code)),
                    iscrowd=0,
                    segmentation=dict(size=[SIDE, SIDE], counts=code['counts'].decode()),
                )
            )
    content = dict(images=images, categories=[dict(id=1, name='nucleus')])
    if split != 'test':
        content['annotations'] = annotations
    (folder / f'{split}.json').write_text(json.dumps(content))


def make_world(folder: Path, repository: Path) -> Path:
    """Make data and a config in a folder; return the config."""
    data = folder / 'data'
    (data / 'images').mkdir(parents=True)
    for split in SPLITS:
        write_split(data, split)
    base = repository / 'configs/mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021.py'
    config = folder / 'tiny.py'
    config.write_text(CONFIG.format(base=base, data=data))
    return config


@pytest.fixture(scope='session')
def environment(repository: Path) -> dict[str, str]:
    """The environment of the tools' processes."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    return {
        **os.environ,
        'PYTHONPATH': str(repository),
        'PYTHON': sys.executable,
        'PORT': port,
    }


@pytest.fixture(scope='session')
def tool(repository: Path, environment: dict[str, str]) -> Tool:
    """Run a tool to its end: ``tool('train.py', config, '--work-dir', folder)``."""

    def run(name: str, *args: object) -> subprocess.CompletedProcess:
        start = [] if name.endswith('.sh') else [sys.executable]
        return subprocess.run(
            [*start, str(repository / 'tools' / name), *map(str, args)],
            capture_output=True,
            text=True,
            timeout=300,
            env=environment,
            check=False,
        )

    return run


@pytest.fixture(scope='session')
def call(repository: Path) -> Callable[..., int | None]:
    """Run a tool in this process, which saves its start: ``call('test.py', config, weights)``."""

    def run(name: str, *args: object) -> int | None:
        text = (repository / 'tools' / name).read_text(encoding='utf-8')
        (command,) = re.findall(r"tool\('(.+)'\)", text)
        return main([*command.split(), *map(str, args)])

    return run


@pytest.fixture
def world(tmp_path: Path, repository: Path) -> Path:
    """The config of a small world of the test's own."""
    return make_world(tmp_path, repository)


@pytest.fixture(scope='session')
def trained(tmp_path_factory: pytest.TempPathFactory, repository: Path, tool: Tool) -> Path:
    """The config of a small world with a finished training in ``run/`` beside it."""
    config = make_world(tmp_path_factory.mktemp('world'), repository)
    finished = tool('train.py', config, '--work-dir', config.parent / 'run')
    assert finished.returncode == 0, finished.stderr
    return config
