"""Which image a file belongs to, by the names that tools give their files.

One list for images, truths and predictions. A name is compared as it is first, then without what
tools put behind the name of an image:

- Cellpose and Omnipose: ``a_cp_masks.png``, ``a_masks.tif``, ``a_seg.npy``, ``a_cp_outlines.txt``,
  ``a_rois.zip``; CellViT ``a_cells.json``, ``a_cell_detection.json``
- StarDist: ``a.stardist.tif``, ``a.stardist.rois.zip``, ``a_label.tif``; QuPath: ``a-labels.png``,
  ``a-labelled.tif``, ``a.svs.geojson``; Fiji: ``Count Masks of a.tif``, ``a_RoiSet.zip``
- CellProfiler, ilastik, Mesmer: ``a_Nuclei.tif``, ``a_Object Identities.tif``, ``a_nuclear.tif``
- ours: ``a.labels.tif``, ``a.coco.json``; data sets: ``a_gt.png``, ``a_inst.npy``, ``a_img.png``
- ``a.ome.tif`` is ``a``, too

What is behind the name of an image but no annotation is told apart: Cellpose's flows, ilastik's
probabilities and classes of pixels, our overlays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mmnuc.annotations.annotations import AnnotationError

_BETWEEN = r'[_\-. ]'
_LABEL_WORDS = (
    'cp_masks?|masks?|label_?maps?|label_?image|labels?|labell?ed|seg|segmentations?|segmented|'
    'inst|inst_?maps?|instances?|instance_?(?:maps?|masks?|labels?)|gt|ground_?truth|annotations?|'
    'object_identities|stardist_rois|stardist|rois?|roi_?set|cp_outlines|cell_detection|'
    'qupath|coco|geojson|hovernet|hover_net|cellvit|detections?'
)
_IMAGE_SUFFIXES = 'ome|tiff?|png|jpe?g|bmp|jp2|svs|ndpi|scn|mrxs|bif|czi|npy|zarr'
_OTHER_WORDS = (
    'nuclei|nucleus|nuclear|cells?|whole_cell|objects?|images?|img|raw|rgb|pred|preds|predictions?|'
    f'results?|{_IMAGE_SUFFIXES}'
)
# Written beside label maps, and no label maps.
_NOT_LABELS = (
    'flows|cp_output|cp_flows|dp|outlines|probabilities|object_predictions|simple_segmentation|'
    'object_probabilities|uncertainty|features|table|overlay|cp|cell_detection'
)
_PREFIX = re.compile(
    r'^(?:(?:count )?masks? of |labels? of |(?:masks?|labels?|seg|gt)[_-])', re.IGNORECASE
)
# In front of the names of images that have theirs before them, too: img_1.png, mask_1.png.
_IMAGE_PREFIX = re.compile(r'^(?:images?|imgs?|raw|tile)[_-](?=.)', re.IGNORECASE)
# Folders that say what is in them, not which image it belongs to.
ROLES = re.compile(
    r'(?:tissue )?images?|imgs?|tiles|raw|labels?|label_maps?|masks?|instances?|inst_maps?|'
    r'ground_truth|gt|annotations?|rois?|geojson|json|pred|preds|predictions?|results?',
    re.IGNORECASE,
)


def _ending(words: str) -> re.Pattern[str]:
    loose = words.replace('_?', '\0').replace('_', '[_ -]').replace('\0', '[_ -]?')
    return re.compile(rf'(?<=.){_BETWEEN}(?:{loose})$', re.IGNORECASE)


_LABEL = _ending(_LABEL_WORDS)
_OTHER = _ending(_OTHER_WORDS)
_NO_LABEL = _ending(_NOT_LABELS)
_SUFFIX = re.compile(rf'(?<=.)(?:\.(?:{_IMAGE_SUFFIXES}))+$', re.IGNORECASE)
_CELLPOSE = _ending('cp_masks?|cp_outlines')


def stem_of(name: str) -> str:
    """The name of a file without its folders and its last suffix.

    Example:
        >>> stem_of('train/a.b.png'), stem_of('a')
        ('a.b', 'a')
    """
    # A Mac writes letters with accents in two parts, others in one.
    return unicodedata.normalize('NFC', PurePosixPath(name).stem)


def stems(name: str) -> list[str]:
    """The names that a file's image may have, the most exact first.

    Args:
        name: Path of the file, with forward slashes.

    Returns:
        Names without folders and suffix: the file's own, then with one ending less each.

    Example:
        >>> stems('x/a_1_cp_masks.png'), stems('a.ome.tif'), stems('a_nuclei-labels.tif')
        (['a_1_cp_masks', 'a_1'], ['a.ome', 'a'], ['a_nuclei-labels', 'a_nuclei', 'a'])
        >>> stems('Count Masks of a.tif'), stems('mask_1.png'), stems('img_1.png')
        (['Count Masks of a', 'a'], ['mask_1', '1'], ['img_1', '1'])
    """
    found = [stem_of(name)]
    while True:
        last = found[-1]
        if folder := _folder_of_image(name, last):
            return [*found, folder]
        shorter = _LABEL.sub('', last)
        if shorter == last:
            shorter = _OTHER.sub('', last)
        if shorter == last:
            shorter = _IMAGE_PREFIX.sub('', _PREFIX.sub('', last))
        if shorter in (last, ''):
            return found
        found.append(shorter)


def _folder_of_image(name: str, stem: str) -> str:
    """The folder that a file is named by: one for each image, with ``image`` and ``mask`` in it."""
    folders = _folders(name)
    is_role = bool(folders) and ROLES.fullmatch(stem)
    return unicodedata.normalize('NFC', folders[-1]) if is_role else ''


def is_label_name(name: str) -> bool:
    """Whether a file is an annotation by its name.

    Example:
        >>> [is_label_name(name) for name in ('a.tif', 'a_masks.tif', 'a.labels.tif', 'masks.tif')]
        [False, True, True, False]
        >>> is_label_name('a/mask.png'), is_label_name('a/image.png')
        (True, False)
        >>> is_label_name('a_flows_cp_masks.tif'), is_label_name('a_Object Identities.tif')
        (False, True)
    """
    stem = _without_second_suffix(name)
    alone = _LABEL.search(f'a_{stem}') if _folder_of_image(name, stem) else None
    is_label = bool(_LABEL.search(stem) or _PREFIX.match(stem) or alone)
    return is_label and not is_no_label_name(name)


def is_no_label_name(name: str) -> bool:
    """Whether a file is by its name what tools write beside label maps.

    Example:
        >>> [is_no_label_name(n) for n in ('a_flows.tif', 'a_cp_output.png', 'a_Probabilities.tif')]
        [True, True, True]
        >>> is_no_label_name('a.overlay.png'), is_no_label_name('a_cp_masks.png')
        (True, False)
    """
    # Cellpose puts its ending for masks behind flows and outlines, too.
    return bool(_NO_LABEL.search(_CELLPOSE.sub('', _without_second_suffix(name))))


def without_side_products(names: Iterable[str]) -> list[str]:
    """Leave out what tools write beside the label map or image that it belongs to.

    A name alone decides nothing: ``a_dp.tif`` is left out only beside another file of ``a``.

    Example:
        >>> without_side_products(['a_flows.tif', 'a_cp_masks.tif', 'b_flows.tif'])
        ['a_cp_masks.tif', 'b_flows.tif']
    """
    listed = list(names)
    bases = {base_of(name) for name in listed if not is_no_label_name(name)}
    return [n for n in listed if not (is_no_label_name(n) and base_of(n) in bases)]


def base_of(name: str) -> str:
    """The folder and name of what a file belongs to, without what tools put behind it.

    Example:
        >>> base_of('x/a_masks.tif'), base_of('x/a.tif'), base_of('x/a_nuclei_masks.tif')
        ('x/a', 'x/a', 'x/a_nuclei')
        >>> base_of('x/a_flows_cp_masks.tif'), base_of('a_cells.json'), base_of('a.ome.tif')
        ('x/a', 'a', 'a')
    """
    stem = _NO_LABEL.sub('', _CELLPOSE.sub('', _without_second_suffix(name)))
    stem = _LABEL.sub('', stem)
    # Of what CellViT writes, a_cells.json, the image is a.
    stem = _OTHER.sub('', stem) if name.lower().endswith(('.json', '.geojson')) else stem
    return str(PurePosixPath(name).with_name(stem))


def _without_second_suffix(name: str) -> str:
    """The stem of a name, without the suffix of an image in it: ``a_masks.ome.tif``."""
    return _SUFFIX.sub('', stem_of(name))


class AmbiguousNameError(AnnotationError):
    """A name that may belong to several images: ``images`` are their names."""

    def __init__(self, images: list[str]) -> None:
        super().__init__(f'it may belong to {images[0]} or to {images[1]}')
        self.images = images


@dataclass(frozen=True)
class ImageNames:
    """Images that annotations are matched with.

    Args:
        names: Paths of the images, with forward slashes.

    Example:
        >>> images = ImageNames(['p1/a.png', 'p2/a.png', 'b.ome.tif'])
        >>> images.find('p2/a_masks.tif'), images.find('b_label.png'), images.find('c.png')
        ('p2/a.png', 'b.ome.tif', None)
        >>> images.find('a.tif')
        Traceback (most recent call last):
        mmnuc.annotations.names.AmbiguousNameError: it may belong to p1/a.png or to p2/a.png
    """

    names: tuple[str, ...]
    _exact: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    _looser: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    _folded: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __init__(self, names: Iterable[str]) -> None:
        object.__setattr__(self, 'names', tuple(names))
        exact: dict[str, list[str]] = {}
        looser: dict[str, list[str]] = {}
        for name in self.names:
            first, *others = stems(name)
            exact.setdefault(first, []).append(name)
            for other in others:
                looser.setdefault(other, []).append(name)
        object.__setattr__(self, '_exact', exact)
        object.__setattr__(self, '_looser', looser)
        folded: dict[str, list[str]] = {}
        for stem, images in exact.items():
            folded.setdefault(stem.casefold(), []).extend(images)
        object.__setattr__(self, '_folded', folded)

    def find(self, name: str) -> str | None:
        """Return the image that a file belongs to, None if it is none of these.

        Args:
            name: Path of the file, with forward slashes.

        Raises:
            AmbiguousNameError: There are several.
        """
        for hits in self._hits(stems(name)):
            best = _nearest(name, hits)
            if len(best) > 1:
                raise AmbiguousNameError(best)
            return best[0]
        return None

    def _hits(self, wanted: list[str]) -> Iterator[list[str]]:
        for table in (self._exact, self._looser):
            for stem in wanted:
                if stem in table:
                    yield table[stem]
        # Where capitals make no difference, as on Windows, tools change them.
        for stem in wanted:
            if stem.casefold() in self._folded:
                yield self._folded[stem.casefold()]


def _nearest(name: str, images: list[str]) -> list[str]:
    """Of images of one name those that share most folders with a file."""
    own = _folders(name)
    ranks = [(_folders(image) == own, _shared(own, _folders(image))) for image in images]
    return [image for image, rank in zip(images, ranks, strict=True) if rank == max(ranks)]


def _folders(name: str) -> list[str]:
    return [part for part in PurePosixPath(name).parent.parts if not ROLES.fullmatch(part)]


def _shared(one: list[str], other: list[str]) -> int:
    """How many folders two paths have in common, counted from the file up."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count


def distinct_names(names: Iterable[str]) -> list[str]:
    """Names without folders, where these tell the files apart; with all their folders elsewhere.

    Args:
        names: Paths, with forward slashes.

    Example:
        >>> distinct_names(['p1/a.png', 'p2/a.tif', 'p2/b.png'])
        ['p1/a.png', 'p2/a.tif', 'b.png']
    """
    listed = list(names)
    counts: dict[str, int] = {}
    for name in listed:
        counts[stem_of(name)] = counts.get(stem_of(name), 0) + 1
    return [name if counts[stem_of(name)] > 1 else PurePosixPath(name).name for name in listed]
