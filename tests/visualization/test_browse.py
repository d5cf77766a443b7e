"""A data set on the disk becomes pictures."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from mmnuc.cli.main import main
from mmnuc.errors import UserError
from mmnuc.structures import CropMasks
from mmnuc.visualization.browse import browse_dataset
from mmnuc.visualization.panels import Look

SIZE_HW = (64, 80)
NAMES = ('a.png', 'b.tif', 'more/a.png')


def make_data(root: Path) -> dict[str, Any]:
    """Write three images, with 0, 1 and 2 squares, and give a data set's config."""
    dense = np.zeros((2, *SIZE_HW), np.uint8)
    dense[0, 10:20, 10:20] = 1
    dense[1, 30:50, 60:80] = 1
    rles = CropMasks.from_bitmaps(dense).to_rles()
    boxes, areas = ([10, 10, 10, 10], [60, 30, 20, 20]), (100, 400)
    images, annotations = [], []
    for number, name in enumerate(NAMES):
        path = root / 'images' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Red, so that a swap of channels shows.
        cv2.imwrite(str(path), np.full((*SIZE_HW, 3), (20, 40, 200), np.uint8))
        images.append({'id': number, 'file_name': name, 'height': 64, 'width': 80})
        for i in range(number):
            annotations.append(
                {
                    'id': len(annotations),
                    'image_id': number,
                    'category_id': 1,
                    'bbox': boxes[i],
                    'area': areas[i],
                    'iscrowd': 0,
                    'segmentation': rles[i],
                }
            )
    categories = [{'id': 1, 'name': 'nucleus'}]
    content = {'images': images, 'annotations': annotations, 'categories': categories}
    (root / 'all.json').write_text(json.dumps(content))
    return {
        'type': 'mmnuc.NucleiDataset',
        'data_root': str(root),
        'ann_file': 'all.json',
        'data_prefix': {'img': 'images/'},
        'pipeline': [
            {'type': 'LoadImageFromFile'},
            {'type': 'mmnuc.LoadNucleiAnnotations', 'with_bbox': True, 'with_mask': True},
            {'type': 'RandomCrop', 'crop_size': (40, 32), 'allow_negative_crop': True},
            {'type': 'PackDetInputs'},
        ],
    }


def config(dataset: dict[str, Any]) -> Config:
    return Config({'default_scope': 'mmdet', 'train_dataloader': {'dataset': dataset}})


def test_every_image_becomes_a_picture(tmp_path: Path) -> None:
    cfg = config(make_data(tmp_path))
    written = browse_dataset(cfg, 'train', tmp_path / 'out', look=Look(scale=1))
    assert [path.name for path in written] == ['a.png', 'b.png', 'a_2.png', 'contact_sheet.png']
    changed = []
    for path in written[:3]:
        picture = cv2.imread(str(path))[-SIZE_HW[0] :]
        assert picture.shape[1] == SIZE_HW[1]
        assert picture[0, 0].tolist() == [20, 40, 200]
        changed.append(int((picture != (20, 40, 200)).any(axis=2).sum()))
    assert changed == [0, 4 * 9, 4 * 9 + 4 * 19]


def test_the_pipeline_shows_what_the_network_sees(tmp_path: Path) -> None:
    cfg = config(make_data(tmp_path))
    pictures = {}
    for seed in (0, 1, 0):
        paths = browse_dataset(
            cfg, 'train', tmp_path / 'out', raw=False, look=Look(scale=1), limit=3, seed=seed
        )
        assert cv2.imread(str(paths[0])).shape[1] == 40
        again = [path.read_bytes() for path in paths]
        if seed in pictures:
            assert pictures[seed] == again
        pictures[seed] = again
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize('wrapper', ['repeat', 'concatenate'])
def test_wrapped_data_sets_are_unwrapped(tmp_path: Path, wrapper: str) -> None:
    dataset = make_data(tmp_path)
    wrapped, count = {
        'repeat': ({'type': 'RepeatDataset', 'times': 5, 'dataset': dataset}, 3),
        'concatenate': ({'type': 'ConcatDataset', 'datasets': [dataset, dataset]}, 6),
    }[wrapper]
    written = browse_dataset(config(wrapped), 'train', tmp_path / 'out')
    assert len(written) == count + 1


def test_limit_counts(tmp_path: Path) -> None:
    written = browse_dataset(config(make_data(tmp_path)), 'train', tmp_path / 'out', limit=1)
    assert [path.name for path in written] == ['a.png', 'contact_sheet.png']


def test_a_missing_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no val_dataloader'):
        browse_dataset(config(make_data(tmp_path)), 'val', tmp_path / 'out')


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no images to draw'):
        browse_dataset(config(make_data(tmp_path)), 'train', tmp_path / 'out', limit=0)


def test_the_tool_says_where_the_pictures_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config(make_data(tmp_path)).dump(str(tmp_path / 'experiment.py'))
    out = tmp_path / 'out'
    arguments = [str(tmp_path / 'experiment.py'), '--out', str(out), '--limit', '2']
    style = ('--style', 'grey', '--cfg-options', 'other=1')
    assert main(['browse', *arguments, *style]) is None
    assert f'2 pictures in {out}' in capsys.readouterr().out
    assert (out / 'contact_sheet.png').is_file()


def test_the_curves_tool_writes_into_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / '20250101_000000' / 'vis_data' / 'scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text('{"lr": 0.1, "loss": 1.0, "iter": 20, "step": 20}\n')
    main(['plot-log', str(tmp_path)])
    assert f'wrote {tmp_path / "curve.png"}' in capsys.readouterr().out
    assert (tmp_path / 'curve.png').is_file()
