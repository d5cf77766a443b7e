"""What is known of published weights: read from their checkpoint, or said by who publishes them."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mmengine.logging import HistoryBuffer

from mmnuc.errors import UserError

NOT_STATED = 'not stated'
_LONGEST_NAME = 100
_UNITS = {'iter': 'iterations', 'epoch': 'epochs'}


@dataclass(frozen=True)
class Facts:
    """What is known of weights.

    Attributes:
        name: What the model is called.
        classes: What it tells apart.
        data: What it learned from.
        licence: What one may do with it.
        date: When it was trained, as 2026-11-21.
        trained: Iterations and epochs.
        weights: Which of the checkpoint's weights these are, and how exact.
        scores: Score by name.
        scored_on: What the scores were measured on.
        origin: Where the weights came from, if not from a training here.
        source: SHA-256 of the checkpoint that they were taken from.
        pixel_size: Micrometres a pixel of the images that it learned from, where they are known.
        diameter: Diameter of a typical nucleus in their pixels, where it is known.
    """

    name: str
    classes: tuple[str, ...]
    data: str
    licence: str
    date: str
    trained: str
    weights: str
    scores: Mapping[str, float]
    scored_on: str
    origin: Mapping[str, str]
    source: str
    pixel_size: float | None = None
    diameter: float | None = None

    def description(self) -> dict[str, Any]:
        """The facts as plain data."""
        return {**asdict(self), 'classes': list(self.classes)}


def facts_of(content: Mapping[str, Any], path: Path, text: str, name: str, half: bool) -> Facts:
    """What a checkpoint says of itself.

    Args:
        content: What it holds.
        path: The checkpoint.
        text: The config.
        name: What the model is called.
        half: Whether 16 bits of a number are published.
    """
    meta = meta_of(content)
    about = _mapping(meta, 'dataset_meta')
    classes = about.get('classes') or about.get('CLASSES') or ()
    averaged = 'averaged over the training (EMA)' if 'ema_state_dict' in content else 'the last'
    origin = _mapping(meta, 'origin')
    roots = dict.fromkeys(Path(root).name for root in re.findall(r"data_root ?= ?'([^']+)'", text))
    counts = [f'{meta[unit]} {word}' for unit, word in _UNITS.items() if meta.get(unit)]
    return Facts(
        name=name,
        classes=_names(classes),
        data=', '.join(roots) or NOT_STATED,
        licence=NOT_STATED,
        date=_date(meta, path),
        trained=', '.join(counts) or NOT_STATED,
        weights=f'{averaged}, {"16" if half else "32"} bits',
        scores=_own_scores(content),
        scored_on='validation images, at the end of this training',
        origin={str(key): str(value) for key, value in origin.items()},
        source=hashlib.sha256(path.read_bytes()).hexdigest(),
        **_scale(text),
    )


def with_said(facts: Facts, *, data: str | None, licence: str, scores: str | Path | None) -> Facts:
    """The facts, with what the user says.

    Raises:
        UserError: The file of scores can't be read or holds none.
    """
    said: dict[str, Any] = dict(licence=licence, data=data or facts.data)
    if scores is not None:
        said.update(scores=_read_scores(Path(scores)), scored_on=Path(scores).name)
    return Facts(**{**vars(facts), **said})


def _scale(text: str) -> dict[str, float]:
    """Numbers that a config states of its training images; the config is not run.

    Example:
        >>> _scale("pixel_size = 0.25\\ndiameter = None\\nmodel = dict(diameter=3)")
        {'pixel_size': 0.25}
    """
    stated = re.findall(r'^(pixel_size|diameter) ?= ?([\d.eE+-]+)$', text, re.MULTILINE)
    return {name: float(number) for name, number in stated}


def _names(classes: Any) -> tuple[str, ...]:
    if isinstance(classes, str):
        return (classes,)
    return tuple(map(str, classes)) if isinstance(classes, (list, tuple)) else ()


def _read_scores(path: Path) -> dict[str, float]:
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise UserError(f'cannot read scores {path}: {error}') from error
    found = (
        {key: value for key, value in content.items() if _is_score(value)}
        if isinstance(content, dict)
        else {}
    )
    if not found:
        raise UserError(f'{path} holds no scores: it must be json with numbers by name')
    return found


def _own_scores(content: Mapping[str, Any]) -> dict[str, float]:
    """The validation that made these weights the best ones, if one did.

    Other checkpoints hold the scores of earlier weights.
    """
    hub = content.get('message_hub')
    if not isinstance(hub, dict):
        return {}
    info, logs = hub.get('runtime_info') or {}, hub.get('log_scalars') or {}
    best = re.search(r'_(iter|epoch)_(\d+)\.pth$', str(info.get('best_ckpt')))
    if best is None or meta_of(content).get(best[1]) != int(best[2]):
        return {}
    found = {
        name.removeprefix('val/'): float(log.current())
        for name, log in logs.items()
        if name.startswith('val/') and name.count('/') > 1 and isinstance(log, HistoryBuffer)
    }
    return {name: value for name, value in found.items() if _is_score(value)}


def _is_score(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def name_of(content: Mapping[str, Any], config: str | Path | None, path: Path) -> str:
    """The name of the config, as far as it is known."""
    if config is not None:
        return Path(config).stem
    experiment = str(meta_of(content).get('experiment_name') or path.stem)
    # It becomes the name of files, and whoever made the checkpoint may have written anything.
    name = re.sub(r'[^\w.+-]+', '-', re.sub(r'_\d{8}_\d{6}$', '', experiment))
    return name.lstrip('-.')[:_LONGEST_NAME] or 'model'


def _date(meta: Mapping[str, Any], path: Path) -> str:
    written = re.match(r'(\d{4})(\d{2})(\d{2})_', str(meta.get('time')))
    if written:
        return '-'.join(written.groups())
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()


def meta_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a checkpoint says beside its weights."""
    meta = content.get('meta')
    return meta if isinstance(meta, dict) else {}


def _mapping(meta: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What the description has there, if it is what it should be."""
    value = meta.get(key)
    return value if isinstance(value, Mapping) else {}
