"""How long a piece of work takes in this process, and how much memory it needs on the way."""

from __future__ import annotations

import ctypes
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATUS = Path('/proc/self/status')
CLEAR_REFS = Path('/proc/self/clear_refs')


@dataclass(frozen=True)
class Cost:
    """What one run costs once its code is loaded.

    Args:
        seconds: Median wall time.
        megabytes: The highest resident memory of a run above that at its start (Linux).
        runs: How many runs were timed.
    """

    seconds: float
    megabytes: float
    runs: int


def measure(work: Callable[[], Any], budget: float, most: int = 50) -> tuple[Cost, Any]:
    """Run the work once unwatched, once for its memory, and on for its time.

    Args:
        work: Does the same at every call.
        budget: Seconds after which no further run is started.
        most: Runs at most.

    Returns:
        Its cost and the result of the last run.
    """
    begin = time.perf_counter()
    work()
    start = _restart_peak()
    result, seconds = _timed(work)
    megabytes = (_status('VmHWM') - start) / 1024
    times = [seconds]
    while len(times) < most and time.perf_counter() - begin < budget:
        del result
        result, seconds = _timed(work)
        times.append(seconds)
    return Cost(statistics.median(times), megabytes, len(times)), result


def peak_megabytes() -> float:
    """The highest resident memory of this process so far (Linux)."""
    return _status('VmHWM') / 1024


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begin


def _restart_peak() -> int:
    """Give freed memory back, forget the peak so far, and return the resident memory in kB."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, 'malloc_trim'):
        libc.malloc_trim(0)
    CLEAR_REFS.write_text('5')
    return _status('VmRSS')


def _status(key: str) -> int:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f'{key}:'))
