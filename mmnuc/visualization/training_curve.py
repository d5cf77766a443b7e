"""Draw the losses, the learning rate and the scores of training runs."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.visualization.training_log import Curve, TrainingLog, read_training_log

# Okabe and Ito's colours: told apart by everyone, printed or not.
_COLORS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#444444', '#999933')
_SIZES = ('_s', '_m', '_l')  # COCO's scores by object size: nuclei are all small
_MOST_SCORES = 8
_SUFFIXES = ('.png', '.pdf', '.svg', '.jpg')


def plot_runs(
    work_dirs: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    keys: Sequence[str] = (),
) -> Path:
    """Draw the curves of one or several training runs as one picture.

    One run shows each of its losses and scores; several runs are compared by their total loss and
    score by score. The best value of each score is marked.

    Args:
        work_dirs: Work folders of the runs; see
            :func:`mmnuc.visualization.training_log.read_training_log`.
        out: The picture to write: ``.png``, ``.pdf`` or ``.svg``.
        keys: Names, or parts of names, of the losses and scores to draw; by default what matters.

    Returns:
        The path written.

    Raises:
        UserError: There is no such run, its log is broken or empty, no curve has such a name, or
            pictures of this kind can't be written.
    """
    out = Path(out)
    if out.suffix not in _SUFFIXES:
        raise UserError(f'cannot draw curves as {out.name}: name a {", ".join(_SUFFIXES)} file')
    logs = [read_training_log(Path(run)) for run in work_dirs]
    names = _distinct_names(logs, [Path(run) for run in work_dirs])
    panels = _choose_panels(logs, keys)
    columns = 1 if len(panels) <= 3 else 2
    rows = math.ceil(len(panels) / columns)
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=(9 * columns, 3.1 * rows + 0.5), layout=layout)
    figure.suptitle(' · '.join(names), x=0.012, ha='left', fontsize=10, color='#666666')
    FigureCanvasAgg(figure)
    for index, (title, wanted) in enumerate(panels):
        axes = figure.add_subplot(rows, columns, index + 1)
        _draw_panel(axes, title, wanted, logs, names)
    with atomic_path(out) as temporary:
        figure.savefig(temporary, dpi=130)
    return out


def _distinct_names(logs: Sequence[TrainingLog], runs: Sequence[Path]) -> list[str]:
    """Names of the runs; with their parents' where two are called the same."""
    names = [log.name for log in logs]
    if len(set(names)) == len(names):
        return names
    return [str(run) for run in runs]


def smooth(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Average over a window around each value, smaller at the ends; NaN counts as missing.

    Args:
        values: Of shape (K,).
        window: Number of values to average over, odd.

    Returns:
        Averages of shape (K,); NaN where the window holds no value.

    Example:
        >>> smooth(np.array([0.0, 3.0, np.nan, 5.0]), 3).tolist()
        [1.5, 1.5, 4.0, 5.0]
    """
    known = np.isfinite(values)
    kernel = np.ones(window)
    total = np.convolve(np.where(known, values, 0.0), kernel)[window // 2 :][: len(values)]
    count = np.convolve(known.astype(float), kernel)[window // 2 :][: len(values)]
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def _choose_panels(logs: Sequence[TrainingLog], keys: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Titles of the panels and the curves in each."""
    train = list(dict.fromkeys(name for log in logs for name in log.train))
    scores = list(dict.fromkeys(name for log in logs for name in log.scores))
    if keys:
        wanted = _find_names(keys, train + scores)
        losses = [name for name in train if name in wanted and 'loss' in name]
        scores = [name for name in scores if name in wanted]
    else:
        wanted = {'lr'}
        losses = [name for name in train if 'loss' in name]
        losses = ['loss'] if len(logs) > 1 and 'loss' in losses else losses
        scores = [name for name in scores if not name.endswith(_SIZES)][:_MOST_SCORES]
    panels = [('loss', losses), ('lr', [name for name in train if name == 'lr' and name in wanted])]
    others = [name for name in train if name in wanted and name != 'lr' and name not in losses]
    panels += [(name, [name]) for name in others]
    # Shares lie between 0 and 1; a count on the same axis would flatten them.
    shares = [n for n in scores if len(logs) == 1 and _top(logs[0].scores[n]) <= 1]
    panels += [('validation scores', shares)]
    panels += [(name, [name]) for name in scores if name not in shares]
    return [(title, names) for title, names in panels if names]


def _find_names(keys: Sequence[str], names: Sequence[str]) -> set[str]:
    """The curves that were asked for, by name or, where there is no such name, by a part of it."""
    found: set[str] = set()
    for key in keys:
        matching = {name for name in names if name == key} or {n for n in names if key in n}
        if not matching:
            raise UserError(f'no curve {key!r}; there are: {", ".join(names)}')
        found |= matching
    return found


def _top(curve: Curve) -> float:
    """The largest known value of a curve."""
    return float(np.max(curve.values, initial=0.0, where=np.isfinite(curve.values)))


def _draw_panel(
    axes: Any, title: str, wanted: list[str], logs: Sequence[TrainingLog], names: Sequence[str]
) -> None:
    """Draw the wanted curves of all runs in one panel."""
    color = 0
    for log, run in zip(logs, names, strict=True):
        for name in wanted:
            label = name if len(logs) == 1 else run if len(wanted) == 1 else f'{run}: {name}'
            if name in log.scores:
                _draw_score(axes, log.scores[name], label, _COLORS[color % len(_COLORS)])
            elif name in log.train:
                _draw_train(axes, log.train[name], name, label, _COLORS[color % len(_COLORS)])
            color += 1
    if title == 'loss':
        drawn = [log.train[name] for log in logs for name in wanted if name in log.train]
        axes.set_ylim(0, _usual_top(drawn))
    axes.set_title(
        'learning rate' if title == 'lr' else title, loc='left', fontsize=11, fontweight='bold'
    )
    axes.grid(True, color='#e6e6e6', linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)
    axes.set_xlim(left=0)
    axes.set_xlabel('iteration')
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:,.0f}'))
    if len(logs) > 1 or wanted != [title] or title in logs[0].scores:
        axes.legend(fontsize=8, frameon=False, loc='center left', bbox_to_anchor=(1.0, 0.5))


def _draw_train(axes: Any, curve: Curve, name: str, label: str, color: str) -> None:
    """Draw a loss, smoothed over its own noise, or the learning rate as it is."""
    if name == 'lr':
        axes.plot(curve.steps, curve.values, color=color, linewidth=1.4, label=label)
        return
    window = max(1, len(curve.values) // 25) | 1
    values = smooth(curve.values, window)
    if window > 1:
        axes.plot(curve.steps, curve.values, color=color, linewidth=0.6, alpha=0.25)
    lost = int(np.sum(~np.isfinite(curve.values)))
    label += f' ({lost} not finite)' if lost else ''
    total = name == 'loss'
    axes.plot(
        curve.steps, values, color=color, linewidth=2.0 if total else 1.3, label=label, zorder=3
    )


def _usual_top(curves: Sequence[Curve]) -> float:
    """Where a loss axis ends; the first values of a run may be ten times all others."""
    tops = [
        np.percentile(known, 98) for c in curves if len(known := c.values[np.isfinite(c.values)])
    ]
    return 1.1 * float(max(tops, default=1.0)) or 1.0


def _draw_score(axes: Any, curve: Curve, label: str, color: str) -> None:
    """Draw a score with its best value marked. COCO writes -1 where a score is not defined."""
    values = np.where(curve.values < 0, np.nan, curve.values)
    if not np.isfinite(values).any():
        axes.plot([], [], color=color, label=f'{label}  undefined')
        return
    best = int(np.nanargmax(values))
    label += f'  best {values[best]:.4g} at {curve.steps[best]:,}'
    axes.plot(
        curve.steps, values, color=color, linewidth=1.5, marker='o', markersize=3, label=label
    )
    axes.plot(curve.steps[best], values[best], '*', color=color, markersize=13, zorder=4)
