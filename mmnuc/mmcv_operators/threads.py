"""torchvision's operators for the CPU use one thread: here they get all that torch may use."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch
from torch import Tensor

# Fewer than this many numbers of output are done sooner than threads are started.
_WORTH_IT = 1_000_000


def in_slices(work: Callable[[slice], None], length: int, written: Tensor) -> None:
    """Do a work slice by slice, on as many threads as torch may use; on a GPU in one piece.

    Args:
        work: Called with slices that cover all of the length; each writes its own part.
        length: What is cut in slices.
        written: What the work writes: where it lies and how large it is decides on the threads.

    Example:
        >>> numbers = torch.zeros(2_000_000)
        >>> def count(part):
        ...     numbers[part] += 1
        >>> in_slices(count, len(numbers), numbers)
        >>> int(numbers.sum())
        2000000
    """
    threads = min(torch.get_num_threads(), length)
    if written.device.type != 'cpu' or written.numel() < _WORTH_IT or threads < 2:
        return work(slice(0, length))
    ends = [length * part // threads for part in range(threads + 1)]
    parts = [slice(*pair) for pair in pairwise(ends)]

    inference = torch.is_inference_mode_enabled()

    def quietly(part: slice) -> None:
        with torch.inference_mode(inference), torch.no_grad():  # a thread has its own settings
            work(part)

    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(quietly, part) for part in parts[1:]]
        quietly(parts[0])
        for other in others:
            other.result()
    return None
