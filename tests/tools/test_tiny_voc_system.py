"""Tiny PASCAL VOC from an ImageNet backbone to a checked submission, by the tools."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from pycocotools import mask as coco_mask

from mmnuc.datasets import TinyVOCDataset
from mmnuc.model_converters import detectron2, resnet
from mmnuc.model_converters.resnet import Trunk
from mmnuc.model_converters.tables import both, prefixed

NAMES = TinyVOCDataset.METAINFO['classes']
HEIGHT, WIDTH = 48, 192  # small also after resizing, whose longer side ends at 1,333
TRAINING, TESTING = (3, 17, 40, 2008), (914, 1020)
# A ResNeXt of the same make as X-101-32x8d, with fewer and narrower groups.
TRUNK = Trunk(50, 2, 4)
BRANCHES = ('shortcut', 'conv1', 'conv2', 'conv3')
CONFIG = """
_base_ = '{repository}/configs/mask_rcnn/mask-rcnn_x101-32x8d_fpn_10k_tiny-voc.py'

small = dict(data_root='{data}/')
train_dataloader = dict(
    num_workers=0, persistent_workers=False, dataset=dict(indices=3, **small)
)
val_dataloader = dict(
    num_workers=0, persistent_workers=False, dataset=dict(indices=-1, **small)
)
test_dataloader = dict(num_workers=0, dataset=small)
val_evaluator = dict(ann_file='{data}/pascal_train.json')
test_evaluator = dict(ann_file='{data}/test.json')

model = dict(
    neck=dict(out_channels=16),
    rpn_head=dict(in_channels=16, feat_channels=16),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=16),
        bbox_head=dict(in_channels=16, fc_out_channels=16),
        mask_roi_extractor=dict(out_channels=16),
        mask_head=dict(in_channels=16, conv_out_channels=16),
    ),
    train_cfg=dict(rpn_proposal=dict(max_per_img=50)),
    test_cfg=dict(rpn=dict(max_per_img=50), rcnn=dict(score_thr=0.01)),
)
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(logger=dict(interval=1))
"""

TWO_CLASSES = """
_base_ = 'tiny.py'

two = dict(metainfo=dict(classes=('bird', 'tvmonitor')))
train_dataloader = dict(dataset=two)
val_dataloader = dict(dataset=two)
model = dict(roi_head=dict(bbox_head=dict(num_classes=2), mask_head=dict(num_classes=2)))
"""


def polygon(x1: int, y1: int, x2: int, y2: int) -> dict:
    return dict(
        segmentation=[[x1, y1, x2, y1, x2, y2, x1, y2]],
        bbox=[x1, y1, x2 - x1, y2 - y1],
        area=(x2 - x1) * (y2 - y1),
        iscrowd=0,
    )


def write_images(folder: Path, ids: tuple[int, ...]) -> list[dict]:
    folder.mkdir()
    images = []
    for image_id in ids:
        name = f'2007_{image_id:06d}.jpg'
        picture = np.random.default_rng(image_id).integers(0, 255, (HEIGHT, WIDTH, 3))
        cv2.imwrite(str(folder / name), picture)
        images.append(dict(id=image_id, file_name=name, height=HEIGHT, width=WIDTH))
    return images


@pytest.fixture(scope='module')
def config(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config of a few images laid out as published: the test set has images only."""
    folder = tmp_path_factory.mktemp('tiny_voc')
    data = folder / 'data'
    data.mkdir()
    categories = [dict(id=i, name=name) for i, name in enumerate(NAMES, start=1)]
    annotations = [
        dict(id=10 * image_id + i, image_id=image_id, category_id=category, **polygon(*corners))
        for image_id in TRAINING
        for i, (category, corners) in enumerate(
            [(3, (10, 8, 60, 40)), (20, (100 + image_id % 9, 5, 150, 44))]
        )
    ]
    train = dict(images=write_images(data / 'train_images', TRAINING), categories=categories)
    (data / 'pascal_train.json').write_text(json.dumps({**train, 'annotations': annotations}))
    test = dict(images=write_images(data / 'test_images', TESTING), categories=categories)
    (data / 'test.json').write_text(json.dumps(test))
    config = folder / 'tiny.py'
    config.write_text(CONFIG.format(repository=repository, data=data))
    return config


def caffe2_name(name: str) -> str:
    """Caffe2's name of a tensor of a backbone, from Detectron2's."""
    if name.startswith('stem.'):
        name = name.replace('stem.conv1.norm', 'res_conv1.norm').replace('stem.conv1', 'conv1')
    else:
        for theirs, ours in zip(('1', '2a', '2b', '2c'), BRANCHES, strict=True):
            name = name.replace(ours, f'branch{theirs}')
    for leaf, short in (('norm.weight', 'bn_s'), ('norm.bias', 'bn_b'), ('weight', 'w')):
        name = name.replace(leaf, short)
    return name.replace('.', '_')


def detectron2_arrays(config: Path) -> dict[str, np.ndarray]:
    """The experiment with the narrower backbone as Detectron2 has it, of zeros."""
    init_default_scope('mmdet')
    cfg = Config.fromfile(config)
    cfg.model.backbone.update(depth=TRUNK.depth, groups=TRUNK.groups, base_width=TRUNK.width)
    with torch.device('meta'):
        shapes = MODELS.build(cfg.model).state_dict()
    table = zip(
        prefixed(resnet.DETECTRON2.names(TRUNK), detectron2.TRUNK),
        prefixed(resnet.TORCHVISION.names(TRUNK), 'backbone.'),
        strict=True,
    )
    table = {**dict(table), **both(detectron2.LAYERS)}
    return {name: np.zeros(shapes[ours].shape, np.float32) for name, ours in table.items()}


@pytest.fixture(scope='module')
def backbone(config: Path) -> dict[str, np.ndarray]:
    """An ImageNet backbone as Caffe2 has it: its norms hold their statistics already."""
    rng, found = np.random.default_rng(0), {'fc1000_w': np.zeros((1000, 2048), np.float32)}
    for name, array in detectron2_arrays(config).items():
        short = name.removeprefix(detectron2.TRUNK)
        if short == name or 'running' in name:
            continue
        spread = (2 / array[0].size) ** 0.5 if array.ndim == 4 else 0
        start = 0.3 if name.endswith('norm.weight') else 0
        found[caffe2_name(short)] = (start + spread * rng.standard_normal(array.shape)).astype('f4')
    return found


@pytest.fixture(scope='module')
def trained(config: Path, backbone: dict[str, np.ndarray], call: Callable) -> Path:
    """The config of a training from the backbone: two iterations, stopped, and two more."""
    folder = config.parent
    (folder / 'X-50-2x4d.pkl').write_bytes(pickle.dumps(backbone, protocol=2))
    call('import_weights.py', folder / 'X-50-2x4d.pkl', folder / 'imagenet.pth', '--to', config)
    run = (folder / 'imagenet.py', '--work-dir', folder / 'run')
    call('train.py', *run)
    call('train.py', *run, '--resume', '--cfg-options', 'train_cfg.max_iters=4')
    return folder / 'imagenet.py'


def test_training_begins_with_the_backbone_and_goes_on(trained: Path, backbone: dict) -> None:
    run = trained.parent / 'run'
    content = torch.load(run / 'iter_2.pth', weights_only=False)
    first = content['state_dict']['backbone.conv1.weight'].numpy()
    assert np.array_equal(first, backbone['conv1_w'])  # its stage is frozen
    logs = [path.read_text() for path in sorted(run.glob('*/*.log'))]
    assert [f'Iter(train) [{i}/' in logs[-1] for i in (2, 3, 4)] == [False, True, True]
    assert (run / 'last_checkpoint').read_text().endswith('iter_4.pth')


def test_nothing_is_sure_after_four_iterations(trained: Path, call: Callable) -> None:
    """Below a score of 0.4 nothing is drawn: the pictures are grey."""
    folder, out = trained.parent, trained.parent / 'unsure'
    checkpoint = folder / 'run/iter_4.pth'
    call('test.py', trained, checkpoint, '--show-dir', out, '--work-dir', folder / 'tested')
    assert validated(folder, folder / 'tested/submission.json', call) == 0
    for image_id in TESTING:
        assert colour(out / f'2007_{image_id:06d}.jpg') == 0


def test_a_model_of_detectron2_predicts_at_once(config: Path, call: Callable) -> None:
    folder, arrays = config.parent, detectron2_arrays(config)
    arrays['roi_heads.box_predictor.cls_score.bias'][2] = 5
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    torch.save({'model': tensors, 'iteration': 9999}, folder / 'model_final.pth')
    call('import_weights.py', folder / 'model_final.pth', folder / 'theirs.pth', '--to', config)
    where = ('--show-dir', folder / 'grey', '--work-dir', folder / 'tested_theirs')
    call('test.py', folder / 'theirs.py', folder / 'theirs.pth', *where)

    submission = folder / 'tested_theirs/submission.json'
    assert validated(folder, submission, call) == 0
    entries = json.loads(submission.read_text())
    assert {entry['image_id'] for entry in entries} == set(TESTING)
    assert {entry['category_id'] for entry in entries} == {3}
    assert all(entry['segmentation']['size'] == [HEIGHT, WIDTH] for entry in entries)
    for image_id in TESTING:
        assert 0 < colour(folder / f'grey/2007_{image_id:06d}.jpg') < 1


def test_training_goes_on_with_other_classes(config: Path, call: Callable) -> None:
    folder, arrays = config.parent, detectron2_arrays(config)
    arrays['roi_heads.box_head.fc1.bias'][:] = 0.5
    (folder / 'model_final.pkl').write_bytes(pickle.dumps({'model': arrays}))
    config = folder / 'two.py'
    config.write_text(TWO_CLASSES)
    call('import_weights.py', folder / 'model_final.pkl', folder / 'start.pth', '--to', config)
    run = ('--work-dir', folder / 'run_of_two', '--cfg-options')
    call(
        'train.py',
        folder / 'start.py',
        *run,
        'train_cfg.max_iters=1',
        'optim_wrapper.optimizer.lr=0',
    )
    state = torch.load(folder / 'run_of_two/iter_1.pth', weights_only=False)['state_dict']
    assert state['roi_head.bbox_head.shared_fcs.0.bias'].unique().tolist() == [0.5]
    assert len(state['roi_head.bbox_head.fc_cls.bias']) == 3


def test_the_training_set_is_browsed(config: Path, call: Callable) -> None:
    out = config.parent / 'browsed'
    call('browse_dataset.py', config, '--out', out)
    drawn = [f'2007_{image_id:06d}.png' for image_id in TRAINING[:3]]
    assert sorted(path.name for path in out.iterdir()) == [*drawn, 'contact_sheet.png']


def test_the_entry_of_the_reference_is_accepted(tmp_path: Path, call: Callable) -> None:
    mask = np.zeros((333, 500), np.uint8, order='F')
    mask[50:200, 100:300] = 1
    rle = coco_mask.encode(mask)
    segmentation = {'size': [333, 500], 'counts': rle['counts'].decode()}
    entry = dict(image_id=914, category_id=3, segmentation=segmentation, score=0.9941)
    images = [dict(id=914, file_name='2007_000925.jpg', height=333, width=500)]
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/test.json').write_text(json.dumps(dict(images=images)))
    (tmp_path / 'submission.json').write_text(json.dumps([entry]))
    assert validated(tmp_path, tmp_path / 'submission.json', call) == 0


def validated(folder: Path, submission: Path, call: Callable) -> int:
    """The exit code of the validator."""
    images = folder / 'data/test.json'
    return call('validate_submission.py', 'tiny_voc', submission, '--images', images)


def colour(picture: Path) -> float:
    """The share of an image's pixels that are not grey."""
    pixels = cv2.imread(str(picture)).astype(int)
    return float((np.ptp(pixels, axis=2) > 40).mean())
