"""Fusing result files of any tool."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmnuc.apis.ensemble import fuse_results
from mmnuc.errors import UserError
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.crops import from_bitmaps


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two images, no annotations."""
    path = tmp_path / 'test.json'
    entries = [dict(id=i, file_name=f'{i}.png', height=1, width=4) for i in (7, 9)]
    path.write_text(json.dumps(dict(images=entries, categories=[dict(id=3, name='nucleus')])))
    return path


@pytest.fixture
def results(tmp_path: Path):
    def write(name: str, *found: tuple[int, list[int], float]) -> Path:
        entries = []
        for image, row, score in found:
            (rle,) = crops_to_rles(from_bitmaps(np.array([[row]], np.uint8)))
            entries.append(dict(image_id=image, category_id=3, segmentation=rle, score=score))
        path = tmp_path / name
        path.write_text(json.dumps(entries))
        return path

    return write


def test_the_majority_owns_a_pixel(images: Path, results, tmp_path: Path) -> None:
    files = [
        results('a.json', (7, [1, 1, 1, 0], 0.9), (9, [1, 0, 0, 0], 0.6)),
        results('b.json', (7, [1, 1, 0, 0], 0.6)),
        results('c.json', (7, [1, 1, 0, 0], 0.6)),
    ]
    out = tmp_path / 'fused.json'
    assert fuse_results(images, files, out) == 2
    first, second = json.loads(out.read_text())
    assert (first['image_id'], first['category_id'], first['bbox']) == (7, 3, [0, 0, 2, 1])
    assert first['score'] == pytest.approx(0.7)
    assert (second['image_id'], second['bbox']) == (9, [0, 0, 1, 1])
    assert second['score'] == pytest.approx(0.2)


def test_weights_count(images: Path, results, tmp_path: Path) -> None:
    files = [results('a.json', (7, [1, 1, 1, 0], 0.8)), results('b.json', (7, [1, 1, 0, 0], 0.4))]
    out = tmp_path / 'fused.json'
    fuse_results(images, files, out, weights=[3, 1])
    (found,) = json.loads(out.read_text())
    assert found['bbox'] == [0, 0, 3, 1]
    assert found['score'] == pytest.approx(0.7)


def test_faults(images: Path, results, tmp_path: Path) -> None:
    one = results('a.json', (7, [1, 1, 1, 0], 0.8))
    out = tmp_path / 'fused.json'
    with pytest.raises(UserError, match='at least two'):
        fuse_results(images, [one], out)
    with pytest.raises(UserError, match='2 result files need 2 weights'):
        fuse_results(images, [one, one], out, weights=[1])
    with pytest.raises(UserError, match='0 or more'):
        fuse_results(images, [one, one], out, weights=[1, -1])
    with pytest.raises(UserError, match='no such folder'):
        fuse_results(images, [one, one], tmp_path / 'no/fused.json')
    with pytest.raises(UserError, match='no such results'):
        fuse_results(images, [one, tmp_path / 'no.json'], out)
    assert not out.exists()
