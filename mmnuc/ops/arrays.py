"""Array types by what they hold: one short name each, for signatures all over the package."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

AnyArray = NDArray[Any]
BoolArray = NDArray[np.bool_]
U8Array = NDArray[np.uint8]
I32Array = NDArray[np.int32]
I64Array = NDArray[np.int64]
F32Array = NDArray[np.float32]
F64Array = NDArray[np.float64]
