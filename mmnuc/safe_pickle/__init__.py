"""Pickles from strangers: read as plain data, nothing that they name is called."""

from mmnuc.safe_pickle.errors import DamagedError, RefusedError
from mmnuc.safe_pickle.limits import Limits
from mmnuc.safe_pickle.stand_in import Function, StandIn
from mmnuc.safe_pickle.tensors import TENSOR_STAND_INS
from mmnuc.safe_pickle.unpickler import STAND_INS, SafeUnpickler, read_pickle

__all__ = [
    'STAND_INS',
    'TENSOR_STAND_INS',
    'DamagedError',
    'Function',
    'Limits',
    'RefusedError',
    'SafeUnpickler',
    'StandIn',
    'read_pickle',
]
