"""The one unpickler: whatever a pickle names, nothing but our own stand-ins is called."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, ClassVar

import numpy as np

from mmnuc.safe_pickle.arrays import NUMPY
from mmnuc.safe_pickle.containers import CONTAINERS
from mmnuc.safe_pickle.errors import DamagedError, RefusedError, refused
from mmnuc.safe_pickle.limits import DEFAULT, Limits
from mmnuc.safe_pickle.machine import Machine
from mmnuc.safe_pickle.settling import settled
from mmnuc.safe_pickle.stand_in import Function, StandIn
from mmnuc.safe_pickle.steps import STEPS

STAND_INS: Mapping[str, Function] = {**CONTAINERS, **NUMPY}

_LONGEST_REASON = 200
_CONTAINER, _ENTRY = 128, 8


class SafeUnpickler(Machine):
    """Reads a pickle of plain Python, and of what some names stand for.

    Its protocol may be any, its text that of Python 2 too, which is read as latin-1.

    Args:
        file: The pickle; one can seek in it.
        stand_ins: What stands in for each full name; any other name is refused.
        limits: What the pickle may hold.

    Attributes:
        steps: What each instruction does; any other is refused.
    """

    __slots__ = ('_stand_ins',)

    steps: ClassVar[dict[bytes, Callable[[Any], None]]] = {}

    def __init__(
        self,
        file: BinaryIO,
        stand_ins: Mapping[str, Function] = STAND_INS,
        limits: Limits = DEFAULT,
    ) -> None:
        super().__init__(file, limits)
        self._stand_ins = stand_ins

    def load(self) -> Any:
        """Read the pickle, as :meth:`read` does, and make what its stand-ins stand for.

        Raises:
            RefusedError: It wants a name that has no stand-in.
            DamagedError: It is damaged, or beyond its limits.
        """
        content = self.read()
        try:
            return settled(content, self.source.limits, self.source.size, self.shared)
        except DamagedError:
            raise
        except Exception as error:  # NumPy refuses a shape, memory is short
            raise DamagedError(_reason(error)) from error

    def read(self) -> Any:
        """Read the pickle with its stand-ins.

        Raises:
            RefusedError: It wants a name that has no stand-in.
            DamagedError: It is damaged, or beyond its limits.
        """
        try:
            return self._run()
        except (RefusedError, DamagedError):
            raise
        except Exception as error:  # a damaged pickle raises almost anything
            raise DamagedError(_reason(error)) from error

    def _run(self) -> Any:
        read, steps = self.source.read, self.steps
        while (code := read(1)) != pickle.STOP:
            step = steps.get(code)
            if step is None:
                raise DamagedError(f'instruction {code!r} in it' if code else 'it ends too early')
            step(self)
        if self.marks or len(self.stack) != 1:
            raise DamagedError('it holds not one value')
        return self.stack.pop()

    def find(self, module: Any, name: Any) -> Function:
        """Return the stand-in of a name.

        Raises:
            RefusedError: It has none.
        """
        if type(module) is not str or type(name) is not str:
            raise DamagedError('a name that is no text')
        # Protocols up to 2 name the builtins as Python 2 did.
        full_name = f'{"builtins" if module == "__builtin__" else module}.{name}'
        if full_name not in self._stand_ins:
            raise refused(full_name)
        return self._stand_ins[full_name]

    def persistent(self, key: Any) -> Any:
        """What stands for something outside of the pickle: there is nothing.

        Raises:
            DamagedError: Always.
        """
        raise DamagedError(f'a {type(key).__name__} that names something outside of it')

    def call(self, function: Any, arguments: Any) -> Any:
        """Call a stand-in, and count what it made.

        Raises:
            DamagedError: It is none, or too much was made.
        """
        if type(function) is not Function or type(arguments) is not tuple:
            raise DamagedError(f'a call of a {type(function).__name__}')
        made = function(*arguments)
        self.spend(_cost(made))
        return made


def read_pickle(
    file: BinaryIO, stand_ins: Mapping[str, Function] = STAND_INS, limits: Limits = DEFAULT
) -> Any:
    """Read a pickle of plain data.

    Args:
        file: The pickle; one can seek in it, and more may follow it.
        stand_ins: What stands in for each full name; any other name is refused.
        limits: What the pickle may hold.

    Raises:
        RefusedError: It wants a name that has no stand-in.
        DamagedError: It is damaged, or beyond its limits.

    Example:
        >>> import io
        >>> read_pickle(io.BytesIO(pickle.dumps({'a': np.arange(3)})))
        {'a': array([0, 1, 2])}
        >>> read_pickle(io.BytesIO(pickle.dumps(print)))
        Traceback (most recent call last):
        mmnuc.safe_pickle.errors.RefusedError: builtins.print
    """
    return SafeUnpickler(file, stand_ins, limits).load()


def _cost(made: Any) -> int:
    if isinstance(made, StandIn):
        return made.cost
    if isinstance(made, np.generic):
        return made.nbytes
    return len(made) if isinstance(made, bytes) else _CONTAINER + _ENTRY * len(made)


def _reason(error: Exception) -> str:
    return f'{type(error).__name__}: {error}'[:_LONGEST_REASON].partition('\n')[0]


def _global(machine: SafeUnpickler) -> None:
    module, name = (machine.source.line().decode() for _ in range(2))
    machine.stack.append(machine.find(module, name))


def _global_of_stack(machine: SafeUnpickler) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.find(module, name))


def _instance(machine: SafeUnpickler) -> None:
    """An object of a class of Python 2: no such class has a stand-in."""
    _global(machine)
    raise DamagedError('an object of a function')


def _reduce(machine: SafeUnpickler) -> None:
    arguments, function = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.call(function, arguments))


def _build(machine: SafeUnpickler) -> None:
    state, target = machine.stack.pop(), machine.stack[-1]
    if isinstance(target, (StandIn, Function)):
        target.__setstate__(state)
    elif type(target) is not OrderedDict or type(state) is not dict:
        # The attributes of an ordered dict (torch's _metadata) are no data of it.
        raise DamagedError(f'a state for a {type(target).__name__}')


def _persistent_line(machine: SafeUnpickler) -> None:
    machine.stack.append(machine.persistent(machine.source.line().decode('ascii')))


def _persistent(machine: SafeUnpickler) -> None:
    machine.stack.append(machine.persistent(machine.stack.pop()))


SafeUnpickler.steps = {
    **STEPS,
    pickle.GLOBAL: _global,
    pickle.STACK_GLOBAL: _global_of_stack,
    pickle.INST: _instance,
    pickle.REDUCE: _reduce,
    pickle.BUILD: _build,
    pickle.PERSID: _persistent_line,
    pickle.BINPERSID: _persistent,
}
