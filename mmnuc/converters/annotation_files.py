"""Images with a file of outlines each: QuPath, ImageJ, Cellpose, HoVer-Net and CellViT.

An image and its file have the same name, but for what tools put behind it: see
:mod:`mmnuc.annotations.names`. They lie beside each other, or in two folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mmnuc.annotations.annotations import NUCLEUS, AnnotationError, Annotations
from mmnuc.annotations.formats import FORMATS, format_of_file
from mmnuc.annotations.names import is_label_name
from mmnuc.converters.pairing import annotations_in, pair, pictures_of, require_found
from mmnuc.converters.record import Listing, Mask, SourceError, SourceFault, masks_of
from mmnuc.converters.source import File, Tree

# What may hold Cellpose's masks, the best first.
_CELLPOSE = ('_seg.npy', '.npy', '.tif', '.tiff', '.png', 'outlines.txt', '_rois.zip')


@dataclass(frozen=True)
class AnnotationFile:
    """The annotation of an image as one file.

    Args:
        file: The file.
        format: A key of :data:`mmnuc.annotations.formats.FORMATS`; None to tell by the file.
        classes: Names of the classes; the first is category 1.
    """

    file: File
    format: str | None = None
    classes: tuple[str, ...] = (NUCLEUS,)

    def __len__(self) -> int:
        return 1

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give the mask of each nucleus, and what was passed over.

        Raises:
            SourceError: The file can't be read, or is a label map of another size.
        """
        data, name = self.file.read(), self.file.name
        try:
            known = FORMATS[self.format] if self.format else format_of_file(name, data)
            found = known.read(data, name, height, width)
        except AnnotationError as error:
            raise SourceError('unreadable', name, str(error)) from None
        h, w = found.crops.height, found.crops.width
        if (h, w) != (height, width):
            raise SourceError('wrong-size', name, f'{w}x{h}, the image has {width}x{height}')
        kind = 'binary-label-map' if known.is_label_map else 'passed-over'
        yield from (SourceFault(kind, name, note) for note in found.notes)
        yield from self._masks(found)

    def _masks(self, found: Annotations) -> Iterator[Mask | SourceFault]:
        # Formats that know no classes are listed without looking into them.
        alone = len(self.classes) == 1
        categories = [1 if alone else self.classes.index(n) + 1 for n in found.class_names]
        wheres = [f'{self.file.name}, {where}' for where in found.wheres]
        for mask, label in zip(masks_of(found.crops, wheres), found.labels.tolist(), strict=True):
            if mask.pixels.size:
                yield replace(mask, category_id=categories[label])
            else:
                yield SourceFault('degenerate-outline', mask.where, 'no pixel of the image inside')


def find_geojson(tree: Tree, images: str | None = None, labels: str | None = None) -> Listing:
    """List images with QuPath's GeoJSON.

    Args:
        tree: The zip or folder.
        images: Where the images are: names of folders with ``|`` between them, or a pattern.
        labels: Where the outlines are, likewise.

    Returns:
        The images with their outlines and classes.

    Raises:
        UserError: There are no images or no outlines.
    """
    return _find(tree, 'geojson', images, labels)


def find_rois(tree: Tree, images: str | None = None, labels: str | None = None) -> Listing:
    """List images with ImageJ's regions, as :func:`find_geojson` does."""
    return _find(tree, 'imagej-roi', images, labels)


def find_hovernet(tree: Tree, images: str | None = None, labels: str | None = None) -> Listing:
    """List images with json of HoVer-Net or CellViT, as :func:`find_geojson` does."""
    return _find(tree, 'hovernet', images, labels)


def find_cellpose(tree: Tree, images: str | None = None, labels: str | None = None) -> Listing:
    """List images with what Cellpose writes, as :func:`find_geojson` does.

    Of several files of an image the first is taken of ``a_seg.npy``, ``a_cp_masks.tif`` or
    ``.png`` (or ``a_masks``), ``a_cp_outlines.txt`` and ``a_rois.zip``.
    """
    found = {
        key: file
        for key, file in annotations_in(tree, labels or '*', _CELLPOSE).items()
        if labels or is_label_name(file.name)
    }
    return _listed(tree, None, found, images, labels, _best_of_cellpose)


def _find(tree: Tree, name: str, images: str | None, labels: str | None) -> Listing:
    suffixes = FORMATS[name].suffixes
    found = annotations_in(tree, labels or '*', suffixes)
    return _listed(tree, name, found, images, labels, lambda _: None)


def _listed(
    tree: Tree,
    name: str | None,
    found: dict[str, File],
    images: str | None,
    labels: str | None,
    prefer: Callable[[Sequence[File]], File | None],
) -> Listing:
    pictures = pictures_of(tree, images, set(found.values()))
    require_found(tree, 'images', images or 'any folder', pictures)
    require_found(tree, 'labels', labels or 'any folder', found)
    listing = pair(pictures, found, lambda file: AnnotationFile(file, name), prefer)
    faults = [_of_others(fault, name) for fault in listing.faults]
    classes = _classes(listing, name)
    records = tuple(
        replace(record, annotation=AnnotationFile(record.annotation.file, name, classes))
        for record in listing.records
        if isinstance(record.annotation, AnnotationFile)
    )
    categories = tuple({'id': i, 'name': text} for i, text in enumerate(classes, 1))
    return replace(listing, records=records, faults=tuple(faults), categories=categories)


def _of_others(fault: SourceFault, name: str | None) -> SourceFault:
    """A json or zip of no image may be anything; what has a suffix of its own was meant."""
    alone = name is None or fault.file.lower().endswith(('.geojson', '.roi'))
    if fault.kind != 'masks-without-image' or alone:
        return fault
    return replace(fault, kind='passed-over')


def _classes(listing: Listing, name: str | None) -> tuple[str, ...]:
    """The classes of all files, in the order in which they occur."""
    found: dict[str, None] = {}
    for record in listing.records:
        if name is None or not isinstance(record.annotation, AnnotationFile):
            continue
        try:
            found |= dict.fromkeys(FORMATS[name].class_names(record.annotation.file.read()))
        except (AnnotationError, SourceError):
            continue  # told when the file is read
    return tuple(found) or (NUCLEUS,)


def _best_of_cellpose(files: Sequence[File]) -> File | None:
    ranks = [next(i for i, end in enumerate(_CELLPOSE) if f.name.endswith(end)) for f in files]
    if not files or ranks.count(min(ranks)) > 1:
        return None
    return files[ranks.index(min(ranks))]
