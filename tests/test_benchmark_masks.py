"""The benchmark of masks: both roads do the same work, and the table says what was measured."""

from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

ROWS = ('pipeline', 'annotations', 'predictions', 'targets', 'iou')


@pytest.fixture
def benchmarks(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(repository)
    import benchmarks
    import benchmarks.masks_report
    import benchmarks.masks_rows
    import benchmarks.masks_tile
    import benchmarks.process_peak

    return benchmarks


@pytest.fixture
def tile(benchmarks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A synthetic tile of 200 x 200 pixels with 40 nuclei."""
    monkeypatch.setattr(benchmarks.masks_tile, 'SIDE', 200)
    monkeypatch.setattr(benchmarks.masks_tile, 'NUCLEI', 40)
    words = benchmarks.masks_tile.write_tile(tmp_path / 'tile', tmp_path / 'no.zip')
    assert 'SYNTHETIC' in words
    return tmp_path / 'tile'


@pytest.mark.parametrize('row', ROWS)
def test_both_roads_give_the_same_result(benchmarks: ModuleType, tile: Path, row: str) -> None:
    digests = []
    for road in ('ours', 'mmdet'):
        work, digest = benchmarks.masks_rows.ROWS[row](road, tile)
        digests.append(digest(work()))
    assert digests[0] == digests[1]


def test_the_tile_holds_what_was_drawn(benchmarks: ModuleType, tile: Path) -> None:
    masks = benchmarks.masks_rows.tile_masks(tile)
    assert len(masks) == 40
    assert cv2.imread(str(tile / 'images' / 'tile.png')).shape == (200, 200, 3)
    assert masks.areas.min() > 50


@pytest.mark.skipif(not Path('/proc/self/clear_refs').exists(), reason='counts memory on Linux')
def test_memory_of_the_work_is_counted_and_given_back(benchmarks: ModuleType) -> None:
    cost, result = benchmarks.process_peak.measure(lambda: np.ones(30 * 2**20, np.uint8).sum(), 0)
    assert result == 30 * 2**20
    assert 25 < cost.megabytes < 60
    assert cost.runs == 1


def test_table_compares_the_roads(benchmarks: ModuleType) -> None:
    results = {
        'targets': {
            'ours': {'seconds': 0.01, 'megabytes': 2.0, 'runs': 9, 'result': 'a'},
            'mmdet': {'seconds': 1.0, 'megabytes': 300.0, 'runs': 3, 'result': 'a'},
        },
        'iou': {
            'ours': {'seconds': 0.2, 'megabytes': 0.0, 'runs': 9, 'result': 'a'},
            'mmdet': {'seconds': 0.1, 'megabytes': 31.0, 'runs': 3, 'result': 'b'},
        },
    }
    lines = benchmarks.masks_report.tables(results).splitlines()
    assert '| 10.0 ms | 1.00 s | 100x | 50x ✓ | 2.0 MB | 300.0 MB | 150x |  | yes |' in lines[2]
    assert '| 0.5x | 1x ✗ |' in lines[3]
    assert lines[3].endswith('| **no** |')


def test_table_says_what_is_not_the_network(benchmarks: ModuleType) -> None:
    parts = {'load': 0.02, 'move': 0.0, 'masks': 0.01, 'encode': 0.01, 'network': 0.96}
    measured = {'work': 'tiny', 'parts': parts, 'gpu_megabytes': None, 'result': 1}
    dense = {**measured, 'parts': {**parts, 'masks': 0.97}}
    table = benchmarks.masks_report.tables({'testing': {'ours': measured, 'mmdet': dense}})
    ours, mmdet = table.splitlines()[2:]
    assert '| 1.00 s | 20.0 ms | 0.0 ms | 10.0 ms | 10.0 ms | 960.0 ms | 4.0% | 5% ✓ |' in ours
    assert '| 51.0% |' in mmdet
