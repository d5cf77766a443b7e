"""Compiling kernels once, at import, and keeping the machine code between processes.

Every kernel states its argument types, so numba compiles it while its module is imported and
never inside a training loop. The machine code is cached beside the source, or, where the package
folder is read-only, in the user's cache folder (``NUMBA_CACHE_DIR`` overrides both). A process
that can write to neither compiles at import, each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba import types

_Kernel = TypeVar('_Kernel', bound=Callable[..., Any])

INT = types.int64
FLOAT = types.float64
OUT_U8 = types.Array(types.uint8, 1, 'C')
OUT_I32 = types.Array(types.int32, 1, 'C')
OUT_I64 = types.Array(types.int64, 1, 'C')
OUT_BOXES = types.Array(types.int32, 2, 'C')


def read_only(array: types.Array) -> types.Array:
    """Return the type that accepts both writable and read-only arrays of this kind.

    Args:
        array: The type of a writable array.

    Returns:
        Its read-only twin, to be used for every argument that a kernel only reads.

    Example:
        >>> read_only(OUT_U8).mutable
        False
    """
    return types.Array(array.dtype, array.ndim, array.layout, readonly=True)


U8 = read_only(OUT_U8)
I32 = read_only(OUT_I32)
I64 = read_only(OUT_I64)
BOXES = read_only(OUT_BOXES)


def kernel(signature: Any) -> Callable[[_Kernel], _Kernel]:
    """Compile a function at import, without the interpreter lock, and cache the machine code.

    Args:
        signature: Result and argument types, such as ``INT(U8, I64)``.

    Returns:
        A decorator.

    Example:
        >>> import numpy as np
        >>> @kernel(INT(U8))
        ... def total(values):
        ...     result = 0
        ...     for value in values:
        ...         result += value
        ...     return result
        >>> total(np.array([1, 2, 3], np.uint8))
        6
    """

    def compile_function(function: _Kernel) -> _Kernel:
        options: dict[str, Any] = {'nogil': True, 'error_model': 'numpy'}
        try:
            compiled = numba.njit(signature, cache=True, **options)(function)
        except (RuntimeError, OSError):
            # No folder to cache in, or a full disk.
            compiled = numba.njit(signature, **options)(function)
        return cast(_Kernel, compiled)

    return compile_function
