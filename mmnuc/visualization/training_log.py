"""Read what MMEngine logged in a training run, however often it was resumed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError

_NOT_CURVES = {'step', 'iter', 'epoch', 'time', 'data_time', 'memory', 'base_lr'}
_LOG_NAME = 'scalars.json'


@dataclass(frozen=True)
class Curve:
    """One quantity along a run.

    Args:
        steps: Iterations in rising order, of shape (K,).
        values: Of shape (K,); NaN where the quantity was not defined.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class TrainingLog:
    """The curves of one run.

    Args:
        name: What to call the run: the name of its work folder.
        train: Losses and learning rate by name.
        scores: Validation scores by name.
    """

    name: str
    train: dict[str, Curve] = field(default_factory=dict)
    scores: dict[str, Curve] = field(default_factory=dict)


def read_training_log(run: Path) -> TrainingLog:
    """Read all of a run's logs and join them by iteration.

    A resumed run leaves a folder a start. Where two of them tell of the same iterations the later
    one counts: the earlier one's were lost with the process, after its last checkpoint.

    Args:
        run: A work folder, the folder of one start in it, or a ``scalars.json``.

    Raises:
        UserError: There is no log, a log is broken, or nothing was logged yet.
    """
    files = _find_logs(run)
    train: list[dict[str, float]] = []
    scores: list[dict[str, float]] = []
    for path in files:
        new_train, new_scores = _split(_read_records(path))
        if not new_train and len(files) > 1:
            continue  # a start that only tested, or that ended before its first log line
        # The checkpoint that a start resumed from was scored before that start's first line: kept.
        first = min((record['step'] for record in new_train), default=np.inf)
        train = [record for record in train if record['step'] < first] + new_train
        scores = [record for record in scores if record['step'] < first] + new_scores
    if not train and not scores:
        raise UserError(
            f'nothing was logged yet in {run}: a run writes its first line after '
            'default_hooks.logger.interval iterations'
        )
    return TrainingLog(_name_of(run), _curves(train), _curves(scores))


def _find_logs(run: Path) -> list[Path]:
    """The log files of a run, in the order in which they were begun."""
    if run.is_file():
        return [run]
    if not run.is_dir():
        raise UserError(f'no such run: {run}; give the work folder of a training')
    for pattern in (_LOG_NAME, f'vis_data/{_LOG_NAME}', f'*/vis_data/{_LOG_NAME}'):
        # MMEngine names the folder of a start by its time, 20250131_235959: names sort by time.
        files = sorted(run.glob(pattern))
        if files:
            return files
    raise UserError(
        f'no training log in {run}: expected {run / "DATE_TIME" / "vis_data" / _LOG_NAME}, which '
        "a run with vis_backends=[dict(type='LocalVisBackend')] writes"
    )


def _read_records(path: Path) -> list[dict[str, float]]:
    """The numbers of each line of a log."""
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'cannot read {path}: {error}') from error
    records = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            records.append({k: float(v) for k, v in record.items() if _is_number(v)})
        except (ValueError, AttributeError) as error:
            if number == len(lines):
                break  # the process was killed while it wrote
            raise UserError(f'{path}, line {number} is not a log entry: {line[:60]!r}') from error
    return records


def _is_number(value: object) -> bool:
    """Whether a logged value can be drawn: no text, no truth value."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _split(
    records: Iterable[dict[str, float]],
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Tell training lines from validation lines, each with its iteration as ``step``."""
    train, scores = [], []
    iteration = 0.0
    for record in records:
        if 'lr' in record or any('loss' in key for key in record):
            iteration = record.get('iter', record.get('step', iteration))
            train.append({**record, 'step': iteration})
        else:
            # Runs by epoch count validations in epochs; their iteration is that of the last line.
            step = max(record.get('step', 0.0), iteration)
            scores.append({**record, 'step': step})
    return train, scores


def _curves(records: list[dict[str, float]]) -> dict[str, Curve]:
    """Turn lines into one curve a quantity."""
    records = sorted({record['step']: record for record in records}.values(), key=_step)
    names = list(dict.fromkeys(key for record in records for key in record))
    curves = {}
    for name in names:
        if name in _NOT_CURVES:
            continue
        having = [record for record in records if name in record]
        steps = np.array([record['step'] for record in having]).astype(np.int64)
        curves[name] = Curve(steps, np.array([record[name] for record in having]))
    return curves


def _step(record: dict[str, float]) -> float:
    """The iteration of a line."""
    return record['step']


def _name_of(run: Path) -> str:
    """The last part of a run's path that says something."""
    parts = [part for part in run.resolve().parts if part not in (_LOG_NAME, 'vis_data')]
    return parts[-1]
