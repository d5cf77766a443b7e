"""A data set on the disk: images, COCO files by split, and the report.

``DST/images/`` holds the images; ``train.json`` and ``val.json`` the two sides of the split,
``all.json`` both, ``test.json`` the images that come without annotations, ``report.json`` what was
found on the way. Annotated images tell their ``group``: what they may not be separated from.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from mmnuc.atomic import atomic_folder
from mmnuc.converters.coco_file import NumberedImage, coco_file, number_images
from mmnuc.converters.loss import Loss, loss_of
from mmnuc.converters.record import LOSING, Listing, Record, SourceFault
from mmnuc.converters.report import IntegrityReport, bad_faults, list_faults
from mmnuc.converters.split import (
    check_pattern,
    choose_folds,
    choose_validation,
    group_of,
    merge_groups,
)
from mmnuc.converters.work import ConvertedImage, available_cores, convert_records, work_of
from mmnuc.errors import UserError
from mmnuc.images.reading import Reading

_REPORT = 'report.json'
CROWDS = ('keep', 'as-nuclei')
_ALLOWED_LOSS = 0.01


@dataclass(frozen=True)
class ConversionOptions:
    """How a data set is built.

    Args:
        val: Images to validate on, as a fraction of all if below 1, otherwise as their number.
        group: A name or pattern as in :func:`mmnuc.converters.split.group_of`; None for the
            format's own.
        seed: Another seed, another split.
        workers: How many processes to use; None for one a core.
        skip_bad: Leave bad masks out, and bad images with all their masks, instead of failing.
        overwrite: Replace an earlier conversion.
        max_loss: Fail when more than this fraction of the annotations would be lost; None for
            1 %, or all of them with ``skip_bad``.
        crowds: ``'keep'``, or ``'as-nuclei'`` to take every crowd as a nucleus.
        reading: What is read of images that hold more than one, and the sizes of their pixels.
        folds: Instead of ``val``, how many folds to write for a cross-validation: ``train_0.json``
            to learn from and ``val_0.json`` to validate on, and so on; ``train.json`` has all.
    """

    val: float = 0.2
    group: str | None = None
    seed: int = 0
    workers: int | None = None
    skip_bad: bool = False
    overwrite: bool = False
    max_loss: float | None = None
    crowds: str = 'keep'
    reading: Reading = Reading()  # noqa: RUF009 - frozen
    folds: int | None = None

    @property
    def allowed_loss(self) -> float:
        """The fraction of the annotations that may be lost."""
        if self.max_loss is not None:
            return self.max_loss
        return 1.0 if self.skip_bad else _ALLOWED_LOSS

    def check(self) -> None:
        """Refuse settings that can't be meant.

        Raises:
            UserError: One is out of its range.
        """
        if not 0 <= self.val < math.inf:
            raise UserError(f'--val is a fraction or a number of images, not {self.val}')
        if not 0 <= self.allowed_loss <= 1:
            raise UserError(f'--max-loss is a fraction from 0 to 1, not {self.max_loss:g}')
        if self.folds is not None and self.folds < 2:
            raise UserError(f'--folds is a number of folds from 2 on, not {self.folds}')
        if self.crowds not in CROWDS:
            raise UserError(f'--crowds is {" or ".join(CROWDS)}, not {self.crowds}')


def build(name: str, listing: Listing, dst: Path, options: ConversionOptions) -> IntegrityReport:
    """Write a data set.

    Args:
        name: The format it comes from.
        listing: What the format found.
        dst: The folder to make; it appears only when everything is written.
        options: How.

    Returns:
        What was written and found.

    Raises:
        UserError: The folder is in use, files are bad, or the split is not possible.
    """
    check_destination(dst, options.overwrite)
    options.check()
    _check_names(listing.records)
    if options.group is not None:
        check_pattern(
            options.group, [_stem(r) for r in listing.records if r.annotation is not None]
        )
    with atomic_folder(dst) as folder:
        converted = _convert(listing.records, folder / 'images', options)
        faults = [*listing.faults, *(fault for image in converted for fault in image.faults)]
        bad = bad_faults(faults)
        if bad and not options.skip_bad:
            raise UserError(
                f'{len(bad)} bad files or masks; repair them, or leave them out with --skip-bad\n'
                + list_faults(bad)
            )
        if options.crowds == 'as-nuclei':
            converted = [_crowds_as_nuclei(image) for image in converted]
        loss = loss_of(listing, converted)
        if loss.share > options.allowed_loss:
            raise UserError(_too_much(loss, options.allowed_loss, faults))
        return _write(name, listing, converted, faults, folder, options)


def check_destination(dst: Path, overwrite: bool) -> None:
    """Refuse a folder whose content would be lost.

    Raises:
        UserError: There is a file, or a folder with content that may not or can not be replaced.
    """
    if dst.exists() and not dst.is_dir():
        raise UserError(f'{dst} is a file; name a folder to make')
    above = next(folder for folder in dst.resolve().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise UserError(f'{dst} can not be made: no right to write to {above}')
    if not dst.is_dir() or not any(dst.iterdir()):
        return
    if not overwrite:
        raise UserError(f'{dst} is not empty; name another folder, or replace it with --overwrite')
    if not (dst / _REPORT).is_file() or not (dst / 'images').is_dir():
        raise UserError(f'{dst} holds something else than an earlier conversion; empty it yourself')


def _check_names(records: Sequence[Record]) -> None:
    first: dict[str, Record] = {}
    for record in records:
        if (
            PurePosixPath(record.file_name).is_absolute()
            or '..' in PurePosixPath(record.file_name).parts
        ):
            raise UserError(f'{record.file_name}: an image name may not lead out of its folder')
        other = first.setdefault(_stem(record), record)
        if other is not record:
            raise UserError(
                f'two images have the same name: {other.image.name} and {record.image.name}; '
                'rename one, or convert their folders one by one'
            )


def _convert(
    records: Sequence[Record], folder: Path, options: ConversionOptions
) -> list[ConvertedImage]:
    folder.mkdir()
    with tqdm(total=sum(map(work_of, records)), desc='converting', unit='file') as bar:

        def show(files: int) -> None:
            bar.update(max(0, files - bar.n))

        workers = options.workers or available_cores()
        running = convert_records(records, folder, workers, show, options.reading)
        converted = list(running)
    return sorted(converted, key=lambda image: image.index)


def _too_much(loss: Loss, allowed: float, faults: Sequence[SourceFault]) -> str:
    share = math.ceil(loss.share * 100)
    return (
        f'{loss.lost:,} of {loss.total:,} annotations would be lost ({share} %), more than '
        f'{allowed * 100:g} %; repair them, or allow it with --max-loss {share / 100:g}\n'
        + list_faults([fault for fault in faults if fault.kind in LOSING])
    )


def _crowds_as_nuclei(image: ConvertedImage) -> ConvertedImage:
    return replace(image, annotations=tuple({**each, 'iscrowd': 0} for each in image.annotations))


def _all_crowds(name: str, converted: Sequence[ConvertedImage]) -> list[SourceFault]:
    flags = [each['iscrowd'] for image in converted for each in image.annotations]
    if not flags or not all(flags):
        return []
    return [SourceFault('all-crowds', name, f'{len(flags)} annotations, each with iscrowd 1')]


def _write(
    name: str,
    listing: Listing,
    converted: Sequence[ConvertedImage],
    faults: Sequence[SourceFault],
    folder: Path,
    options: ConversionOptions,
) -> IntegrityReport:
    usable = [image for image in converted if image.height]
    if not usable:
        raise UserError('no image can be used\n' + list_faults(bad_faults(faults)))
    splits = _split(listing, usable, options)
    for split, images in splits.items():
        content = coco_file(f'{name}, converted by mmnuc', images, listing.categories)
        (folder / f'{split}.json').write_text(json.dumps(content))
    report = IntegrityReport(
        name,
        {split: len(images) for split, images in splits.items()},
        {
            split: sum(len(image.annotations) for image in images)
            for split, images in splits.items()
        },
        {split: len({image.group for image in images} - {''}) for split, images in splits.items()},
        {
            'images': len(converted) - len(usable),
            'masks': sum(len(bad_faults(image.faults)) for image in usable),
        },
        (*faults, *_duplicates(usable, listing.records), *_all_crowds(name, usable)),
        loss_of(listing, converted),
        _count_classes(listing, usable),
        _count_pixel_sizes(usable),
    )
    (folder / _REPORT).write_text(json.dumps(report.to_json(), indent=1))
    return report


def _count_classes(listing: Listing, images: Sequence[ConvertedImage]) -> dict[str, int]:
    counts = Counter(entry['category_id'] for image in images for entry in image.annotations)
    return {category['name']: counts[category['id']] for category in listing.categories}


def _count_pixel_sizes(images: Sequence[ConvertedImage]) -> dict[str, int]:
    counts = Counter(str(image.pixel_size or 'unknown') for image in images)
    return dict(counts.most_common())


def _split(
    listing: Listing, usable: Sequence[ConvertedImage], options: ConversionOptions
) -> dict[str, list[NumberedImage]]:
    annotated = [listing.records[image.index].annotation is not None for image in usable]
    known = [image for image, is_known in zip(usable, annotated, strict=True) if is_known]
    tests = [image for image, is_known in zip(usable, annotated, strict=True) if not is_known]
    names = [
        group_of(_stem(listing.records[i.index]), options.group or listing.group) for i in known
    ]
    groups = merge_groups(names, [image.digest for image in known])
    numbered = number_images(known, groups, listing.records)
    if options.folds is None:
        chosen = choose_validation(groups, options.val, options.seed)
        splits = _sides(numbered, chosen)
    else:
        kinds = [image.kind for image in known]
        folds = choose_folds(groups, kinds, options.folds, options.seed)
        splits = {'train': numbered}
        for fold in range(options.folds):
            own = {group for group, place in folds.items() if place == fold}
            splits |= _sides(numbered, own, f'_{fold}')
    splits |= {
        'all': numbered,
        'test': number_images(tests, [''] * len(tests), listing.records),
    }
    return {split: images for split, images in splits.items() if images}


def _sides(
    images: Sequence[NumberedImage], chosen: set[str], name: str = ''
) -> dict[str, list[NumberedImage]]:
    """The images to learn from, and those of the chosen groups to validate on."""
    return {
        f'train{name}': [image for image in images if image.group not in chosen],
        f'val{name}': [image for image in images if image.group in chosen],
    }


def _duplicates(images: Sequence[ConvertedImage], records: Sequence[Record]) -> list[SourceFault]:
    first: dict[str, str] = {}
    faults = []
    for image in images:
        name = records[image.index].image.name
        same = first.setdefault(image.digest, name)
        if same != name:
            faults.append(SourceFault('duplicate-image', name, f'the same pixels as {same}'))
    return faults


def _stem(record: Record) -> str:
    return str(PurePosixPath(record.file_name).with_suffix(''))
