"""The folds of a set are scored together, each with what its own model found."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from mmnuc.structures import Nuclei


@pytest.fixture
def folds(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(repository)
    import benchmarks.folds

    return benchmarks.folds


def square(place: int) -> Nuclei:
    label_map = np.zeros((32, 32), int)
    label_map[place : place + 6, 4:10] = 1
    return Nuclei.from_label_map(label_map)


@pytest.fixture
def data(tmp_path: Path, folds: ModuleType) -> Path:
    """Four images of two kinds, a nucleus on each, in two folds."""
    (tmp_path / 'images').mkdir()
    images = []
    for number in range(1, 5):
        cv2.imwrite(str(tmp_path / f'images/{number}.png'), np.full((32, 32, 3), number, np.uint8))
        kind = 'histology' if number % 2 else 'fluorescence'
        name = f'{number}.png'
        images.append({'id': number, 'file_name': name, 'height': 32, 'width': 32, 'kind': kind})
    for fold, own in enumerate((images[:2], images[2:])):
        nuclei = [
            {'id': image['id'], 'image_id': image['id'], **entry}
            for image in own
            for entry in folds.entries(square(4 * image['id']))
        ]
        categories = [{'id': 1, 'name': 'nucleus'}]
        content = {'images': own, 'annotations': nuclei, 'categories': categories}
        (tmp_path / f'val_{fold}.json').write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, folds: ModuleType) -> list[str]:
    """Models answer with the truth, but for the fourth image; which images they were shown."""
    seen: list[str] = []

    class Known:
        pixel_size = 0.25

    def segment(path: Path, model: Known, **how: Any) -> Nuclei:
        assert isinstance(model, Known)
        assert how == {'tta': False, 'pixel_size': 0.25}
        seen.append(path.name)
        number = int(path.stem)
        return square(4 * number if number < 4 else 0)

    monkeypatch.setattr(folds, 'load', lambda *_, **__: Known())
    monkeypatch.setattr(folds, 'segment', segment)
    return seen


def plan(data: Path, **settings: Any) -> Path:
    parts = [
        {'config': 'fluorescence', 'data': str(data), 'truth': f'val_{fold}.json', **settings}
        for fold in range(2)
    ]
    file = data / 'plan.json'
    file.write_text(json.dumps([{'row': 'ours', 'set': 'squares', 'folds': parts}]))
    return file


def rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip('|').split('|')]


@pytest.mark.parametrize(
    ('settings', 'images', 'score'), [({}, 4, '0.750'), ({'kinds': ['histology']}, 2, '1.000')]
)
def test_all_folds_count_as_one_set(
    folds: ModuleType,
    data: Path,
    asked: list[str],
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, Any],
    images: int,
    score: str,
) -> None:
    again = [str(plan(data, **settings)), '--cache', str(data / 'cache'), '--n-resamples', '10']
    folds.main([*again, '--json', str(data / 'numbers.json')])
    (row,) = rows(capsys.readouterr().out)
    assert row[:3] == ['ours', 'squares', str(images)]
    assert row[7].startswith(score)  # Dice
    (numbers,) = json.loads((data / 'numbers.json').read_text())
    assert f'{numbers["nuclei/dice"]:.3f}' == score
    assert len(asked) == images
    folds.main(again)
    assert len(asked) == images  # from the cache
    assert list(rows(capsys.readouterr().out)) == [row]


def test_a_fold_without_such_images(folds: ModuleType, data: Path, asked: list[str]) -> None:
    with pytest.raises(folds.UserError, match=r'val_0\.json has no such images'):
        folds.main([str(plan(data, kinds=['electron'])), '--cache', str(data / 'cache')])
    assert asked == []
