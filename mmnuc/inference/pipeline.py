"""What an experiment's test pipeline does to an image, and which classes it tests on."""

from __future__ import annotations

from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.registry import DATASETS

from mmnuc.errors import UserError


def pipeline_of(cfg: Config, loader: str = 'test_dataloader') -> list[dict[str, Any]]:
    """The pipeline of an experiment's data set.

    Args:
        cfg: The experiment.
        loader: Which of its data loaders.

    Raises:
        UserError: There is none.
    """
    pipeline = innermost(cfg, loader).get('pipeline')
    if not pipeline:
        raise UserError(f'the config has no {loader} with a pipeline')
    return list(pipeline)


def reads_files(step: dict[str, Any]) -> bool:
    """Whether a step of a pipeline reads an image or annotations."""
    return _name(step).startswith('Load')


def image_steps(pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of a pipeline that read the image file."""
    return [step for step in pipeline if reads_files(step) and 'Image' in _name(step)]


def class_names_of(cfg: Config, loader: str = 'test_dataloader') -> tuple[str, ...]:
    """Names of the classes that an experiment tests on.

    Raises:
        UserError: The data set does not name them.
    """
    dataset = innermost(cfg, loader)
    named = dataset.get('metainfo') or {}
    if 'classes' not in named and 'type' in dataset:
        # Bare names are mmdet's, as every config here says.
        with DATASETS.switch_scope_and_registry(cfg.get('default_scope', 'mmdet')) as registry:
            named = getattr(registry.get(dataset['type']), 'METAINFO', {})
    if 'classes' not in named:
        raise UserError(f'the data set of {loader} in the config names no classes')
    names = named['classes']
    return (names,) if isinstance(names, str) else tuple(names)


class TrainingScale(NamedTuple):
    """What an experiment states of the images that its model is trained on.

    Attributes:
        pixel_size: Micrometres a pixel, where they are known.
        diameter: Diameter of a typical nucleus in pixels, where it is known.
    """

    pixel_size: float | None = None
    diameter: float | None = None


def training_scale_of(cfg: Config) -> TrainingScale:
    """Read the scale of an experiment's training images, ``pixel_size`` and ``diameter``.

    Args:
        cfg: The experiment.

    Raises:
        UserError: One is no number above 0.

    Example:
        >>> training_scale_of(Config(dict(pixel_size=0.25)))
        TrainingScale(pixel_size=0.25, diameter=None)
    """
    return TrainingScale(*(_number(cfg, name) for name in TrainingScale._fields))


def _number(cfg: Config, name: str) -> float | None:
    value = cfg.get(name)
    if value is None:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number and 0 < value < float('inf')):
        raise UserError(f'the config has {name} = {value!r}; wanted is a number above 0')
    return float(value)


def innermost(cfg: Config, loader: str) -> dict[str, Any]:
    """The data set of a loader, out of what is wrapped around it; the first of several."""
    dataset = (cfg.get(loader) or {}).get('dataset', {})
    while 'dataset' in dataset or 'datasets' in dataset:
        dataset = dataset['dataset'] if 'dataset' in dataset else dataset['datasets'][0]
    return dataset


def _name(step: dict[str, Any]) -> str:
    return str(step['type']).rpartition('.')[2]
