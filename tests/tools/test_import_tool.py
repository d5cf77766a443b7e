"""Weights of another framework, from the command line to scores."""

import json
from pathlib import Path

import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn

CONFIG = """
_base_ = '{repository}/configs/mask_rcnn/mask-rcnn_r50_fpn_adam-4parts_vrdl2021.py'
shapes = dict(data_root='{data}/', data_prefix=dict(img='images/'))
test_dataloader = dict(num_workers=0, dataset=shapes)
test_evaluator = dict(
    _delete_=True, type='mmnuc.VRDL2021Submission', ann_file='{data}/test.json', outfile='a.json'
)
model = dict(
    test_cfg=dict(rcnn=dict(score_thr=0.0, max_per_img=10, mask_thr_binary=0.4)),
)
"""


def test_imported_weights_are_tested_at_once(world: Path, repository: Path, tool) -> None:
    folder = world.parent
    config, data = folder / 'own.py', folder / 'data'
    config.write_text(CONFIG.format(repository=repository, data=data))
    torch.manual_seed(0)
    theirs = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=2)
    torch.save({'model': theirs.state_dict(), 'epoch': 1}, folder / 'theirs.pth')

    target = folder / 'weights' / 'ours.pth'
    done = tool('import_weights.py', folder / 'theirs.pth', target, '--to', config)
    assert done.returncode == 0, done.stderr
    assert 'from torchvision, ResNet-50, 1 class\n' in done.stdout
    work_dir = folder / 'tested'
    done = tool('test.py', target.with_suffix('.py'), target, '--work-dir', work_dir)
    assert done.returncode == 0, done.stderr
    answers = json.loads((work_dir / 'a.json').read_text())
    assert {answer['image_id'] for answer in answers} <= {7, 8, 9}
    assert {answer['category_id'] for answer in answers} == {1}
