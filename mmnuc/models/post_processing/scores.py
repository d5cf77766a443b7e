"""Steps that go by the score or change it: thresholds, the best k, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from mmengine.structures import InstanceData
from scipy.special import expit, logit

from mmnuc.errors import UserError
from mmnuc.models.post_processing.instances import array_of, select, with_scores
from mmnuc.ops.morphology.selection import most_confident
from mmnuc.registry import POST_PROCESSING


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class ScoreThreshold:
    """Drop what the model is not sure enough of; a score at the threshold stays.

    Args:
        thresholds: One for all, or one for each class by its name or number. Classes that are not
            named keep all.

    Raises:
        UserError: A threshold is not a number, or the model knows no such class.
    """

    thresholds: float | Mapping[str | int, float]

    def __post_init__(self) -> None:
        given = self.thresholds
        values = given.values() if isinstance(given, Mapping) else [given]
        if not all(isinstance(v, (int, float)) and v == v for v in values):
            raise UserError(f'a score threshold is a number, or one for each class, not {given}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop unsure instances."""
        scores = array_of(instances, 'scores')
        if not isinstance(self.thresholds, Mapping):
            return select(instances, scores >= self.thresholds)
        labels = array_of(instances, 'labels')
        limits = np.full(len(scores), -np.inf)
        for name, limit in self.thresholds.items():
            limits[labels == _number(name, instances)] = limit
        return select(instances, scores >= limits)


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class TopK:
    """Keep the ``k`` most confident instances of the image, as boards with a cap count them.

    Args:
        k: Most instances.

    Raises:
        UserError: It is not a whole number from 0 up.
    """

    k: int

    def __post_init__(self) -> None:
        if not isinstance(self.k, int) or self.k < 0:
            raise UserError(f'the number of instances to keep is a whole number, not {self.k}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop the least confident ones."""
        return select(instances, most_confident(array_of(instances, 'scores'), self.k))


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class PlattScaling:
    """Calibrate the scores: what has 0.7 shall be right in 7 of 10 cases.

    A score becomes ``sigmoid(slope * logit(score) + intercept)`` (Platt 1999). The order of the
    instances stays, so that no AP changes, and a threshold of 0.5 means the same for every model.

    Args:
        slope: Above 0; 1 with an intercept of 0 changes nothing.
        intercept: Above 0 makes all scores larger.

    Raises:
        UserError: A number is not finite, or the slope not above 0.

    Example:
        >>> step = PlattScaling(slope=2.0, intercept=1.0)
        >>> found = step(InstanceData(scores=np.array([0.0, 0.2, 0.5, 1.0])))
        >>> found.scores.round(3).tolist(), round(step.before(found.scores[1]), 3)
        ([0.0, 0.145, 0.731, 1.0], 0.2)
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.slope < np.inf and abs(self.intercept) < np.inf):
            raise UserError(
                'PlattScaling takes a finite slope above 0 and a finite intercept, '
                f'not {self.slope} and {self.intercept}'
            )

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Calibrate scores."""
        given = np.clip(array_of(instances, 'scores').astype(np.float64), 0, 1)
        return with_scores(instances, expit(self.slope * logit(given) + self.intercept))

    def before(self, score: float) -> float:
        """The score that becomes this one, or a little less: scores are rounded to 32 bits."""
        return float(expit((logit(score) - self.intercept) / self.slope)) * (1 - 1e-6)


def _number(name: str | int, instances: InstanceData) -> int:
    """The number of a class, given by its name."""
    if isinstance(name, int):
        return name
    known = instances.metainfo.get('class_names') or ()
    if name not in known:
        names = ', '.join(known) or 'none by name: write its number'
        raise UserError(f'a score threshold for the class {name!r}; the model knows {names}')
    return known.index(name)
