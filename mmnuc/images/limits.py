"""How large images may be: what a file claims is believed as far as its bytes can hold it.

A file of some hundred bytes may state any size. So before memory is taken for pixels:

- What is decoded or read at once (a picture, a label map, an image for conversion or training) has
  at most 2 ** 31 pixels and 8 GiB of values. Slides are read by boxes and have no limit.
- Beyond 64 MiB, what is stored must be large enough for what it is said to become. How far each
  compression goes is known (:data:`EXPANSION`). A tile that a scanner left out takes no bytes, so
  it is no larger than 16 MiB.
- An image has at most 65,536 channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mmnuc.errors import UserError

WHOLE_PIXELS = 2**31
WHOLE_BYTES = 2**33
FREE_BYTES = 2**26
LEFT_OUT_BYTES = 2**24
MOST_CHANNELS = 2**16

# Bytes that one byte becomes at most. Deflate: 258 bytes of 2 bits. LZW: strings of 4,096 bytes of
# 12 bits. JPEG: 64 samples of 2 bits, or of 1 where it is progressive. Zstandard and others:
# 128 KiB of 4 bytes. WebP, JPEG 2000 and JPEG XL write an empty image in next to nothing:
# 'picture' is what their encoders reach with one.
EXPANSION = {
    'none': 2,
    'deflate': 1_100,
    'lzw': 3_000,
    'jpeg': 1_100,
    'other': 2**15,
    'picture': 2**18,
}


def check_whole(name: str, size_hw: Sequence[int], bytes_per_pixel: float = 1) -> None:
    """Refuse to read more at once than fits.

    Args:
        name: The file, for messages.
        size_hw: Height and width of what is to be read.
        bytes_per_pixel: What its values take.

    Raises:
        UserError: It is too large.

    Example:
        >>> check_whole('a.png', (40_000, 50_000))
        >>> check_whole('a.png', (100_000, 100_000))
        Traceback (most recent call last):
        ...
        mmnuc.errors.UserError: a.png: 100,000 x 100,000 pixels are too many to read at once (at \
most 2,147,483,648, and 8 GiB); cut it into tiles, or make it smaller
    """
    pixels = int(size_hw[0]) * int(size_hw[1])
    if pixels > WHOLE_PIXELS or pixels * bytes_per_pixel > WHOLE_BYTES:
        raise UserError(
            f'{name}: {size_hw[1]:,} x {size_hw[0]:,} pixels are too many to read at once (at most '
            f'{WHOLE_PIXELS:,}, and {WHOLE_BYTES // 2**30} GiB); cut it into tiles, or make it '
            'smaller'
        )


def can_hold(stored: float, becomes: float, compression: str) -> bool:
    """Whether bytes can become as many as is said.

    Args:
        stored: Bytes in the file.
        becomes: Bytes of the values.
        compression: A key of :data:`EXPANSION`.

    Example:
        >>> can_hold(100, 10**6, 'deflate'), can_hold(100, 10**9, 'deflate')
        (True, False)
    """
    return becomes <= max(FREE_BYTES, stored * EXPANSION[compression])


def check_stored(
    name: str, size_hw: Sequence[int], bytes_per_pixel: float, stored: int, compression: str
) -> None:
    """Refuse a picture that is decoded whole and states what can't be.

    Args:
        name: The file, for messages.
        size_hw: Height and width that it states.
        bytes_per_pixel: What its values take.
        stored: Bytes in the file.
        compression: A key of :data:`EXPANSION`.

    Raises:
        UserError: It is too large, or its bytes can't be so many pixels.

    Example:
        >>> check_stored('a.webp', (16_000, 16_000), 3, 120, 'picture')
        Traceback (most recent call last):
        ...
        mmnuc.errors.UserError: a.webp is damaged: 16,000 x 16,000 pixels can not be in 120 bytes
    """
    becomes = int(size_hw[0]) * int(size_hw[1]) * bytes_per_pixel
    if not can_hold(stored, becomes, compression):
        raise UserError(
            f'{name} is damaged: {size_hw[1]:,} x {size_hw[0]:,} pixels can not be in {stored:,} '
            'bytes'
        )
    check_whole(name, size_hw, bytes_per_pixel)


def check_channels(name: str, count: int) -> None:
    """Refuse more channels than anyone records.

    Raises:
        UserError: There are too many.
    """
    if count > MOST_CHANNELS:
        raise UserError(f'{name} is damaged: it states {count:,} channels')


@contextmanager
def memory_in_words(name: str) -> Iterator[None]:
    """Say which image does not fit into the memory of this machine.

    Raises:
        UserError: In place of ``MemoryError``.
    """
    try:
        yield
    except MemoryError:
        raise UserError(f'{name} does not fit into memory; cut it into tiles') from None
