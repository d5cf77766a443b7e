"""The machine: accelerator, compiler of kernels, folders, disk and shared memory."""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mmnuc.doctor.check_result import CheckResult

GB = 1e9
# A module of each package with compiled loops. Those of mmcv_operators need torch, which may be
# what is broken: they count where the checks of torch and operators have loaded them.
KERNELS = (
    'mmnuc.ops.codecs.rle',
    'mmnuc.stitching.kernels',
    'mmnuc.evaluation.functional.coco_kernels',
    'mmnuc.export.shape_kernels',
)


def accelerator() -> Iterator[CheckResult]:
    """Which device trains? None is fine: the CPU does."""
    import torch

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            device = torch.cuda.get_device_properties(index)
            memory = device.total_memory / GB
            total = (torch.ones(8, device=f'cuda:{index}') * 2).sum().item()
            words = f'{device.name}, {memory:.0f} GB, CUDA {torch.version.cuda}'
            yield CheckResult('cuda', total == 16, words, 'update the NVIDIA driver')
        return
    threads = torch.get_num_threads()
    if torch.backends.mps.is_available():
        yield CheckResult('cuda', True, 'not available; Apple GPU (mps) is')
    elif Path('/dev/nvidiactl').exists():
        words = f'an NVIDIA GPU is here, but not for torch built for CUDA {torch.version.cuda}'
        yield CheckResult('cuda', False, words, 'update the NVIDIA driver')
    else:
        yield CheckResult('cuda', True, f'not available: the CPU computes, {threads} threads')


def numba() -> Iterator[CheckResult]:
    """Do kernels compile, and is their machine code kept for the next process?"""
    import numpy as np

    from mmnuc.ops.codecs import rle

    counts = [{'size': [2, 3], 'counts': '312'}]
    crops = rle.rles_to_crops(counts, 2, 3)
    right = np.array_equal(crops.boxes_xyxy, [[1, 1, 2, 2]]) and crops.buffer.tolist() == [1]
    for module in KERNELS:
        importlib.import_module(module)
    caches = _kernel_caches()
    lost = sorted(name for name, cache in caches.items() if cache is None)
    words = f'kernels {"compute" if right else "compute wrong results"}, '
    if lost:
        words += f'those of {", ".join(lost)} cached nowhere: each process compiles for itself'
    else:
        words += f'cached in {os.path.commonpath([str(cache) for cache in caches.values()])}'
    remedy = 'make a folder writable for it: export NUMBA_CACHE_DIR=$HOME/.cache/numba'
    yield CheckResult('numba', right and not lost, words, remedy)


def folders() -> Iterator[CheckResult]:
    """Can the folders that the tools write to be written?"""
    here = Path.cwd()
    wanted = [here, *(here / name for name in ('data', 'work_dirs') if (here / name).exists())]
    wanted.append(Path(tempfile.gettempdir()))
    closed = [str(folder) for folder in wanted if not _is_writable(folder)]
    words = 'not writable: ' + ', '.join(closed) if closed else 'writable: '
    words += '' if closed else ', '.join(map(str, wanted))
    yield CheckResult('folders', not closed, words, 'change their owner or mode, or work elsewhere')


def disk() -> Iterator[CheckResult]:
    """Is there room for data, checkpoints and pictures?"""
    free = shutil.disk_usage(Path.cwd()).free / GB
    words = f'{free:.1f} GB free in {Path.cwd()}'
    yield CheckResult('disk', free >= 2, words, 'free at least 2 GB')


def memory() -> Iterator[CheckResult]:
    """Can data loaders hand over their batches? Containers often have 64 MB for it."""
    shared = Path('/dev/shm')
    if not shared.exists():
        yield CheckResult('memory', True, 'shared memory without a limit')
        return
    size = shutil.disk_usage(shared).total / GB
    remedy = 'start the container with --shm-size=2g, or train with num_workers=0'
    yield CheckResult('memory', size >= 0.25, f'{size:.2f} GB of shared memory', remedy)


def _kernel_caches() -> dict[str, str | None]:
    """The folder in which numba keeps the kernels of each loaded module; None if it keeps them not.

    Kernels lie all over mmnuc, and each package's folder may be writable or not.
    """
    from numba.core.dispatcher import Dispatcher

    return {
        name: value.stats.cache_path
        for name, module in list(sys.modules.items())
        if name.startswith('mmnuc.')
        for value in vars(module).values()
        if isinstance(value, Dispatcher) and value.__module__ == name
    }


def _is_writable(folder: Path) -> bool:
    # Mode bits say little: root, read-only mounts and full disks have their own mind.
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix='.mmnuc-')
        os.write(handle, b'x')
        os.close(handle)
        os.unlink(name)
    except OSError:
        return False
    return True
