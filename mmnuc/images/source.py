"""Where an image comes from: a file, a folder that is one image, or the content of a file."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mmnuc.errors import UserError

# Enough for every format's first bytes: DICOM has its mark at 128.
_START = 4096


@dataclass(frozen=True)
class Source:
    """A file, a folder that is one image (OME-Zarr), or a file's content.

    Args:
        name: What to call it in messages.
        path: Where it lies; None for content.
        data: The content of a file that lies in a zip archive.

    Example:
        >>> source = Source('a.zip/b.TIF', data=b'II*')
        >>> source.suffix, source.start, source.open().read()
        ('.tif', b'II*', b'II*')
    """

    name: str
    path: Path | None = None
    data: bytes | None = None

    @property
    def suffix(self) -> str:
        """The suffix in small letters, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    @cached_property
    def start(self) -> bytes:
        """The first bytes; none of a folder.

        Raises:
            UserError: There is no such file, or it can't be read.
        """
        if self.data is not None:
            return self.data[:_START]
        if self.path is not None and self.path.is_dir():
            return b''
        with self.open() as file:
            return file.read(_START)

    def open(self) -> BinaryIO:
        """Open it for reading at any place.

        Raises:
            UserError: There is no such file, or it can't be read.
        """
        if self.data is not None:
            return io.BytesIO(self.data)
        path = Path(self.path or self.name)
        try:
            # A pipe would wait for ever, a device never end.
            if not stat.S_ISREG(os.stat(path).st_mode) and not path.is_dir():
                raise UserError(f'{self.name} is no file, but a pipe or a device')
            return path.open('rb')
        except FileNotFoundError:
            raise UserError(f'no such image: {self.name}') from None
        except IsADirectoryError:
            raise UserError(f'{self.name} is a folder, not an image') from None
        except OSError as error:
            raise UserError(f'{self.name} can not be read: {error.strerror or error}') from None

    def read(self) -> bytes:
        """Return all of it.

        Raises:
            UserError: There is no such file, or it can't be read.
        """
        if self.data is not None:
            return self.data
        with self.open() as file:
            return file.read()
