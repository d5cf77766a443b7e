"""What every test may ask for, and how tests share the machine."""

import os
import signal
from pathlib import Path

import pytest

import mmnuc  # noqa: F401 - mmdet finds mmcv's operators through it, whichever comes first

REPOSITORY = Path(__file__).resolve().parents[1]

# Read when torch, numpy and numba are loaded: one thread for each test process, as several run
# side by side. The commands that tests start inherit it.
for variable in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS'):
    os.environ.setdefault(variable, '1')
os.environ.setdefault('MPLBACKEND', 'Agg')
# A suite started in the background ignores Ctrl-C, and so would the commands that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope='session')
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope='session')
def shared() -> Path:
    """The folder with real tiles beside the checkout; the test is skipped where there is none."""
    folder = REPOSITORY.parent / 'shared'
    if not (folder / 'data').is_dir():
        pytest.skip(f'needs the real data in {folder.name}/ beside the checkout')
    return folder
