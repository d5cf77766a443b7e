"""The stand-in operators, put under mmcv's own functions whatever is installed."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from mmnuc import mmcv_ext


def use_operators(patch: pytest.MonkeyPatch, extension: ModuleType) -> None:
    """Let every file of ``mmcv.ops`` call this extension."""
    import mmcv.ops  # noqa: F401

    for name, module in list(sys.modules.items()):
        if name.startswith('mmcv.ops.') and hasattr(module, 'ext_module'):
            patch.setattr(module, 'ext_module', extension)


@pytest.fixture(autouse=True)
def stand_in() -> Iterator[ModuleType]:
    """``mmcv.ops`` on torchvision's operators, also where compiled ones are installed."""
    extension = ModuleType(mmcv_ext.NAME)
    mmcv_ext.OperatorLoader().exec_module(extension)
    with pytest.MonkeyPatch.context() as patch:
        use_operators(patch, extension)
        yield extension


@pytest.fixture
def compiled() -> Callable[[Callable[[], Any]], Any]:
    """A function that runs another one on mmcv's compiled operators."""
    extension = importlib.import_module(mmcv_ext.NAME)
    if extension.__spec__.origin == mmcv_ext.ORIGIN:
        message = 'mmcv has no compiled operators here: make test-compiled'
        if os.environ.get('MMNUC_NEEDS_COMPILED'):
            pytest.fail(message)
        pytest.skip(message)

    def run(function: Callable[[], Any]) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            use_operators(patch, extension)
            return function()

    return run
