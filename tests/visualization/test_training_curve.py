"""The picture of the curves."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.visualization import training_curve
from mmnuc.visualization.training_curve import plot_runs, smooth
from mmnuc.visualization.training_log import TrainingLog, read_training_log


def run(folder: Path, iterations: int = 400, with_scores: bool = True) -> Path:
    path = folder / '20250101_000000' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    lines = []
    for i in range(20, iterations + 1, 20):
        loss = {'loss': 30 / i, 'loss_mask': 10 / i, 'acc': 95.0}
        lines.append({'lr': 1e-3, 'grad_norm': 3.0, **loss, 'iter': i, 'step': i})
        if with_scores and i % 100 == 0:
            scores = {'coco/segm_mAP_50': i / 1000, 'coco/segm_mAP_s': 0.1, 'nuclei/count': 50.0}
            lines.append({**scores, 'coco/segm_mAP_l': -1.0, 'time': 1.0, 'step': i})
    path.write_text('\n'.join(json.dumps(line) for line in lines))
    return folder


def panels(*runs: Path, keys: list[str] | None = None) -> list[tuple[str, list[str]]]:
    logs: list[TrainingLog] = [read_training_log(path) for path in runs]
    return training_curve._choose_panels(logs, keys or [])


def test_one_run_shows_its_losses_and_scores(tmp_path: Path) -> None:
    assert panels(run(tmp_path / 'a')) == [
        ('loss', ['loss', 'loss_mask']),
        ('lr', ['lr']),
        ('validation scores', ['coco/segm_mAP_50']),
        ('nuclei/count', ['nuclei/count']),
    ]


def test_several_runs_are_compared_score_by_score(tmp_path: Path) -> None:
    assert panels(run(tmp_path / 'a'), run(tmp_path / 'b')) == [
        ('loss', ['loss']),
        ('lr', ['lr']),
        ('coco/segm_mAP_50', ['coco/segm_mAP_50']),
        ('nuclei/count', ['nuclei/count']),
    ]


@pytest.mark.parametrize(
    ('keys', 'expected'),
    [
        (['loss_mask'], [('loss', ['loss_mask'])]),
        (['loss'], [('loss', ['loss'])]),
        (['mAP_s'], [('validation scores', ['coco/segm_mAP_s'])]),
        (['grad', 'lr'], [('lr', ['lr']), ('grad_norm', ['grad_norm'])]),
    ],
)
def test_curves_can_be_chosen(
    tmp_path: Path, keys: list[str], expected: list[tuple[str, list[str]]]
) -> None:
    assert panels(run(tmp_path / 'a'), keys=keys) == expected


def test_an_unknown_curve_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no curve 'dice'; there are: lr, .*coco/segm_mAP_50"):
        plot_runs([run(tmp_path / 'a')], tmp_path / 'curve.png', ['dice'])
    assert not (tmp_path / 'curve.png').exists()


@pytest.mark.parametrize('count', [1, 2])
def test_the_picture_is_written_whole(tmp_path: Path, count: int) -> None:
    runs = [run(tmp_path / f'run{i}', 200 + 200 * i) for i in range(count)]
    out = plot_runs(runs, tmp_path / 'out' / 'curve.png')
    picture = cv2.imread(str(out))
    assert [file.name for file in out.parent.iterdir()] == ['curve.png']
    assert min(picture.shape[:2]) > 600
    for index in range(count):
        red, green, blue = (int(training_curve._COLORS[index][i : i + 2], 16) for i in (1, 3, 5))
        assert (picture == (blue, green, red)).all(axis=2).any()


def test_runs_without_scores_or_of_one_line_are_drawn(tmp_path: Path) -> None:
    assert plot_runs([run(tmp_path / 'a', 20, False)], tmp_path / 'curve.svg').stat().st_size > 0


def test_runs_called_alike_are_told_apart(tmp_path: Path) -> None:
    runs = [run(tmp_path / side / 'light') for side in ('left', 'right')]
    logs = [read_training_log(path) for path in runs]
    assert training_curve._distinct_names(logs, runs) == [str(path) for path in runs]


def test_other_kinds_of_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'cannot draw curves as curve\.xyz'):
        plot_runs([run(tmp_path / 'a')], tmp_path / 'curve.xyz')


def test_the_best_score_is_named_and_undefined_ones_are_left_out(tmp_path: Path) -> None:
    out = plot_runs([run(tmp_path / 'a')], tmp_path / 'curve.svg', ['mAP_50', 'mAP_l'])
    # matplotlib writes each text as a comment beside its letters' outlines.
    text = out.read_text()
    assert 'coco/segm_mAP_50  best 0.4 at 400' in text
    assert 'coco/segm_mAP_l  undefined' in text


@pytest.mark.parametrize(('count', 'window'), [(1, 1), (2, 5), (30, 1), (30, 7)])
def test_smooth_equals_the_obvious_mean(count: int, window: int) -> None:
    values = np.random.default_rng(0).random(count)
    values[::4] = np.nan
    half = window // 2
    expected = []
    for i in range(count):
        part = values[max(0, i - half) : i + half + 1]
        known = part[np.isfinite(part)]
        expected.append(known.mean() if len(known) else np.nan)
    assert np.allclose(smooth(values, window), expected, equal_nan=True)
