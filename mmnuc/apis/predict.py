"""From many images to the files of other tools."""

from __future__ import annotations

import errno
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mmnuc.apis.image_files import ImageFile, find_images
from mmnuc.apis.model_zoo.pretrained import with_weights
from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.export import FORMATS, Format, format_of, save
from mmnuc.images import OpenImage, open_image
from mmnuc.structures import Nuclei

Finder = Callable[[OpenImage], Nuclei]

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
    """

    written: dict[str, list[Path]] = field(default_factory=dict)
    resumed: int = 0
    bad: dict[str, str] = field(default_factory=dict)


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
        **how: Of :func:`mmnuc.apis.segment`: ``tile``, ``overlap``, ``batch_size``, ``tta``,
            ``pixel_size``.

    Returns:
        What became of the images.

    Raises:
        UserError: There are no images, no such format, or the model can't be loaded.
    """
    files = [str(file) for file in with_weights(config, checkpoint)]

    def load_finder() -> Finder:
        # Slow to import; a run that is done already need not wait for it.
        from mmnuc.apis.models import load
        from mmnuc.apis.segmentation import segment

        model = load(config, checkpoint, device, fast=fast, trust=trust)
        shown = sys.stderr.isatty()
        return partial(segment, model=model, score_threshold=score_threshold, progress=shown, **how)

    settings = {'config': files[0], 'checkpoint': files[1], 'fast': fast, **how}
    settings['score_threshold'] = score_threshold
    # It changes nothing but time and memory.
    settings.pop('batch_size', None)
    return predict_with(load_finder, inputs, out, formats, resume=resume, settings=settings)


def predict_with(
    load_finder: Callable[[], Finder],
    inputs: Sequence[str | Path],
    out: str | Path,
    formats: Sequence[str],
    *,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Prediction:
    """Write what any finder of nuclei finds in many images.

    Args:
        load_finder: Returns a function from an image to its nuclei; called once, if at all.
        inputs: Files, folders and glob patterns.
        out: Folder of the results.
        formats: Names of :data:`mmnuc.export.FORMATS`.
        resume: Do only the images of which a file is missing.
        settings: What results depend on. They are written beside them, and a run that is resumed
            must have the same.

    Returns:
        What became of the images.

    Raises:
        UserError: There are no images, no such format, or the settings differ.
    """
    out = Path(out)
    chosen = _formats(formats)
    found = find_images(inputs, out)
    for note in found.notes:
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
        line = f'[{number}/{len(found.images)}] {image.path}'
        problem = _predict_one(finder, image, files, line)
        if problem:
            result.bad[str(image.path)] = problem
        else:
            result.written[str(image.path)] = list(files.values())
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
    done = f'{_count(len(result.written), "image")} done, in {out}'
    if result.resumed:
        done += f' ({result.resumed} of them before)'
    if not result.bad:
        return done
    lines = [f'  {path}: {problem}' for path, problem in result.bad.items()]
    return '\n'.join([done, f'{_count(len(result.bad), "bad image")}:', *lines])


def _predict_one(finder: Finder, image: ImageFile, files: Mapping[str, Path], line: str) -> str:
    """Find and write the nuclei of one image; return what is wrong with it, if anything."""
    start = time.monotonic()
    try:
        opened = open_image(image.path)
        nuclei = finder(opened)
        for name, file in files.items():
            save(file, nuclei, opened, name, image_name=image.file_name)
    except (UserError, ValueError) as error:
        problem = str(error)
    # Whatever it is, the images after this one are not to blame; a full disk is.
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        problem = f'{type(error).__name__}: {error}'
    else:
        _say(f'{line}: {len(nuclei):,} nuclei, {time.monotonic() - start:.1f} s')
        return ''
    _say(f'{line}: bad: {problem}')
    return problem


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
    before = json.loads(path.read_text(encoding='utf-8'))
    for name in settings | before:
        was, now = before.get(name), settings.get(name)
        if was != now:
            raise UserError(
                f'{path.parent} was made with {name} {was}, not {now}: leave out --resume, or '
                'choose another folder'
            )


def _keep_settings(path: Path, settings: Mapping[str, Any] | None) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(settings or {}, indent=2) + '\n', encoding='utf-8')


def _count(number: int, noun: str) -> str:
    return f'{number:,} {noun}{"" if number == 1 else "s"}'


def _say(line: str) -> None:
    """Print now: into a file or pipe, Python would print at the end only."""
    print(line, flush=True)
