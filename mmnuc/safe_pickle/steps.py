"""The instructions of a pickle that need no name, as steps of the machine."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.literals import LITERALS
from mmnuc.safe_pickle.machine import Machine
from mmnuc.safe_pickle.source import PickleSource

_SET = 216  # bytes that Python takes for a set, which is a byte or two of the pickle

Opcode = Callable[[Machine], None]


def _push(read: Callable[[PickleSource], Any]) -> Opcode:
    return lambda machine: machine.stack.append(read(machine.source))


def _protocol(machine: Machine) -> None:
    number = machine.source.number(1)
    if number > 5:
        raise DamagedError(f'protocol {number} of pickles')


def _frame(machine: Machine) -> None:
    machine.source.take(8)  # how far to read ahead, which nobody needs


def _mark(machine: Machine) -> None:
    machine.marks.append(machine.stack)
    machine.stack = []


def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:  # the mark itself is what is on top
        machine.since_mark()


def _pop_mark(machine: Machine) -> None:
    machine.since_mark()


def _twice(machine: Machine) -> None:
    machine.again(machine.stack[-1])


def _get(read: Callable[[PickleSource], int]) -> Opcode:
    def step(machine: Machine) -> None:
        place = read(machine.source)
        near = place < len(machine.memo)
        machine.again(machine.memo[place] if near else machine.far[place])

    return step


def _put(read: Callable[[PickleSource], int]) -> Opcode:
    def step(machine: Machine) -> None:
        place, memo = read(machine.source), machine.memo
        if place == len(memo):
            memo.append(machine.stack[-1])
        elif place < len(memo):
            memo[place] = machine.stack[-1]
        else:
            machine.far[place] = machine.stack[-1]

    return step


def _memoize(machine: Machine) -> None:
    machine.memo.append(machine.stack[-1])


def _last(count: int) -> Opcode:
    """The step that makes a tuple of the last entries."""

    def step(machine: Machine) -> None:
        stack = machine.stack
        if len(stack) < count:
            raise DamagedError('a tuple of too few values')
        stack[-count:] = [tuple(stack[-count:])]

    return step


def _tuple(machine: Machine) -> None:
    built = machine.since_mark()
    machine.stack.append(tuple(built))


def _list(machine: Machine) -> None:
    built = machine.since_mark()
    machine.stack.append(built)


def _dict(machine: Machine) -> None:
    built = machine.since_mark()
    machine.stack.append({})
    _set_all(machine, built)


def _empty_set(machine: Machine) -> None:
    machine.spend(_SET)
    machine.stack.append(set())


def _frozen_set(machine: Machine) -> None:
    machine.spend(_SET)
    built = machine.since_mark()
    machine.require_keys(built)
    machine.stack.append(frozenset(built))


def _append(machine: Machine) -> None:
    value = machine.stack.pop()
    machine.top(list).append(value)


def _append_all(machine: Machine) -> None:
    built = machine.since_mark()
    machine.top(list).extend(built)


def _set_one(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _set_all(machine, [key, value])


def _set_marked(machine: Machine) -> None:
    _set_all(machine, machine.since_mark())


def _set_all(machine: Machine, built: list[Any]) -> None:
    target = machine.top(dict, OrderedDict)
    keys, values = built[::2], built[1::2]
    machine.require_keys(keys)
    target.update(zip(keys, values, strict=True))


def _add_all(machine: Machine) -> None:
    built = machine.since_mark()
    machine.require_keys(built)
    machine.top(set).update(built)


def _line_number(source: PickleSource) -> int:
    line = source.line()
    if not line.isdigit() or len(line) > 10:
        raise DamagedError('a place in the memo that is no number')
    return int(line)


def _number(width: int) -> Callable[[PickleSource], int]:
    return lambda source: source.number(width)


STEPS: dict[bytes, Opcode] = {
    **{code: _push(read) for code, read in LITERALS.items()},
    pickle.PROTO: _protocol,
    pickle.FRAME: _frame,
    pickle.MARK: _mark,
    pickle.POP: _pop,
    pickle.POP_MARK: _pop_mark,
    pickle.DUP: _twice,
    pickle.GET: _get(_line_number),
    pickle.BINGET: _get(_number(1)),
    pickle.LONG_BINGET: _get(_number(4)),
    pickle.PUT: _put(_line_number),
    pickle.BINPUT: _put(_number(1)),
    pickle.LONG_BINPUT: _put(_number(4)),
    pickle.MEMOIZE: _memoize,
    pickle.TUPLE1: _last(1),
    pickle.TUPLE2: _last(2),
    pickle.TUPLE3: _last(3),
    pickle.TUPLE: _tuple,
    pickle.LIST: _list,
    pickle.DICT: _dict,
    pickle.EMPTY_SET: _empty_set,
    pickle.FROZENSET: _frozen_set,
    pickle.APPEND: _append,
    pickle.APPENDS: _append_all,
    pickle.SETITEM: _set_one,
    pickle.SETITEMS: _set_marked,
    pickle.ADDITEMS: _add_all,
}
