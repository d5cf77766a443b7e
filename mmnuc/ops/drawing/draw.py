"""Draw instances on an image: arrays in, arrays out, thousands of nuclei in a tenth of a second.

Images are RGB here, and masks come as :class:`mmnuc.ops.crops.Crops`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.crops import Crops
from mmnuc.ops.drawing.colors import instance_colors

_SHIFT = 4  # fractional bits of cv2's sub-pixel coordinates


def draw_instances(
    image: NDArray[Any],
    masks: Crops,
    *,
    colors: NDArray[np.uint8] | None = None,
    line_width: int | None = None,
    fill: float = 0.0,
    scale: float = 1.0,
) -> NDArray[np.uint8]:
    """Outline every mask in a colour that differs from its neighbours'.

    At ``scale=1`` lines are one pixel wide and colour exactly the masks' own border pixels: the
    lines of two touching nuclei lie side by side, and nothing outside the masks changes. At other
    scales the outlines are smooth sub-pixel curves.

    Args:
        image: Image of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), see :func:`to_rgb`.
        masks: Masks of the same image. Empty ones are skipped.
        colors: RGB colours of shape (N, 3). By default :func:`instance_colors` chooses.
        line_width: In pixels of the result, ``0`` for no outlines. By default half of ``scale``,
            but at least one.
        fill: How much of its colour covers an instance, from 0 (none) to 1 (all).
        scale: Size of the result in sizes of the image.

    Returns:
        Image of shape (scale · H, scale · W, 3).

    Raises:
        ValueError: The masks belong to an image of another size.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> square = from_bitmaps(np.pad(np.ones((1, 3, 3), np.uint8), [(0, 0), (1, 1), (1, 1)]))
        >>> drawn = draw_instances(np.zeros((5, 5), np.uint8), square)
        >>> (drawn > 0).any(axis=2).astype(int)
        array([[0, 0, 0, 0, 0],
               [0, 1, 1, 1, 0],
               [0, 1, 0, 1, 0],
               [0, 1, 1, 1, 0],
               [0, 0, 0, 0, 0]])
    """
    rgb = to_rgb(image)
    _check_size(rgb, masks)
    if colors is None:
        colors = instance_colors(masks.boxes_xyxy)
    if line_width is None:
        line_width = max(1, round(scale / 2))
    canvas = resize(rgb, scale)
    outlines = [(index, outline(crop, corner)) for index, crop, corner in _crops(masks)]
    scaled = [(colors[index].tolist(), _place(parts, scale)) for index, parts in outlines]
    if fill > 0:
        canvas = _fill(canvas, scaled, fill)
    if line_width > 0:
        kind = cv2.LINE_8 if scale == 1 else cv2.LINE_AA
        for color, parts in scaled:
            cv2.polylines(canvas, parts, True, color, line_width, kind, _SHIFT)
    return canvas


def grey_background(image: NDArray[Any], masks: Crops) -> NDArray[np.uint8]:
    """Keep the colours of the instances and turn everything else grey.

    Args:
        image: Image as in :func:`to_rgb`.
        masks: Masks of the same image.

    Returns:
        Image of shape (H, W, 3).

    Raises:
        ValueError: The masks belong to an image of another size.
    """
    rgb = to_rgb(image)
    _check_size(rgb, masks)
    grey = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    covered = np.zeros(rgb.shape[:2], dtype=np.uint8)
    for _, crop, (x1, y1) in _crops(masks):
        window = covered[y1 : y1 + crop.shape[0], x1 : x1 + crop.shape[1]]
        np.bitwise_or(window, crop, out=window)
    return np.where(covered[..., None] > 0, rgb, grey)


def to_rgb(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Make any image a fresh 8-bit RGB one.

    Args:
        image: Grey (H, W) or (H, W, 1), RGB (H, W, 3) or RGBA (H, W, 4), whose alpha is dropped.
            Values beyond 8 bits are stretched so that the brightest one becomes 255.

    Returns:
        Image of shape (H, W, 3), a copy.

    Raises:
        ValueError: The image has another shape.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4):
        raise ValueError(f'not a grey, RGB or RGBA image: shape {image.shape}')
    if image.dtype != np.uint8:
        top = float(np.nan_to_num(image).max(initial=0))
        image = np.nan_to_num(image) * (255.0 / top) if top > 255 else np.nan_to_num(image)
        image = image.clip(0, 255).astype(np.uint8)
    image = image[..., :3]
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3))).copy()


def brighten_dark(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
    """Lift a dark image, such as weak fluorescence, so that people see what is on it.

    Args:
        image: Image of shape (H, W, 3).

    Returns:
        The image and whether it was changed.

    Example:
        >>> pixels = np.array([[[2, 2, 2], [10, 10, 10], [40, 40, 40]]], np.uint8)
        >>> brighten_dark(pixels)[0][..., 0].tolist()
        [[0, 86, 255]]
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.size else np.zeros(1)
    levels = np.asarray(grey, np.uint8)
    low, middle, most, top = np.percentile(levels, (2, 50, 99.5, 99.99), method='nearest').tolist()
    # Dark stained tissue has no black background, and half of the range is bright enough.
    # A few grey values are noise, not an image.
    if middle >= 40 or most >= 128 or top - low < 8:
        return image, False
    # The root keeps bright nuclei from running into white beside dim ones.
    curve = ((np.arange(256) - low) / (top - low)).clip(0, 1) ** 0.7 * 255
    return np.asarray(cv2.LUT(image, np.round(curve).astype(np.uint8)), dtype=np.uint8), True


def resize(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Resize an image: averaged when it shrinks, smooth when it grows.

    Args:
        image: Image of shape (H, W, 3).
        scale: New size in old sizes.

    Returns:
        Image of shape (scale · H, scale · W, 3), at least one pixel each way.
    """
    if scale == 1:
        return image
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)


def outline(crop: NDArray[np.uint8], corner_xy: tuple[int, int]) -> list[NDArray[np.int32]]:
    """Trace the border pixels of a mask: one closed path a part, and one a hole.

    Args:
        crop: Mask of shape (h, w).
        corner_xy: Where the crop's first pixel lies in the image.

    Returns:
        Paths of shape (K, 2), x and y of pixels that belong to the mask.
    """
    paths, _ = cv2.findContours(crop, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=corner_xy)
    return [np.asarray(path[:, 0], np.int32) for path in paths]


def _crops(masks: Crops) -> Iterator[tuple[int, NDArray[np.uint8], tuple[int, int]]]:
    """Index, crop and corner of each mask that has pixels."""
    buffer, offsets = masks.buffer, masks.offsets.tolist()
    for index, (x1, y1, x2, y2) in enumerate(masks.boxes_xyxy.tolist()):
        if x2 > x1 and y2 > y1:
            crop = buffer[offsets[index] : offsets[index + 1]].reshape(y2 - y1, x2 - x1)
            yield index, crop, (x1, y1)


def _check_size(image: NDArray[np.uint8], masks: Crops) -> None:
    """Raise where masks and image differ in size."""
    if image.shape[:2] != (masks.height, masks.width):
        raise ValueError(
            f'image and masks differ in size: {image.shape[:2]} and {(masks.height, masks.width)}'
        )


def _place(paths: list[NDArray[np.int32]], scale: float) -> list[NDArray[np.int32]]:
    """Turn pixel paths into cv2's fixed-point coordinates at ``scale``."""
    if scale == 1:
        return [path << _SHIFT for path in paths]
    # The middle of pixel 0 is at 0.5 in units of length, and at scale / 2 in the result.
    return [
        np.round(((_smooth(path) + 0.5) * scale - 0.5) * (1 << _SHIFT)).astype(np.int32)
        for path in paths
    ]


def _smooth(path: NDArray[np.int32]) -> NDArray[np.float64]:
    """Round the pixel steps off a closed path."""
    points = path.astype(np.float64)
    if len(points) < 5:
        return points
    for _ in range(2):
        points = (np.roll(points, 1, axis=0) + 2 * points + np.roll(points, -1, axis=0)) / 4
    return points


def _fill(
    canvas: NDArray[np.uint8],
    outlines: list[tuple[list[int], list[NDArray[np.int32]]]],
    alpha: float,
) -> NDArray[np.uint8]:
    """Blend each instance's colour over its area."""
    paint = canvas.copy()
    for color, paths in outlines:
        cv2.fillPoly(paint, paths, color, cv2.LINE_8, _SHIFT)
    return np.asarray(cv2.addWeighted(paint, alpha, canvas, 1 - alpha, 0), dtype=np.uint8)
