"""Detectron2's ``.pkl`` files, read without running what a pickle may hold."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from mmnuc.command_line import UserError

_ALLOWED = {
    ('numpy', 'dtype'),
    ('numpy', 'ndarray'),
    *(
        (f'numpy.{core}.{module}', name)
        for core in ('core', '_core')
        for module, name in (
            ('multiarray', '_reconstruct'),
            ('multiarray', 'scalar'),
            ('numeric', '_frombuffer'),
        )
    ),
    ('_codecs', 'encode'),
    ('collections', 'OrderedDict'),
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise UserError(
                f'it wants {module}.{name}, and opening a pickle runs what it wants: weights are '
                'NumPy arrays in plain Python'
            )
        return super().find_class(module, name)


def read_plain_pickle(path: Path) -> Any:
    """Read a pickle that holds arrays and plain data alone.

    Args:
        path: The file. Text in it may come from Python 2.

    Raises:
        UserError: It is damaged, or wants anything else.
    """
    try:
        with path.open('rb') as file:
            return _PlainUnpickler(file, encoding='latin1').load()
    except UserError as error:
        raise UserError(f'{path}: {error}') from None
    except OSError as error:
        raise UserError(f'cannot read {path}: {error.strerror}') from error
    except Exception as error:  # a damaged pickle raises almost anything
        raise UserError(f'{path} is no pickle: {type(error).__name__}: {error}') from None
