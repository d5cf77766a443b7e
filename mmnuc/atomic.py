"""Write files so that a reader sees the old content or the new one, never half of it."""

from __future__ import annotations

import os
import secrets
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
