"""What stays of the pieces of all tiles, and what is put together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mmnuc.ops.arrays import BoolArray, F64Array, I64Array
from mmnuc.stitching import kernels as stitch_kernels
from mmnuc.stitching.candidates import Pairs, Pieces, Rules
from mmnuc.stitching.seams import united_contact


def decide(pieces: Pieces, pairs: Pairs, rules: Rules) -> tuple[I64Array, BoolArray]:
    """Say which pieces stay, and which of these are one nucleus.

    Args:
        pieces: N pieces.
        pairs: Those that may be one nucleus.
        rules: What makes two pieces one nucleus.

    Returns:
        A number for each piece, equal for those of one nucleus, and whether the piece stays, both
        of shape (N,).
    """
    alive = np.ones(len(pieces), np.bool_)
    winners, losers = pairs.rivals
    by_whole = ~pairs.cut[winners]
    stitch_kernels.drop_losers(winners[by_whole], losers[by_whole], alive)
    count, groups = components(len(pieces), _accepted(pieces, pairs, alive, rules))
    # What is left are fragments that lie on others. One that was joined to more stays.
    alone = np.bincount(groups, minlength=count)[groups] == 1
    open_pairs = ~by_whole & (groups[winners] != groups[losers])
    winners, losers = winners[open_pairs], losers[open_pairs]
    swapped = alone[winners] & ~alone[losers]
    winners, losers = np.where(swapped, [losers, winners], [winners, losers])
    weak = alone[losers]
    stitch_kernels.drop_losers(winners[weak], losers[weak], alive)
    return groups, alive


def components(count: int, links: I64Array) -> tuple[int, I64Array]:
    """Number ``count`` things so that all that are linked, of shape (2, P), share a number.

    Example:
        >>> components(4, np.array([[0, 2], [3, 3]]))[1].tolist()
        [0, 1, 0, 0]
    """
    graph = coo_array((np.ones(links.shape[1], np.int8), (links[0], links[1])), (count, count))
    number, groups = connected_components(graph, directed=False)
    return int(number), groups.astype(np.int64)


def _accepted(pieces: Pieces, pairs: Pairs, alive: BoolArray, rules: Rules) -> I64Array:
    """The joins to carry out: each piece joins one of each other tile, the best match first."""
    faces = pairs.touching
    joins = np.concatenate([pairs.agreeing, [faces.before, faces.after]], axis=1)
    values = np.concatenate([pairs.agreements, faces.values])
    corner = np.concatenate([np.zeros(len(pairs.agreements), np.bool_), faces.corner])
    chosen = _Joins(pieces, rules)
    first_face = len(pairs.agreements)
    for k in _best_first(pieces, joins, values, corner, alive):
        one, other = joins[:, k].tolist()
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
    pieces: Pieces, joins: I64Array, values: F64Array, corner: BoolArray, alive: BoolArray
) -> list[int]:
    possible = np.flatnonzero(alive[joins].all(axis=0))
    labels, scores = (row[joins[:, possible]] for row in (pieces.found.labels, pieces.found.scores))
    # Models propose the same nucleus more than once, vaguely: the sure proposals come first.
    weight = values[possible] * np.sqrt(scores[0] * scores[1])
    # They may also propose two classes for one nucleus: each joins its like.
    order = np.lexsort((-weight, labels[0] != labels[1], corner[possible]))
    best: list[int] = possible[order].tolist()
    return best


class _Joins:
    """Joins as they are chosen, and the clusters that they make."""

    def __init__(self, pieces: Pieces, rules: Rules) -> None:
        self._pieces = pieces
        self._rules = rules
        self._tiles = pieces.tiles.tolist()
        self._taken: set[tuple[int, int]] = set()
        self._cluster: dict[int, list[int]] = {}
        self.pairs: list[tuple[int, int]] = []

    def free(self, one: int, other: int) -> bool:
        """Whether neither piece has a partner in the tile of the other yet."""
        return not self._taken & self._claims(one, other)

    def match(self, one: int, other: int, seam: int, axis: int) -> bool:
        """Whether two pieces in a corner still match with all that they were joined to.

        Where four tiles meet, each of them sees little of a contact. Two different nuclei may look
        like one there, until their parts across the other seam come in.
        """
        near, far = self._members(one), self._members(other)
        if near is far or len(near) + len(far) == 2:
            return True
        reach = self._rules.reach
        value = united_contact(self._pieces.found, near, far, seam, axis, reach)
        return value >= self._rules.contact

    def add(self, one: int, other: int) -> None:
        """Join two pieces, and their clusters."""
        self._taken |= self._claims(one, other)
        self.pairs.append((one, other))
        near, far = self._members(one), self._members(other)
        if near is not far:
            near.extend(far)
            self._cluster.update(dict.fromkeys(near, near))

    def _claims(self, one: int, other: int) -> set[tuple[int, int]]:
        return {(one, self._tiles[other]), (other, self._tiles[one])}

    def _members(self, piece: int) -> list[int]:
        return self._cluster.setdefault(piece, [piece])
