"""Which detections of all tiles stay, and which of these are merged into one nucleus."""

from __future__ import annotations

import numpy as np

from mmnuc.ops.arrays import BoolArray, F64Array, I64Array
from mmnuc.stitching import kernels as stitch_kernels
from mmnuc.stitching.candidates import MatchCandidates, MergeRules
from mmnuc.stitching.groups import connected_groups
from mmnuc.stitching.seams import merged_contact
from mmnuc.stitching.tile_detections import TileDetections
from mmnuc.structures.nuclei import Nuclei


def resolve_matches(
    detections: TileDetections, candidates: MatchCandidates, rules: MergeRules
) -> tuple[I64Array, BoolArray]:
    """Say which detections stay, and which of these are one nucleus.

    Args:
        detections: N detections.
        candidates: The pairs of them that may be one nucleus.
        rules: What makes two detections one nucleus.

    Returns:
        A number for each detection, equal for those of one nucleus, and whether the detection
        stays, both of shape (N,).
    """
    alive = np.ones(len(detections), np.bool_)
    winners, losers = candidates.rivals
    by_whole = ~candidates.cut[winners]
    stitch_kernels.drop_losers(winners[by_whole], losers[by_whole], alive)
    count, groups = connected_groups(len(detections), _merges(detections, candidates, alive, rules))
    # What is left are fragments that lie on others. One that is merged with more stays.
    alone = np.bincount(groups, minlength=count)[groups] == 1
    open_pairs = ~by_whole & (groups[winners] != groups[losers])
    winners, losers = winners[open_pairs], losers[open_pairs]
    swapped = alone[winners] & ~alone[losers]
    winners, losers = np.where(swapped, [losers, winners], [winners, losers])
    weak = alone[losers]
    stitch_kernels.drop_losers(winners[weak], losers[weak], alive)
    return groups, alive


def _merges(
    detections: TileDetections, candidates: MatchCandidates, alive: BoolArray, rules: MergeRules
) -> I64Array:
    """The pairs to merge: a detection takes one of each other tile, the best match first."""
    faces = candidates.touching
    pairs = np.concatenate([candidates.agreeing, [faces.before, faces.after]], axis=1)
    values = np.concatenate([candidates.agreements, faces.values])
    corner = np.concatenate([np.zeros(len(candidates.agreements), np.bool_), faces.corner])
    chosen = _Merges(detections, rules)
    first_face = len(candidates.agreements)
    for k in _best_first(detections.nuclei, pairs, values, corner, alive):
        one, other = pairs[:, k].tolist()
        if not chosen.free(one, other):
            continue
        face = k - first_face
        if corner[k] and not chosen.match(
            one, other, int(faces.seams[face]), int(faces.axes[face])
        ):
            continue
        chosen.add(one, other)
    return np.array(chosen.pairs, np.int64).reshape(-1, 2).T


def _best_first(
    nuclei: Nuclei, pairs: I64Array, values: F64Array, corner: BoolArray, alive: BoolArray
) -> list[int]:
    possible = np.flatnonzero(alive[pairs].all(axis=0))
    labels, scores = (row[pairs[:, possible]] for row in (nuclei.labels, nuclei.scores))
    # Models propose the same nucleus more than once, vaguely: the sure proposals come first.
    weight = values[possible] * np.sqrt(scores[0] * scores[1])
    # They may also propose two classes for one nucleus: each takes its like.
    order = np.lexsort((-weight, labels[0] != labels[1], corner[possible]))
    best: list[int] = possible[order].tolist()
    return best


class _Merges:
    """Merges as they are chosen, and the clusters that they make."""

    def __init__(self, detections: TileDetections, rules: MergeRules) -> None:
        self._detections = detections
        self._rules = rules
        self._tiles = detections.tiles.tolist()
        self._taken: set[tuple[int, int]] = set()
        self._cluster: dict[int, list[int]] = {}
        self.pairs: list[tuple[int, int]] = []

    def free(self, one: int, other: int) -> bool:
        """Whether neither detection has a partner in the tile of the other yet."""
        return not self._taken & self._claims(one, other)

    def match(self, one: int, other: int, seam: int, axis: int) -> bool:
        """Whether two detections in a corner still match with all that they were merged with.

        Where four tiles meet, each of them sees little of a contact. Two different nuclei may look
        like one there, until their parts across the other seam come in.
        """
        near, far = self._members(one), self._members(other)
        if near is far or len(near) + len(far) == 2:
            return True
        reach = self._rules.reach
        value = merged_contact(self._detections.nuclei, near, far, seam, axis, reach)
        return value >= self._rules.contact

    def add(self, one: int, other: int) -> None:
        """Merge two detections, and their clusters."""
        self._taken |= self._claims(one, other)
        self.pairs.append((one, other))
        near, far = self._members(one), self._members(other)
        if near is not far:
            near.extend(far)
            self._cluster.update(dict.fromkeys(near, near))

    def _claims(self, one: int, other: int) -> set[tuple[int, int]]:
        return {(one, self._tiles[other]), (other, self._tiles[one])}

    def _members(self, detection: int) -> list[int]:
        return self._cluster.setdefault(detection, [detection])
