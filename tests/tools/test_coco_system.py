"""COCO from training to tables and pictures, by the tools and the configs as they are."""

import contextlib
import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet.datasets import CocoDataset
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmnuc.model_converters import detectron2, resnet
from mmnuc.model_converters.resnet import Trunk
from mmnuc.model_converters.tables import both, prefixed
from mmnuc.model_converters.torchvision import COCO_IDS

NAMES = CocoDataset.METAINFO['classes']
# Images four times as wide as high are small after resizing, whose longer side ends at 1,333.
HEIGHT, WIDTH = 64, 256
SPLITS = {'train2017': (9, 25, 30), 'val2017': (139, 285)}
COLUMNS = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl']
DATA = """
_base_ = '{repository}/configs/mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py'

small = dict(data_root='{data}/')
train_dataloader = dict(num_workers=0, persistent_workers=False, dataset=small)
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=small)
test_dataloader = dict(num_workers=0, persistent_workers=False, dataset=small)
val_evaluator = dict(ann_file='{data}/annotations/instances_val2017.json')
test_evaluator = dict(ann_file='{data}/annotations/instances_val2017.json')
"""
SHRUNKEN = """
model = dict(
    backbone=dict(base_channels=8),
    neck=dict(in_channels=[32, 64, 128, 256], out_channels=16),
    rpn_head=dict(in_channels=16, feat_channels=16),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=16),
        bbox_head=dict(in_channels=16, fc_out_channels=16),
        mask_roi_extractor=dict(out_channels=16),
        mask_head=dict(num_convs=1, in_channels=16, conv_out_channels=16),
    ),
    train_cfg=dict(rpn_proposal=dict(max_per_img=50), rcnn=dict(sampler=dict(num=16))),
    test_cfg=dict(rpn=dict(max_per_img=50), rcnn=dict(score_thr=0.0)),
)
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(logger=dict(interval=1))
"""


def annotations(image_id: int) -> list[dict]:
    """A toothbrush and a stop sign as polygons, and a crowd of toothbrushes as run lengths."""
    shift = image_id % 7
    crowd = np.zeros((HEIGHT, WIDTH), np.uint8)
    crowd[:60, 140:250] = 1
    runs = np.diff(np.flatnonzero(np.diff(crowd.ravel('F'), prepend=2, append=2))).tolist()
    entries = []
    for category, x1, y1, x2, y2 in ((90, 25, 6, 74, 55), (13, 110 + shift, 10, 140, 40)):
        outline = [[x1, y1, x2, y1, x2, y2, x1, y2]]
        box, area = [x1, y1, x2 - x1, y2 - y1], (x2 - x1) * (y2 - y1)
        entries.append(dict(category_id=category, segmentation=outline, bbox=box, area=area))
    counts = dict(size=[HEIGHT, WIDTH], counts=runs)
    box = dict(bbox=[140, 0, 110, 60], area=6600)
    entries.append(dict(category_id=90, segmentation=counts, iscrowd=1, **box))
    return [
        {'id': 10 * image_id + i, 'image_id': image_id, 'iscrowd': 0, **entry}
        for i, entry in enumerate(entries)
    ]


@pytest.fixture(scope='module')
def config(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config of a few images laid out as COCO is, with its 80 categories from 1 to 90."""
    folder = tmp_path_factory.mktemp('coco')
    data = folder / 'data'
    (data / 'annotations').mkdir(parents=True)
    categories = [dict(id=i, name=name) for i, name in zip(COCO_IDS, NAMES, strict=True)]
    for split, ids in SPLITS.items():
        (data / split).mkdir()
        images, entries = [], []
        for image_id in ids:
            name = f'{image_id:012d}.jpg'
            picture = np.random.default_rng(image_id).integers(0, 255, (HEIGHT, WIDTH, 3))
            cv2.imwrite(str(data / split / name), picture)
            images.append(dict(id=image_id, file_name=name, height=HEIGHT, width=WIDTH))
            entries += annotations(image_id)
        content = dict(images=images, annotations=entries, categories=categories)
        (data / f'annotations/instances_{split}.json').write_text(json.dumps(content))
    config = folder / 'coco.py'
    config.write_text(DATA.format(repository=repository, data=data))
    return config


def tables(work_dir: Path) -> dict[str, list[float]]:
    """The rows of scores that the last test printed; a dash is None."""
    lines = max(work_dir.glob('*/*.log')).read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.split() == COLUMNS)
    rows = {}
    for line in lines[start + 1 : start + 3]:
        *name, values = line.rsplit(maxsplit=len(COLUMNS))[:1], line.split()[-len(COLUMNS) :]
        rows[name[0][0]] = [None if value == '-' else float(value) for value in values]
    return rows


def pycocotools_scores(truth: Path, predictions: Path) -> dict[str, list[float | None]]:
    """The same by COCO's own tool, from what ``--out`` kept."""
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO(str(truth))
        entries = []
        for image in pickle.loads(predictions.read_bytes()):
            found = image['pred_instances']
            for label, score, box, rle in zip(
                *(found[key] for key in ('labels', 'scores', 'bboxes', 'masks')), strict=True
            ):
                x1, y1, x2, y2 = np.asarray(box, float).tolist()
                entries.append(
                    dict(
                        image_id=image['img_id'],
                        category_id=COCO_IDS[int(label)],
                        score=float(score),
                        bbox=[x1, y1, x2 - x1, y2 - y1],
                        segmentation=rle,
                    )
                )
        assert len(entries) > 100
        rows = {}
        for name, kind in (('boxes', 'bbox'), ('masks', 'segm')):
            for entry in entries:
                entry.pop('area', None)
            scorer = COCOeval(gt, gt.loadRes(entries), kind)
            scorer.evaluate()
            scorer.accumulate()
            scorer.summarize()
            six = scorer.stats[:6].tolist()
            rows[f'{name}, 100 kept'] = [None if value == -1 else value for value in six]
    return rows


@pytest.fixture(scope='module')
def trained(config: Path, call: Callable) -> Path:
    """A shrunken model, trained for two iterations."""
    shrunken = config.with_name('shrunken.py')
    shrunken.write_text(config.read_text() + SHRUNKEN)
    run = ('--work-dir', config.parent / 'run')
    call('train.py', shrunken, *run, '--cfg-options', 'from_scratch=True')
    return shrunken


def test_training_chooses_by_the_mask_ap_of_coco(trained: Path) -> None:
    run = trained.parent / 'run'
    assert (run / 'iter_2.pth').is_file()
    assert (run / 'best_coco_segm_mAP_iter_2.pth').is_file()


def test_tables_are_those_of_cocos_own_tool(trained: Path, call: Callable) -> None:
    folder = trained.parent
    work_dir, out = folder / 'tested', folder / 'out.pkl'
    call('test.py', trained, folder / 'run/iter_2.pth', '--work-dir', work_dir, '--out', out)
    theirs = pycocotools_scores(folder / 'data/annotations/instances_val2017.json', out)
    ours = tables(work_dir)
    assert list(ours) == list(theirs)
    for row, values in theirs.items():
        assert ours[row] == pytest.approx(values, abs=5.1e-4), row


def detectron2_zeros(config: Path) -> dict[str, np.ndarray]:
    """A ResNet-50 of Detectron2 with the heads of a config."""
    init_default_scope('mmdet')
    with torch.device('meta'):
        shapes = MODELS.build(Config.fromfile(config).model).state_dict()
    trunk = Trunk(50)
    table = zip(
        prefixed(resnet.DETECTRON2.names(trunk), detectron2.TRUNK),
        prefixed(resnet.TORCHVISION.names(trunk), 'backbone.'),
        strict=True,
    )
    table = {**dict(table), **both(detectron2.LAYERS)}
    return {name: np.zeros(shapes[ours].shape, np.float32) for name, ours in table.items()}


@pytest.fixture(scope='module')
def imported(config: Path, call: Callable) -> Path:
    """The config of imported weights that call large squares toothbrushes, COCO's last class."""
    arrays = detectron2_zeros(config)
    arrays['backbone.fpn_output5.bias'][0] = 1
    rpn = 'proposal_generator.rpn_head'
    arrays[f'{rpn}.conv.weight'][0, 0, 1, 1] = 1
    arrays[f'{rpn}.objectness_logits.weight'][1, 0] = 1
    arrays['roi_heads.box_predictor.cls_score.bias'][79] = 5
    source = config.with_name('model_final.pkl')
    source.write_bytes(pickle.dumps({'model': arrays, '__author__': 'Detectron2 Model Zoo'}))
    call('import_weights.py', source, config.parent / 'weights/d2.pth', '--to', config)
    return config.parent / 'weights/d2.py'


def test_imported_weights_score_at_once(imported: Path, call: Callable) -> None:
    work_dir, out = imported.parent / 'tested', imported.parent / 'out.pkl'
    weights = imported.with_suffix('.pth')
    call('test.py', imported, weights, '--work-dir', work_dir, '--out', out)
    truth = imported.parents[1] / 'data/annotations/instances_val2017.json'
    ours, theirs = tables(work_dir), pycocotools_scores(truth, out)
    for row, values in theirs.items():
        assert ours[row] == pytest.approx(values, abs=5.1e-4), row
        assert ours[row][1] > 0


def test_pictures_of_a_glob(trained: Path, call: Callable) -> None:
    out, images = trained.parent / 'drawn', trained.parent / 'data/val2017'
    model = ('--config', trained, '--checkpoint', trained.parent / 'run/iter_2.pth')
    how = ('--out', out, '--format', 'overlay', 'coco', '--score-thr', 0)
    assert call('predict.py', images / '*.jpg', *how, *model) == 0
    for image_id in SPLITS['val2017']:
        picture = cv2.imread(str(out / f'{image_id:012d}.overlay.png'))
        bare = cv2.imread(str(images / f'{image_id:012d}.jpg'))
        assert picture.shape == bare.shape
        assert (picture != bare).any()
    found = json.loads((out / 'nuclei.coco.json').read_text())
    assert [category['name'] for category in found['categories']] == list(NAMES)
    assert found['annotations']
