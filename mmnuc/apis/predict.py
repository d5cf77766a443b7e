"""From many images to the files of other tools."""

from __future__ import annotations

import errno
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from mmnuc.annotations.annotations import counted
from mmnuc.apis.image_files import ImageFile, find_images
from mmnuc.apis.model_zoo.pretrained import with_weights
from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.export import FORMATS, Format, format_of, save
from mmnuc.images import OpenImage, open_image
from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.pixel_size_table import read_pixel_sizes
from mmnuc.images.reading import Reading
from mmnuc.inference.scale import Found

Finder = Callable[[OpenImage], Found]

# What formats that hold all images are joined from, and --resume goes on from.
_PARTS = '.parts'
_SETTINGS = 'predict.json'


@dataclass
class Prediction:
    """What became of the images.

    Attributes:
        written: Files of the images that are done, by image.
        resumed: How many of them were there already.
        bad: What was wrong, by image.
        unknown: Images whose pixel size is not known; they were taken for the model's.
        taken_as: Micrometres of the model's pixels.
    """

    written: dict[str, list[Path]] = field(default_factory=dict)
    resumed: int = 0
    bad: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    taken_as: float | None = None


_BY_THE_FILE = Reading()


def predict(
    inputs: Sequence[str | Path],
    out: str | Path,
    formats: Sequence[str],
    *,
    config: str | Path = 'histology',
    checkpoint: str | Path | None = None,
    device: str | None = None,
    score_threshold: float = 0.5,
    resume: bool = False,
    fast: bool | None = None,
    trust: bool = False,
    reading: ReadOptions = _BY_THE_FILE.options,
    pixel_size: PixelSize | float | tuple[float, float] | None = None,
    pixel_sizes: str | Path | None = None,
    **how: Any,
) -> Prediction:
    """Find the nuclei of many images and write them.

    Args:
        inputs: Files, folders and glob patterns.
        out: Folder of the results.
        formats: Names of :data:`mmnuc.export.FORMATS`.
        config: The experiment, or one of the models that come with the project, as for
            :func:`mmnuc.apis.load`.
        checkpoint: The experiment's weights.
        device: Where to compute; by default a GPU where there is one.
        score_threshold: Confidence from which a nucleus is written.
        resume: Do only the images of which a file is missing.
        fast: As for :func:`mmnuc.apis.load`.
        trust: As for :func:`mmnuc.apis.load`.
        reading: What is read of files that hold several images, channels or planes.
        pixel_size: Micrometres a pixel of all images, against what they say.
        pixel_sizes: Table of those of single images, see
            :func:`mmnuc.images.pixel_size_table.read_pixel_sizes`; they count before all others.
        **how: Of :func:`mmnuc.apis.segment`: ``tile``, ``overlap``, ``batch_size``, ``tta``,
            ``diameter``.

    Returns:
        What became of the images.

    Raises:
        UserError: There are no images, no such format, or the model can't be loaded.
    """
    files = [str(file) for file in with_weights(config, checkpoint)]
    if pixel_size is not None:
        reading = replace(reading, pixel_size=PixelSize.of(pixel_size))
    table = read_pixel_sizes(pixel_sizes) if pixel_sizes else None
    read = Reading(reading, table)

    def load_finder() -> Finder:
        # Slow to import; a run that is done already need not wait for it.
        from mmnuc.apis.models import load
        from mmnuc.apis.segmentation import find

        model = load(config, checkpoint, device, fast=fast, trust=trust)
        shown = sys.stderr.isatty()
        return partial(find, model=model, score_threshold=score_threshold, progress=shown, **how)

    settings = {'config': files[0], 'checkpoint': files[1], 'fast': fast, **how, **read.settings()}
    settings['score_threshold'] = score_threshold
    # It changes nothing but time and memory.
    settings.pop('batch_size', None)
    return predict_with(
        load_finder, inputs, out, formats, resume=resume, settings=settings, reading=read
    )


def predict_with(
    load_finder: Callable[[], Finder],
    inputs: Sequence[str | Path],
    out: str | Path,
    formats: Sequence[str],
    *,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
    reading: Reading = _BY_THE_FILE,
) -> Prediction:
    """Write what any finder of nuclei finds in many images.

    Args:
        load_finder: Returns a function from an image to what is found in it; called once at most.
        inputs: Files, folders and glob patterns.
        out: Folder of the results.
        formats: Names of :data:`mmnuc.export.FORMATS`.
        resume: Do only the images of which a file is missing.
        settings: What results depend on. They are written beside them, and a run that is resumed
            must have the same.
        reading: How the images are read.

    Returns:
        What became of the images.

    Raises:
        UserError: There are no images, no such format, or the settings differ.
    """
    out = Path(out)
    chosen = _formats(formats)
    found = find_images(inputs, out)
    _check_folder(out)
    unmeant = (
        reading.pixel_sizes.check(one.path for one in found.images) if reading.pixel_sizes else ''
    )
    for note in filter(None, (*found.notes, unmeant)):
        _say(note)
    if resume:
        _check_settings(out / _SETTINGS, dict(settings or {}))
    result, finder = Prediction(), None
    for number, image in enumerate(found.images, start=1):
        files = _files_of(image, out, chosen)
        if resume and all(file.is_file() for file in files.values()):
            result.resumed += 1
            result.written[str(image.path)] = list(files.values())
            continue
        if finder is None:
            finder = load_finder()
            _keep_settings(out / _SETTINGS, settings)
        job = _Job(image, files, f'[{number}/{len(found.images)}] {image.path}')
        _predict_one(finder, job, reading, result)
    _join(
        out, chosen, result, [image for image in found.images if str(image.path) in result.written]
    )
    return result


def summary(result: Prediction, out: str | Path) -> str:
    """Say in words what became of the images, the bad ones at the end.

    Example:
        >>> print(summary(Prediction({'a.png': []}, 0, {'b.png': 'no image'}), 'out'))
        1 image done, in out
        1 bad image:
          b.png: no image
    """
    done = f'{counted(len(result.written), "image")} done, in {out}'
    if result.resumed:
        done += f' ({result.resumed} of them before)'
    if result.unknown:
        done += (
            f'\npixel size unknown for {counted(len(result.unknown), "image")}: taken as the '
            f"model's {result.taken_as:.4g} µm; --pixel-size or --diameter sets it"
        )
    if not result.bad:
        return done
    lines = [f'  {path}: {problem}' for path, problem in result.bad.items()]
    return '\n'.join([done, f'{counted(len(result.bad), "bad image")}:', *lines])


@dataclass(frozen=True)
class _Job:
    """One image, its files by the name of their format, and what its lines begin with."""

    image: ImageFile
    files: Mapping[str, Path]
    line: str


def _predict_one(finder: Finder, job: _Job, reading: Reading, result: Prediction) -> None:
    """Find and write the nuclei of one image, and note what became of it."""
    start, path = time.monotonic(), str(job.image.path)
    try:
        with _opened(job.image.path, reading) as image:
            found = finder(image)
            _save(found, image, job)
    except (UserError, ValueError) as error:
        problem = str(error)
    # Whatever it is, the images after this one are not to blame; a full disk is.
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        problem = f'{type(error).__name__}: {error}'
    else:
        many = len(found.nuclei)
        took = f'{many:,} {"nucleus" if many == 1 else "nuclei"}, {time.monotonic() - start:.1f} s'
        _say(f'{job.line}: ' + ', '.join(filter(None, (took, found.scale.about))))
        result.written[path] = list(job.files.values())
        if found.scale.taken_as is not None:
            result.unknown.append(path)
            result.taken_as = found.scale.taken_as
        return
    _say(f'{job.line}: bad: {problem}')
    result.bad[path] = problem


@contextmanager
def _opened(path: Path, reading: Reading) -> Iterator[OpenImage]:
    """An image while it is needed; what was read of its file is said."""
    image = open_image(path, reading.of(path))
    said = getattr(image, 'description', '')
    if said:
        _say(said)
    try:
        yield image
    finally:
        close = getattr(image, 'close', None)
        if close is not None:
            close()


def _save(found: Found, image: OpenImage, job: _Job) -> None:
    seen = '; '.join(filter(None, (getattr(image, 'description', ''), found.scale.about)))
    name = job.image.file_name
    for kind, file in job.files.items():
        save(file, found.nuclei, image, kind, image_name=name, description=seen)


def _formats(names: Iterable[str]) -> list[Format]:
    try:
        chosen = [format_of('', name) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise UserError(str(error)) from None
    if not chosen:
        raise UserError(f'name a format: {", ".join(FORMATS)}')
    return chosen


def _files_of(image: ImageFile, out: Path, formats: Iterable[Format]) -> dict[str, Path]:
    """The files of one image, by the name of their format."""
    return {
        known.name: (out / _PARTS if known.join else out) / (image.name + known.suffixes[0])
        for known in formats
    }


def _join(
    out: Path, formats: Iterable[Format], result: Prediction, images: Sequence[ImageFile]
) -> None:
    """Make one file of the parts, for the formats that hold all images."""
    for known in formats:
        if known.join and result.written:
            parts = [_files_of(image, out, [known])[known.name] for image in images]
            known.join(out / f'nuclei{known.suffixes[0]}', parts)


def _check_settings(path: Path, settings: dict[str, Any]) -> None:
    """Refuse to go on from a run with other settings."""
    if not path.is_file():
        return
    try:
        before = dict(json.loads(path.read_text(encoding='utf-8')))
    except (ValueError, TypeError):
        raise UserError(
            f'{path} does not say what was done before: leave out --resume, or choose another '
            'folder'
        ) from None
    for name in settings | before:
        was, now = before.get(name), settings.get(name)
        if was != now:
            raise UserError(
                f'{path.parent} was made with {name} {was}, not {now}: leave out --resume, or '
                'choose another folder'
            )


def _check_folder(out: Path) -> None:
    """Refuse a folder that can't be made, before time is spent on its results."""
    above = next(path for path in (out, *out.parents) if path.exists())
    if not above.is_dir():
        raise UserError(f'results can not be written into {out}: {above} is a file')


def _keep_settings(path: Path, settings: Mapping[str, Any] | None) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(settings or {}, indent=2) + '\n', encoding='utf-8')


def _say(line: str) -> None:
    """Print now: into a file or pipe, Python would print at the end only."""
    print(line, flush=True)
