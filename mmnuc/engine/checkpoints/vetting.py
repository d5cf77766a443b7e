"""Files of torch, looked through before torch's own unpickler builds what is in them.

That one calls nothing that it should not. But it hashes whatever is to be a key, where tuples of
tuples overflow Python's stack, and a zip may unpack to any size.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import torch

from mmnuc.safe_pickle.errors import DamagedError
from mmnuc.safe_pickle.limits import DEFAULT
from mmnuc.safe_pickle.stand_in import Function, StandIn, is_count
from mmnuc.safe_pickle.unpickler import STAND_INS, SafeUnpickler

# What is made by a name and then filled; what any other name makes isn't looked at.
_FILLED = {name: STAND_INS[name] for name in ('collections.OrderedDict', 'builtins.set')}
# The format before 1.6: magic number, version, system, content, names of the storages.
_OLD_PICKLES = 5
_SMALLEST = 8  # values in a byte, of the smallest type that torch has
_NAME, _LENGTH = 2, 4  # places in what names a storage


def require_sound(file: str | Path | BinaryIO) -> None:
    """Refuse what torch's restricted unpickler would crash on or run out of memory with.

    What the pickles name is left to torch; a stream stays where it stands.

    Args:
        file: The file: a zip, five pickles one after the other, or anything else.

    Raises:
        DamagedError: A pickle in it is damaged or has strange keys, or its zip unpacks to far more
            than it is.
    """
    with _opened(file) as stream:
        if _is_zip(stream):
            _require_sound_zip(stream)
            return
        for place in range(_OLD_PICKLES):
            content = _Vetting(stream, storages_follow=True).read()
            if place == 0 and content != torch.serialization.MAGIC_NUMBER:
                return  # torch goes no further


@contextmanager
def _opened(file: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(file, (str, Path)):
        with open(file, 'rb') as stream:
            yield stream
        return
    begin = file.tell()
    try:
        yield file
    finally:
        file.seek(begin)


def _is_zip(stream: BinaryIO) -> bool:
    """Whether torch reads it as a zip, which it tells by the first bytes."""
    begin = stream.tell()
    first = stream.read(4)
    stream.seek(begin)
    return first == b'PK\x03\x04'


def _require_sound_zip(stream: BinaryIO) -> None:
    begin = stream.tell()
    size = stream.seek(0, io.SEEK_END) - begin
    stream.seek(begin)
    try:
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return  # torch's own error says so
    if unpacked > DEFAULT.written_out(size):
        raise DamagedError(f'a zip of {size} bytes that unpacks to {unpacked}')
    stream.seek(begin)
    # By torch's reader: of two members with one name it takes the one that torch takes.
    reader: Any = torch._C.PyTorchFileReader(stream)
    if reader.has_record('data.pkl'):
        _Vetting(io.BytesIO(reader.get_record('data.pkl'))).read()


class _Anything(StandIn):
    """Whatever a name of torch makes; some, such as types of numbers, may be keys."""

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        """Take anything."""

    append = extend = update = __setstate__


_ANY = Function(_Anything)


class _Vetting(SafeUnpickler):
    """Builds lists, dicts and keys, and nothing of what is named.

    Args:
        stream: The pickle.
        storages_follow: Whether they lie behind it, where torch doesn't ask how large they are.
    """

    def __init__(self, stream: BinaryIO, storages_follow: bool = False) -> None:
        super().__init__(stream)
        self._room = _SMALLEST * self.source.size if storages_follow else None
        self._storages: set[Any] = set()

    def find(self, module: Any, name: Any) -> Function:
        """What stands in for any name, so that torch is the one to refuse it.

        Raises:
            DamagedError: It is no text.
        """
        if type(module) is not str or type(name) is not str:
            raise DamagedError('a name that is no text')
        return _FILLED.get(f'{module}.{name}'.replace('__builtin__', 'builtins'), _ANY)

    def persistent(self, key: Any) -> _Anything:
        """A storage, for which torch takes memory before it reads it.

        Raises:
            DamagedError: The file can't hold as many values.
        """
        if self._room is not None and type(key) is tuple and len(key) > _LENGTH:
            name, length = key[_NAME], key[_LENGTH]
            self.require_keys([name])
            if name not in self._storages:
                if not is_count(length, self._room):
                    raise DamagedError('storages of more values than the file holds')
                self._storages.add(name)
                self._room -= length
        return _Anything(key)

    def top(self, *kinds: type) -> Any:
        """What is on top of the stack, to get entries: also anything that torch knows."""
        return self.stack[-1] if isinstance(self.stack[-1], _Anything) else super().top(*kinds)

    def call(self, function: Any, arguments: Any) -> Any:
        """Call a stand-in, or what one made."""
        return super().call(_ANY if isinstance(function, _Anything) else function, arguments)

    def require_keys(self, keys: Iterable[Any]) -> None:
        """Refuse what is neither a plain key nor something of torch."""
        super().require_keys(key for key in keys if not isinstance(key, (Function, _Anything)))


def _new_object(machine: _Vetting) -> None:
    arguments, function = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.call(function, arguments))


_Vetting.steps = {**SafeUnpickler.steps, pickle.NEWOBJ: _new_object}
