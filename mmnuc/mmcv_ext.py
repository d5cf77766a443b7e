"""Stands in for mmcv's compiled operators when none are installed.

Installed the plain way, ``onedl-mmcv`` is pure Python and lacks ``mmcv._ext``, the module with its
C++ operators. :func:`install` puts a finder at the *end* of ``sys.meta_path``: a compiled
``mmcv._ext`` is found before it and always wins; without one, the finder answers with a module
built from torchvision's binary operators (:mod:`mmnuc.mmcv_operators`).

Only the standard library is imported here; torch is loaded when ``mmcv._ext`` is.
"""

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

NAME = 'mmcv._ext'
ORIGIN = 'mmnuc.mmcv_operators'
# They look for operators once, at import, and some go on without.
USERS = ('mmcv.cnn', 'mmdet.structures', 'mmdet.models')
HOW_TO_COMPILE = (
    'compile mmcv for it: with torch installed first, '
    '`pip install --no-cache-dir --no-build-isolation onedl-mmcv==2.3.6`'
)


class OperatorFinder(MetaPathFinder):
    """Answers for ``mmcv._ext`` and nothing else."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002 - part of the interface
    ) -> ModuleSpec | None:
        """Return the stand-in's spec for ``mmcv._ext``.

        A finder that was appended before a compiled module's own one would shadow it, so the
        file system is asked once more.
        """
        if fullname != NAME:
            return None
        return PathFinder.find_spec(fullname, path) or ModuleSpec(
            NAME, OperatorLoader(), origin=ORIGIN
        )


class OperatorLoader(Loader):
    """Fills the module with the operators; any other name raises when it is called."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the operators into the module; this is where torch is imported."""
        from mmnuc.mmcv_operators import OPERATORS

        vars(module).update(OPERATORS, __getattr__=missing_operator)


def missing_operator(name: str) -> Callable[..., NoReturn]:
    """A function in place of an operator that the stand-in lacks.

    mmcv asks ``hasattr`` for every operator at import, so absence shows at the first call.

    Raises:
        AttributeError: The name is private, so no operator's.

    Example:
        >>> missing_operator('carafe_forward')()
        Traceback (most recent call last):
        ...
        NotImplementedError: the mmcv operator 'carafe_forward' has no stand-in from torchvision; \
compile mmcv for it: with torch installed first, \
`pip install --no-cache-dir --no-build-isolation onedl-mmcv==2.3.6`
    """
    if name.startswith('_'):
        raise AttributeError(f'module {NAME!r} has no attribute {name!r}')

    def missing(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f'the mmcv operator {name!r} has no stand-in from torchvision; {HOW_TO_COMPILE}'
        )

    missing.__name__ = name
    return missing


def install() -> None:
    """Put the finder at the end of ``sys.meta_path``, once."""
    if any(isinstance(finder, OperatorFinder) for finder in sys.meta_path):
        return
    sys.meta_path.append(OperatorFinder())
    if NAME not in sys.modules and any(name in sys.modules for name in USERS):
        warnings.warn(
            'mmcv or mmdet was imported before mmnuc and found no operators, '
            'so parts of it will fail. Import mmnuc first.',
            stacklevel=3,
        )
