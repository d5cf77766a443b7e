"""Images found again by their names, those of one name in different folders kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from mmnuc.coco.faults import shown_name
from mmnuc.errors import UserError


class NameIndex:
    """The names of a list of images.

    Args:
        names: File names, which may have folders.
        file: Where they stand, for messages.

    Example:
        >>> index = NameIndex(['train/a.png', 'val/a.png', 'b.tif'], 'truth.json')
        >>> index.find('data/val/a.png', 'found.json'), index.find('out/b.png', 'found.json')
        (1, 2)
    """

    def __init__(self, names: Iterable[str], file: str) -> None:
        self.names = list(names)
        self.file = file
        self._by_stem: dict[str, list[int]] = {}
        for place, name in enumerate(self.names):
            self._by_stem.setdefault(_parts(name)[-1], []).append(place)

    def find(self, name: str, file: str) -> int:
        """The place of the image that a name means; -1 where there is none.

        Of several images of one name that one is meant with which it shares the most folders; the
        suffix counts where the folders don't decide.

        Args:
            name: The name, which may have other folders and another suffix.
            file: Where it stands, for messages.

        Raises:
            UserError: Several may be meant; two are named.
        """
        parts = _parts(name)
        places = self._by_stem.get(parts[-1], [])
        if len(places) < 2:
            return places[0] if places else -1
        shared = [(_shared(parts, _parts(self.names[p])), self._same_end(name, p)) for p in places]
        best = [place for place, one in zip(places, shared, strict=True) if one == max(shared)]
        if len(best) > 1:
            one, other = (shown_name(self.names[place]) for place in best[:2])
            raise UserError(
                f'{file}: {shown_name(name)} may be {one} or {other} of '
                f'{self.file}: write it with its folder'
            )
        return best[0]

    def _same_end(self, name: str, place: int) -> bool:
        return PurePosixPath(name).suffix.lower() == PurePosixPath(self.names[place]).suffix.lower()


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name.replace('\\', '/'))
    return (*path.parent.parts, path.stem)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many parts two names share, counted from their ends."""
    count = 0
    for own, its in zip(reversed(one), reversed(other), strict=False):
        if own != its:
            break
        count += 1
    return count
