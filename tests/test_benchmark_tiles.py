"""The benchmark of tiles: its nuclei come back whole, and its tables say how many."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from mmnuc.stitching.stitcher import stitch


@pytest.fixture
def benchmarks(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(repository)
    import benchmarks
    import benchmarks.tiles
    import benchmarks.tiles_world

    return benchmarks


def test_each_nucleus_comes_back_once(benchmarks: ModuleType) -> None:
    world = benchmarks.tiles_world
    grid = world.grid_of(4)
    nuclei = world.nuclei_of(grid)
    found = world.found_in_tiles(grid, nuclei)
    merged = stitch(grid, found)
    assert len(grid) == 4
    assert sum(len(tile) for tile in found) > len(merged) == nuclei.shape[0] * nuclei.shape[1]
    boxes = merged.crops.boxes_xyxy
    centres = (boxes[:, :2] + boxes[:, 2:] - 1) / 2
    distances = np.abs(nuclei.reshape(-1, 1, 3)[..., :2] - centres).max(axis=2)
    assert distances.min(axis=0).max() < 2


def test_masks_go_over_to_the_peer_unchanged(benchmarks: ModuleType, tmp_path: Path) -> None:
    world = benchmarks.tiles_world
    grid = world.grid_of(1)
    found = world.found_in_tiles(grid, world.nuclei_of(grid))
    benchmarks.tiles._write(tmp_path / 'one.npz', grid, found * 2)
    written = np.load(tmp_path / 'one.npz')
    crops = found[0].crops
    assert written['tiles'].tolist() == [0] * len(crops) + [1] * len(crops)
    assert np.array_equal(written['boxes_xyxy'][len(crops) :], crops.boxes_xyxy)
    last = written['buffer'][written['offsets'][-2] : written['offsets'][-1]]
    assert np.array_equal(last, crops.buffer[crops.offsets[-2] :])


def test_the_table(
    benchmarks: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'tiles.md'
    benchmarks.tiles.main(['--tiles', '4', '--seconds', '0', '--out', str(out)])
    assert '| 4 | 1,024 |' in out.read_text()
    assert out.read_text() in capsys.readouterr().out + '\n'
