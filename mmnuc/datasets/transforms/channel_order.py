"""Which way the channels of a pipeline's image lie."""

from typing import Any

from numpy.typing import NDArray

ORDERS = ('bgr', 'rgb')


def check_channel_order(channel_order: str) -> str:
    """Return the order, or complain about an unknown one.

    Raises:
        ValueError: It's neither ``'bgr'`` nor ``'rgb'``.
    """
    if channel_order not in ORDERS:
        raise ValueError(f"channel_order must be 'bgr' or 'rgb', not {channel_order!r}")
    return channel_order


def swap(img: NDArray[Any], channel_order: str) -> NDArray[Any]:
    """View an image of this order as RGB, or an RGB image in this order: both are the same turn."""
    return img[..., ::-1] if channel_order == 'bgr' else img
