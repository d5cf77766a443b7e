"""What checkpoints of torch may name beyond plain data: mmengine's log and a script's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.logging import HistoryBuffer

from mmnuc.safe_pickle.arrays import Array, Dtype
from mmnuc.safe_pickle.errors import DamagedError, RefusedError
from mmnuc.safe_pickle.stand_in import Function, StandIn, is_count
from mmnuc.safe_pickle.unpickler import STAND_INS

_LONGEST_LOG = (1 << 63) - 1


class History(StandIn):
    """Stands in for the log of one number: mmengine's buffer without the functions it pickles."""

    __slots__ = ('_parts',)

    def __setstate__(self, state: Any) -> None:
        """Take what the buffer holds, but for its functions."""
        if type(state) is not dict:
            raise DamagedError('a log that is no dict')
        logs, counts = state['_log_history'], state['_count_history']
        if not isinstance(logs, Array) or not isinstance(counts, Array):
            raise DamagedError('a log that is no array')
        if not is_count(state['max_length'], _LONGEST_LOG):
            raise DamagedError('a log without a length')
        self._parts = logs, counts, state['max_length']

    @property
    def nbytes(self) -> int:
        """The size of the log, in bytes."""
        logs, counts, _ = self._parts
        return logs.nbytes + counts.nbytes

    def value(self) -> HistoryBuffer:
        """The buffer itself."""
        logs, counts, length = self._parts
        return HistoryBuffer(logs.value(), counts.value(), length)


class Options(StandIn):
    """Stands in for ``argparse.Namespace``, in which training scripts keep their options."""

    __slots__ = ('_options',)

    def __setstate__(self, state: Any) -> None:
        """Take the options."""
        if type(state) is not dict:
            raise DamagedError('options that are no dict')
        self._options = state

    def value(self) -> dict[str, Any]:
        """The options as a dict."""
        return self._options


def _method(owner: Any, name: Any) -> str:
    """What mmengine's log pickles of its methods: nobody needs them."""
    if owner is not History or type(name) is not str:
        raise RefusedError('builtins.getattr')
    return name


# For torch's own restricted unpickler, which also asks for the classes that get a state; no pickle
# can name those, as a name in a pickle has a point.
TORCH_STAND_INS: Mapping[str, Any] = {
    **STAND_INS,
    'mmengine.logging.history_buffer.HistoryBuffer': History,
    'argparse.Namespace': Options,
    'builtins.getattr': Function(_method),
    'array': Array,
    'dtype': Dtype,
}
