"""Json from elsewhere as plain values, or one error in words."""

from __future__ import annotations

import json
from typing import Any

from mmnuc.annotations.annotations import AnnotationError


def read_json(data: bytes) -> Any:
    """Decode a json file in UTF-8, with or without a mark of the order of bytes.

    Raises:
        AnnotationError: It is none, or nested beyond measure.

    Example:
        >>> read_json(b'[1, 2]')
        [1, 2]
    """
    try:
        return json.loads(data.decode('utf-8-sig'))
    except RecursionError:
        raise AnnotationError('is no json of annotations: nested too deep') from None
    except ValueError as error:
        if 'set_int_max_str_digits' in str(error):
            raise AnnotationError('is no json: it holds a number of thousands of digits') from None
        raise AnnotationError(f'is no json: {error}') from None
