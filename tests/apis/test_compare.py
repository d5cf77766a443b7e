"""tools/compare.py: runs side by side."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmnuc.apis.compare import KEYS, compare
from mmnuc.errors import UserError


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, dict[str, Path]]:
    """Twelve images; ``good`` is off by a pixel, ``worse`` by three, ``same`` is ``good``."""
    rng = np.random.default_rng(0)
    folders = {name: tmp_path / name for name in ('gt', 'good', 'worse', 'same')}
    for folder in folders.values():
        folder.mkdir()
    for number in range(12):
        gt = np.zeros((60, 60), np.int32)
        for i, place in enumerate(rng.permutation(9)[: rng.integers(3, 9)], 1):
            y, x = 20 * (place // 3), 20 * (place % 3)
            height = rng.integers(8, 15)
            gt[y + 3 : y + 3 + height, x + 3 : x + 15] = i
        for name, shift in (('gt', 0), ('good', 1), ('worse', 3), ('same', 1)):
            np.save(folders[name] / f'{number}.npy', np.roll(gt, shift, axis=0))
    return folders.pop('gt'), folders


def test_what_is_sure_is_starred(runs, tmp_path: Path) -> None:
    gt, found = runs
    comparison = compare(gt, found, n_resamples=200, json=tmp_path / 'c.json')
    worse = comparison.difference('worse', 'nuclei/aji')
    interval = worse.confidence_interval
    assert interval.low < worse.value < interval.high < 0
    assert worse.p_value == 0
    same = comparison.difference('same', 'nuclei/aji')
    assert (same.value, same.p_value) == (0, 1)
    row = next(line for line in comparison.table().splitlines() if line.startswith('nuclei/aji '))
    assert row.count('*') == 1
    content = json.loads((tmp_path / 'c.json').read_text())
    assert content['worse']['minus good']['nuclei/aji']['value'] == worse.value
    assert content['worse']['minus good'].keys() == set(KEYS)
    assert content['same']['minus good']['nuclei/aji']['p_value'] == 1


def test_images_that_a_file_leaves_out_are_named(runs) -> None:
    gt, found = runs
    (found['worse'] / '3.npy').unlink()
    comparison = compare(gt, found, n_resamples=0)
    said = 'nothing about 1 of 12 images, which count as empty: 3.npy'
    assert comparison.missing_notes() == [f'{found["worse"]}: {said}']


def test_one_run_is_nothing_to_compare(runs) -> None:
    with pytest.raises(UserError, match='two runs or more'):
        compare(runs[0], {'good': runs[1]['good']})
