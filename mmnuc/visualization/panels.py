"""Whole pictures: a captioned panel, ground truth beside prediction, a sheet of thumbnails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.crops import Crops
from mmnuc.ops.drawing.colors import instance_colors
from mmnuc.ops.drawing.draw import brighten_dark, draw_instances, grey_background, resize, to_rgb
from mmnuc.visualization.text import add_caption, draw_labels

STYLES = ('contours', 'grey')
_LABELLED = 25  # with more instances than this, labels would hide the image
_LABELLED_SIDE = 48  # and so they would on instances smaller than this many pixels
_GAP = 6
_BETWEEN = (24, 24, 27)


@dataclass(frozen=True)
class Look:
    """How pictures are drawn.

    Args:
        style: ``'contours'``, or ``'grey'`` to turn all but the instances grey as well.
        line_width: Of outlines, in pixels of the picture; by default it follows the scale.
        fill: Opacity of each instance's colour over its area, from 0 to 1.
        scale: Size of the picture in sizes of the image; by default small images are enlarged.
        boxes: Draw the boxes too. Instances without masks always get them.
        labels: Write class and score beside each instance; by default where few and large.
        brighten: Stretch the contrast of dark images; the caption then says so.

    Raises:
        ValueError: There is no such style.
    """

    style: str = 'contours'
    line_width: int | None = None
    fill: float = 0.0
    scale: float | None = None
    boxes: bool = False
    labels: bool | None = None
    brighten: bool = True

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f'no style {self.style!r}: choose one of {", ".join(STYLES)}')


@dataclass(frozen=True)
class Layer:
    """The instances that one panel shows.

    Args:
        title: What they are: ``'prediction'``.
        boxes_xyxy: Boxes of shape (N, 4), in pixels of the image.
        masks: Their N masks, or ``None`` where there are boxes only.
        texts: N labels, such as ``'cat 0.93'``; empty for no labels.
        noun: One instance and many, for the count in the caption.
        detail: Said after the count: ``'score > 0.3'``.
    """

    title: str
    boxes_xyxy: NDArray[np.floating] | NDArray[np.integer]
    masks: Crops | None = None
    texts: Sequence[str] = ()
    noun: tuple[str, str] = ('object', 'objects')
    detail: str = ''

    @property
    def caption(self) -> str:
        """Title, count and detail.

        Example:
            >>> Layer('ground truth', np.zeros((1862, 4)), noun=('nucleus', 'nuclei')).caption
            'ground truth · 1,862 nuclei'
        """
        count = len(self.boxes_xyxy)
        parts = (self.title, f'{count:,} {self.noun[count != 1]}', self.detail)
        return ' · '.join(part for part in parts if part)


def draw_side_by_side(
    image: NDArray[np.generic],
    *layers: Layer,
    name: str = '',
    look: Look | None = None,
) -> NDArray[np.uint8]:
    """Draw each layer on its own copy of the image, and put the captioned copies side by side.

    Args:
        image: Image as in :func:`mmnuc.ops.drawing.draw.to_rgb`.
        *layers: Ground truth and prediction, say; one of them alone is fine, and so is none.
        name: Shown in the caption: the image's file name.
        look: How to draw.

    Returns:
        Picture of shape (height, width, 3).
    """
    look = look or Look()
    rgb, brightened = to_rgb(image), False
    if look.brighten:
        rgb, brightened = brighten_dark(rgb)
    notes = [note for note in (name, 'brightened' if brightened else '') if note]
    if not layers:
        scale = look.scale or comfortable_scale(*rgb.shape[:2])
        return add_caption(resize(rgb, scale), *(notes or ['']))
    panels: list[NDArray[np.uint8]] = []
    for index, layer in enumerate(layers):
        # The name once, where the eye ends.
        note = ' · '.join(notes) if index == len(layers) - 1 else ''
        if panels:
            panels.append(np.full((len(panels[0]), _GAP, 3), _BETWEEN, dtype=np.uint8))
        panels.append(add_caption(draw_layer(rgb, layer, look), layer.caption, note))
    return np.concatenate(panels, axis=1)


def draw_layer(
    image: NDArray[np.generic], layer: Layer, look: Look | None = None
) -> NDArray[np.uint8]:
    """Draw the instances of a layer on the image, without a caption.

    Args:
        image: Image as in :func:`mmnuc.ops.drawing.draw.to_rgb`.
        layer: The instances.
        look: How to draw; what concerns the contrast is left to the caller.

    Returns:
        Picture of shape (scale · H, scale · W, 3).
    """
    look = look or Look()
    scale = look.scale or comfortable_scale(*image.shape[:2])
    colors = instance_colors(np.asarray(layer.boxes_xyxy))
    if layer.masks is None:
        picture = resize(to_rgb(image), scale)
    else:
        background = grey_background(image, layer.masks) if look.style == 'grey' else image
        picture = draw_instances(
            background,
            layer.masks,
            colors=colors,
            line_width=look.line_width,
            fill=look.fill,
            scale=scale,
        )
    boxes = np.asarray(layer.boxes_xyxy, dtype=np.float64) * scale
    if look.boxes or layer.masks is None:
        _draw_boxes(picture, boxes, colors)
    if layer.texts and (_roomy(boxes) if look.labels is None else look.labels):
        picture = draw_labels(picture, boxes[:, :2], list(layer.texts), colors)
    return picture


def comfortable_scale(height: int, width: int) -> int:
    """The factor that brings small images to about 1,200 pixels, at most four.

    Example:
        >>> comfortable_scale(1000, 1000), comfortable_scale(256, 320), comfortable_scale(64, 64)
        (1, 4, 4)
    """
    return max(1, min(4, round(1200 / max(height, width, 1))))


def contact_sheet(
    pictures: Sequence[NDArray[np.uint8]], columns: int | None = None
) -> NDArray[np.uint8]:
    """Lay pictures out in rows, each in the middle of a cell as large as the largest one.

    Args:
        pictures: RGB pictures of any size, at least one.
        columns: Pictures in a row; by default the sheet becomes about 3 : 2.

    Returns:
        RGB picture.

    Raises:
        ValueError: There are no pictures.

    Example:
        >>> contact_sheet([np.zeros((10, 20, 3), np.uint8)] * 3, columns=2).shape
        (38, 58, 3)
    """
    if not pictures:
        raise ValueError('a contact sheet needs at least one picture')
    if columns is None:
        columns = min(len(pictures), math.ceil(math.sqrt(1.5 * len(pictures))))
    height = max(picture.shape[0] for picture in pictures) + _GAP
    width = max(picture.shape[1] for picture in pictures) + _GAP
    rows = math.ceil(len(pictures) / columns)
    sheet = np.full((rows * height + _GAP, columns * width + _GAP, 3), _BETWEEN, dtype=np.uint8)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        top = row * height + _GAP + (height - _GAP - picture.shape[0]) // 2
        left = column * width + _GAP + (width - _GAP - picture.shape[1]) // 2
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet


def _draw_boxes(
    picture: NDArray[np.uint8], boxes_xyxy: NDArray[np.float64], colors: NDArray[np.uint8]
) -> None:
    """Draw half-open boxes in place."""
    corners = np.round(boxes_xyxy).astype(int)
    for (x1, y1, x2, y2), color in zip(corners.tolist(), colors.tolist(), strict=True):
        cv2.rectangle(picture, (x1, y1), (x2 - 1, y2 - 1), color, 1)


def _roomy(boxes_xyxy: NDArray[np.float64]) -> bool:
    """Whether there are so few and so large boxes that labels do no harm."""
    if not 0 < len(boxes_xyxy) <= _LABELLED:
        return False
    sides = np.sqrt(np.prod(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], axis=1))
    return bool(np.median(sides) >= _LABELLED_SIDE)
