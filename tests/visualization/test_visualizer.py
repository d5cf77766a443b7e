"""The visualizer as configs, hooks and inferencers use it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmdet.engine.hooks import DetVisualizationHook
from mmdet.structures import DetDataSample
from mmdet.visualization import DetLocalVisualizer
from mmengine.registry import VISUALIZERS
from mmengine.structures import InstanceData
from mmengine.visualization import Visualizer

from mmnuc.structures import CropMasks
from mmnuc.visualization import visualizer as visualizer_module
from mmnuc.visualization.visualizer import InstanceVisualizer

SIZE_HW = (60, 90)


@pytest.fixture(autouse=True)
def forget_visualizers() -> Any:
    """MMEngine keeps every visualizer by name; a test must not find another one's."""
    saved = {kind: dict(kind._instance_dict) for kind in (Visualizer, InstanceVisualizer)}
    yield
    for kind, instances in saved.items():
        kind._instance_dict.clear()
        kind._instance_dict.update(instances)


def build(tmp_path: Path, name: str, **look: Any) -> InstanceVisualizer:
    visualizer = VISUALIZERS.build(
        {
            'type': 'mmnuc.InstanceVisualizer',
            'vis_backends': [{'type': 'LocalVisBackend'}],
            'save_dir': str(tmp_path),
            'name': name,
            'scale': 1,
            **look,
        }
    )
    visualizer.dataset_meta = {'classes': ('nucleus',)}
    return visualizer


def sample(path: str | Path, gt: int = 2, pred: int = 3) -> DetDataSample:
    def instances(count: int) -> InstanceData:
        dense = np.zeros((count, *SIZE_HW), np.uint8)
        for i in range(count):
            dense[i, 5:20, 5 + 16 * i : 20 + 16 * i] = 1
        return InstanceData(
            masks=CropMasks.from_bitmaps(dense),
            bboxes=torch.zeros(count, 4),
            labels=torch.zeros(count, dtype=torch.long),
            scores=torch.linspace(0.9, 0.1, count),
        )

    result = DetDataSample(metainfo={'img_path': str(path)})
    result.gt_instances = instances(gt)
    result.pred_instances = instances(pred)
    return result


def tile(path: Path) -> Path:
    image = np.full((*SIZE_HW, 3), 120, np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
    return path


def test_a_config_builds_it_and_it_is_mmdets(tmp_path: Path) -> None:
    visualizer = build(tmp_path, 'built', style='grey', line_width=2)
    assert isinstance(visualizer, InstanceVisualizer)
    assert isinstance(visualizer, DetLocalVisualizer)
    assert (visualizer.look.style, visualizer.look.line_width) == ('grey', 2)


@pytest.mark.parametrize(
    ('gt', 'pred', 'options', 'panels'),
    [
        (2, 3, {}, 2),
        (0, 3, {}, 1),  # a test set has no ground truth
        (2, 0, {}, 2),  # nothing found is a result
        (2, 3, {'draw_gt': False}, 1),
        (2, 3, {'draw_pred': False}, 1),
        (0, 3, {'draw_pred': False}, 1),  # the bare image
    ],
)
def test_ground_truth_has_its_panel_where_there_is_any(
    tmp_path: Path, gt: int, pred: int, options: dict[str, Any], panels: int
) -> None:
    visualizer = build(tmp_path, 'panels')
    image = np.full((*SIZE_HW, 3), 120, np.uint8)
    out = tmp_path / 'tile.png'
    visualizer.add_datasample('x', image, sample('tile.png', gt, pred), out_file=out, **options)
    assert cv2.imread(str(out)).shape[1] // SIZE_HW[1] == panels


def test_the_score_threshold_counts(tmp_path: Path) -> None:
    visualizer = build(tmp_path, 'threshold')
    image = np.full((*SIZE_HW, 3), 120, np.uint8)
    drawn = {}
    for threshold in (0.0, 0.3, 0.95):
        visualizer.add_datasample(
            'x', image, sample('t.png', gt=0), pred_score_thr=threshold, out_file=tmp_path / 't.png'
        )
        picture = cv2.imread(str(tmp_path / 't.png'))[-SIZE_HW[0] :]
        drawn[threshold] = int((picture != 120).any(axis=2).sum())
    border = 4 * 14
    assert drawn == {0.0: 3 * border, 0.3: 2 * border, 0.95: 0}


def test_mmdets_hook_writes_a_picture_for_each_image(tmp_path: Path) -> None:
    build(tmp_path / 'work', 'hooked')
    paths = [tile(tmp_path / 'images' / name) for name in ('a.png', 'b.tif', 'c.jpg')]
    hook = DetVisualizationHook(draw=True, test_out_dir='shown')
    runner = SimpleNamespace(work_dir=str(tmp_path / 'work'), timestamp='now', iter=0)
    hook.after_test_iter(runner, 0, {}, [sample(paths[0])])
    hook.after_test_iter(runner, 1, {}, [sample(paths[1], gt=0), sample(paths[2])])
    shown = tmp_path / 'work' / 'now' / 'shown'
    assert sorted(file.name for file in shown.iterdir()) == ['a.png', 'b.png', 'c.jpg']


def test_mmdets_hook_records_validation_pictures(tmp_path: Path) -> None:
    build(tmp_path / 'work', 'validated')
    hook = DetVisualizationHook(draw=True, interval=1)
    runner = SimpleNamespace(work_dir=str(tmp_path), timestamp='now', iter=7)
    hook.after_val_iter(runner, 0, {}, [sample(tile(tmp_path / 'a.png'))])
    assert [file.name for file in tmp_path.rglob('vis_image/*')] == ['val_img_7.png']


def test_every_process_writes_its_own_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visualizer = build(tmp_path, 'second')
    monkeypatch.setattr('mmengine.dist.utils.get_rank', lambda group=None: 1)  # noqa: ARG005
    assert not visualizer_module.is_main_process()
    image = np.full((*SIZE_HW, 3), 120, np.uint8)
    visualizer.add_datasample('x', image, sample('a.png'), out_file=tmp_path / 'a.png')
    assert (tmp_path / 'a.png').is_file()
    visualizer.add_datasample('x', image, sample('a.png'))
    assert not list(tmp_path.rglob('vis_image/*'))


def test_the_picture_can_be_had_back(tmp_path: Path) -> None:
    visualizer = build(tmp_path, 'back')
    image = np.full((*SIZE_HW, 3), 120, np.uint8)
    visualizer.add_datasample('x', image, sample('a.png'), out_file=tmp_path / 'a.png')
    written = cv2.imread(str(tmp_path / 'a.png'))[..., ::-1]
    assert np.array_equal(visualizer.get_image(), written)


def test_a_picture_without_a_sample_is_the_image(tmp_path: Path) -> None:
    visualizer = build(tmp_path, 'bare')
    image = np.full((*SIZE_HW, 3), 120, np.uint8)
    visualizer.add_datasample('x', image, out_file=tmp_path / 'a.png')
    assert (cv2.imread(str(tmp_path / 'a.png'))[-SIZE_HW[0] :] == 120).all()
