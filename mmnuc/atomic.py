"""Write files so that a reader sees the old content or the new one, never half of it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(final: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``final`` and move it there when the block ends well.

    The temporary file lies in the same folder, so the move never crosses a file system and
    replaces ``final`` in one step. It keeps the suffix of ``final``, because writers such as
    ``cv2.imwrite`` choose the format by it. Missing parent folders are made.

    Args:
        final: The file to write.

    Yields:
        The path to write to.

    Raises:
        FileNotFoundError: The block ended without writing the file.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_path(folder / 'scores.json') as path:
        ...     _ = path.write_text('{}')
        >>> [file.name for file in folder.iterdir()]
        ['scores.json']
    """
    final = Path(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    # A random part, because several processes may write the same file at the same time.
    temporary = final.with_name(f'.{final.stem}.{os.getpid()}-{secrets.token_hex(4)}{final.suffix}')
    try:
        yield temporary
        os.replace(temporary, final)
    except BaseException:
        # Ctrl-C and a full disk too: whatever stopped the writer, nothing is left behind.
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(final: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a new folder beside ``final`` and put it in its place when the block ends well.

    A folder that is already there is replaced, and stays as it was if the block fails.

    Args:
        final: The folder to make. A link is followed: the folder it names is replaced.

    Yields:
        The folder to write into.

    Example:
        >>> import tempfile
        >>> final = Path(tempfile.mkdtemp()) / 'data'
        >>> with atomic_folder(final) as folder:
        ...     _ = (folder / 'a.txt').write_text('a')
        >>> [file.name for file in final.iterdir()]
        ['a.txt']
    """
    final = Path(final).resolve()
    final.parent.mkdir(parents=True, exist_ok=True)
    mark = f'{os.getpid()}-{secrets.token_hex(4)}'
    temporary, old = (
        final.with_name(f'.{final.name}.{mark}'),
        final.with_name(f'.{final.name}.{mark}.old'),
    )
    temporary.mkdir()
    try:
        yield temporary
        if final.exists():
            os.replace(final, old)
        os.replace(temporary, final)
    except BaseException:
        if old.exists() and not final.exists():
            os.replace(old, final)
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
