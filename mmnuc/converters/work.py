"""Converting one image, and many at once on all cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnContext
from pathlib import Path, PurePosixPath
from typing import Any

import cv2

from mmnuc.converters.check import check_masks
from mmnuc.converters.image import read_image
from mmnuc.converters.record import LOSING, Annotation, Mask, Record, SourceError, SourceFault
from mmnuc.errors import UserError
from mmnuc.images import PixelSize, ReadOptions
from mmnuc.images.reading import Reading


class _Shared:
    """What a worker shares with the process that started it: a counter and a stop sign."""

    def __init__(self, context: SpawnContext) -> None:
        self.stop = context.Event()
        self.files_read = context.Value('q', 0)

    def tick(self) -> None:
        """Count a file, unless nobody waits for the result any more."""
        if self.stop.is_set():
            raise KeyboardInterrupt
        with self.files_read.get_lock():
            self.files_read.value += 1


_shared: _Shared | None = None
_BY_THE_FILE = Reading()


@dataclass(frozen=True)
class ConvertedImage:
    """One image, written, and its annotations.

    Args:
        index: Its place among the records.
        file_name: Its name under ``images``.
        height: Height in pixels; 0 if the image was not usable.
        width: Width in pixels.
        digest: Equal for images of equal pixels.
        pixel_size: Micrometres a pixel, where they are known.
        annotations: COCO annotations without ids.
        faults: What is wrong with the image and its masks.
        kind: What it shows, told by its colours.
    """

    index: int
    file_name: str
    height: int = 0
    width: int = 0
    digest: str = ''
    pixel_size: PixelSize | None = None
    annotations: tuple[dict[str, Any], ...] = ()
    faults: tuple[SourceFault, ...] = ()
    kind: str = ''


def convert_record(
    index: int, record: Record, folder: str, reading: Reading = _BY_THE_FILE
) -> ConvertedImage:
    """Read, check and write one image and read its masks.

    Args:
        index: Its place among the records.
        record: The image.
        folder: Where to write it.

    Returns:
        The image with its annotations, or with height 0 and the reason why it can't be used.
    """
    try:
        image = read_image(record.image, _options(record, reading))
        size_hw = (image.height, image.width)
        if record.size_hw not in (None, size_hw):
            told = f'{image.width}x{image.height}, not {record.size_hw[1]}x{record.size_hw[0]}'
            raise SourceError('wrong-size', record.image.name, told)
        checked = check_masks(_read_masks(record.annotation, *size_hw), *size_hw)
    except SourceError as error:
        return ConvertedImage(index, record.file_name, faults=(error.fault,))
    if not checked.annotations and any(fault.kind in LOSING for fault in checked.faults):
        # Kept, it would say that there is no nucleus on it.
        fault = SourceFault('all-lost', record.image.name)
        return ConvertedImage(index, record.file_name, faults=(*checked.faults, fault))
    file_name = str(PurePosixPath(record.file_name).with_suffix(image.suffix))
    path = Path(folder, file_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(image.data)
    faults = checked.faults
    if record.annotation is not None and not checked.annotations:
        faults = [*faults, SourceFault('no-nuclei', record.image.name)]
    if image.change:
        faults = [SourceFault('converted-image', record.image.name, image.change), *faults]
    if image.passed_over:
        faults = [SourceFault('passed-over', record.image.name, image.passed_over), *faults]
    annotations = tuple(checked.annotations)
    seen = (*size_hw, image.digest, image.pixel_size)
    return ConvertedImage(index, file_name, *seen, annotations, tuple(faults), image.kind)


def _options(record: Record, reading: Reading) -> ReadOptions:
    """What is read; a size that is asked for counts before that of the source, and of the file."""
    options = reading.of(Path(record.image.root, record.image.name))
    return options if options.pixel_size else replace(options, pixel_size=record.pixel_size)


def convert_records(
    records: Sequence[Record],
    folder: Path,
    workers: int,
    on_progress: Callable[[int], None] | None = None,
    reading: Reading = _BY_THE_FILE,
) -> Iterator[ConvertedImage]:
    """Convert images on several cores.

    Args:
        records: The images.
        folder: Where to write them.
        workers: How many processes to use; one means this process.
        on_progress: Is told now and then how many files have been read, of :func:`work_of` all.
        reading: How the images are read.

    Yields:
        The images in the order in which they get ready.

    Raises:
        UserError: A process was killed from outside, most likely for want of memory.
    """
    # The longest first: none is left over at the end for a single core.
    order = sorted(range(len(records)), key=lambda i: -work_of(records[i]))
    if min(workers, len(records)) <= 1:
        results = (convert_record(i, records[i], str(folder), reading) for i in order)
        yield from _count(results, records, on_progress)
        return
    # Not forked: OpenCV's and numba's threads would not survive that.
    context = multiprocessing.get_context('spawn')
    shared = _Shared(context)
    processes = min(workers, len(records))
    with ProcessPoolExecutor(processes, context, _start_worker, (shared,)) as pool:
        try:
            with _children_ignore_interrupts():
                futures = [
                    pool.submit(convert_record, i, records[i], str(folder), reading) for i in order
                ]
            yield from _count(_results(futures, shared, on_progress), records, on_progress)
        except BrokenProcessPool:
            raise UserError(
                'a worker process was killed, most likely for want of memory: try --workers 1'
            ) from None
        finally:
            shared.stop.set()
            pool.shutdown(cancel_futures=True)


def _results(
    futures: Sequence[Future[ConvertedImage]],
    shared: _Shared,
    on_progress: Callable[[int], None] | None,
) -> Iterator[ConvertedImage]:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        if on_progress is not None:
            on_progress(shared.files_read.value)
        yield from (future.result() for future in done)


def _count(
    results: Iterable[ConvertedImage],
    records: Sequence[Record],
    on_progress: Callable[[int], None] | None,
) -> Iterator[ConvertedImage]:
    """Report the files of finished images: all of them, the skipped ones too."""
    files = 0
    for image in results:
        files += work_of(records[image.index])
        if on_progress is not None:
            on_progress(files)
        yield image


def work_of(record: Record) -> int:
    """How many files have to be read for an image."""
    return 1 + (0 if record.annotation is None else len(record.annotation))


def available_cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _read_masks(
    annotation: Annotation | None, height: int, width: int
) -> Iterator[Mask | SourceFault]:
    if annotation is None:
        return
    for number, found in enumerate(annotation.read(height, width)):
        if _shared is not None and number < len(annotation):
            _shared.tick()
        yield found


def _start_worker(shared: _Shared) -> None:
    global _shared
    _shared = shared
    # The images already keep all cores busy.
    cv2.setNumThreads(1)


@contextmanager
def _children_ignore_interrupts() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; only this one is to answer it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
