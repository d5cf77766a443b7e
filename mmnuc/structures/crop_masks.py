"""Instance masks that mmdet takes for its own, kept as small as the nuclei."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cv2
import mmcv
import numpy as np
import torch
from mmdet.structures.bbox import BaseBoxes, HorizontalBoxes, get_box_type
from mmdet.structures.mask import BaseInstanceMasks, BitmapMasks
from mmdet.structures.mask.structures import get_offsets_hv
from numpy.typing import NDArray

from mmnuc.ops import crops as crop_ops
from mmnuc.ops.codecs import label_map, rle
from mmnuc.ops.codecs.polygons import polygons_to_crops
from mmnuc.ops.crops import Crops
from mmnuc.ops.crops import geometry as crops_geometry
from mmnuc.ops.crops import resample as crops_resample
from mmnuc.ops.crops.roi_align import roi_align
from mmnuc.ops.crops.warp import warp
from mmnuc.structures.dense_view import DenseView


class CropMasks(BaseInstanceMasks):
    """N masks of one image, each kept as its tight crop.

    Gives the values of mmdet's ``BitmapMasks`` for every operation without ever holding N full
    images. Masks are values: operations return new objects and may share arrays with old ones.

    Args:
        buffer: Values of all crops, crop after crop, each row by row, ``uint8`` of shape (M,).
        offsets: Where each crop starts in ``buffer``, of shape (N + 1,).
        boxes_xyxy: Tight boxes in whole pixels, right and bottom ends excluded, of shape (N, 4).
            An empty mask has the box ``0, 0, 0, 0`` and no values.
        height: Height of the image in pixels.
        width: Width of the image in pixels.
    """

    def __init__(
        self,
        buffer: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        boxes_xyxy: NDArray[np.int32],
        height: int,
        width: int,
    ) -> None:
        self.crops = Crops(buffer, offsets, boxes_xyxy, int(height), int(width))

    @classmethod
    def from_crops(cls, crops: Crops) -> CropMasks:
        """Wrap crops that are known to be tight."""
        masks = cls.__new__(cls)
        masks.crops = crops
        return masks

    @classmethod
    def from_rles(cls, rles: Sequence[Mapping[str, Any]], height: int, width: int) -> CropMasks:
        """Decode COCO run lengths; see :func:`mmnuc.ops.codecs.rle.rles_to_crops`."""
        return cls.from_crops(rle.rles_to_crops(rles, height, width))

    @classmethod
    def from_polygons(cls, polygons: Sequence[Sequence[Any]], height: int, width: int) -> CropMasks:
        """Fill polygons, for each mask a list of parts ``x1, y1, x2, y2, ...``."""
        return cls.from_crops(polygons_to_crops(polygons, height, width))

    @classmethod
    def from_label_map(cls, labels: NDArray[np.integer]) -> CropMasks:
        """Cut every instance out of a label map (H, W), in rising order of their numbers."""
        return cls.from_crops(label_map.label_map_to_crops(labels)[0])

    @classmethod
    def from_bitmaps(cls, bitmaps: NDArray[np.uint8] | NDArray[np.bool_]) -> CropMasks:
        """Crop dense masks (N, H, W)."""
        return cls.from_crops(crop_ops.from_bitmaps(bitmaps))

    @property
    def height(self) -> int:
        """Height of the image in pixels."""
        return self.crops.height

    @property
    def width(self) -> int:
        """Width of the image in pixels."""
        return self.crops.width

    @property
    def buffer(self) -> NDArray[np.uint8]:
        """Values of all crops, of shape (M,)."""
        return self.crops.buffer

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each crop starts in the buffer, of shape (N + 1,)."""
        return self.crops.offsets

    @property
    def boxes_xyxy(self) -> NDArray[np.int32]:
        """Tight boxes, right and bottom ends excluded, of shape (N, 4)."""
        return self.crops.boxes_xyxy

    @property
    def areas(self) -> NDArray[np.int64]:
        """Sum of the values of each mask, of shape (N,)."""
        return self.crops.areas

    def crop_array(self, index: int) -> NDArray[np.uint8]:
        """Return one crop as a view of shape (h, w)."""
        return self.crops.crop(index)

    def __len__(self) -> int:
        return len(self.crops)

    def __repr__(self) -> str:
        size = f'height={self.height}, width={self.width}'
        return f'{type(self).__name__}(num_masks={len(self)}, {size})'

    def __getitem__(self, index: Any) -> CropMasks:
        """Select masks by int (as one mask), slice, numbers or booleans (numpy, torch, lists)."""
        if isinstance(index, torch.Tensor):
            index = index.cpu().numpy()
        return self.from_crops(crop_ops.take(self.crops, index))

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Give each mask as a full image (H, W), one at a time."""
        for i in range(len(self)):
            yield self[i].to_ndarray()[0]

    @classmethod
    def cat(cls, masks: Sequence[CropMasks]) -> CropMasks:
        """Put masks of one image size one after the other."""
        if len(masks) == 0:
            raise ValueError('masks should not be an empty list.')
        return cls.from_crops(crop_ops.concatenate([part.crops for part in masks]))

    def to_rles(self) -> list[dict[str, Any]]:
        """Encode as COCO run lengths, byte for byte pycocotools' strings."""
        return rle.crops_to_rles(self.crops)

    def to_label_map(self) -> NDArray[np.int32]:
        """Write mask ``i`` as ``i + 1`` into one map (H, W); later masks win."""
        return label_map.crops_to_label_map(self.crops)

    def to_ndarray(self) -> NDArray[np.uint8]:
        """Write every mask as a full image: (N, H, W), the memory this class avoids."""
        return crop_ops.to_bitmaps(self.crops)

    def astype(self, dtype: type) -> NDArray[np.generic]:
        """Write every mask as a full image of this type, as mmdet's visualizer asks for."""
        return self.to_ndarray().astype(dtype)

    @property
    def masks(self) -> NDArray[np.uint8]:
        """Every mask as a full image (N, H, W), for the parts of mmdet that know only these.

        Of mmdet's transforms ``CopyPaste`` and ``RandomErasing`` ask for it. What is
        assigned to it, in part or as a whole, is cropped again at once.
        """
        return DenseView(self.to_ndarray(), self._replace)

    @masks.setter
    def masks(self, dense: NDArray[np.generic]) -> None:
        self._replace(np.asarray(dense))

    def _replace(self, dense: NDArray[np.generic]) -> None:
        if dense.shape[1:] != (self.height, self.width):
            size = f'{self.height} x {self.width}'
            raise ValueError(f'masks of shape {dense.shape} for an image of {size} pixels')
        self.crops = crop_ops.from_bitmaps(dense.astype(np.uint8, casting='same_kind'))

    def to_tensor(self, dtype: torch.dtype, device: torch.device | str) -> torch.Tensor:
        """Write every mask as a full image, as a tensor (N, H, W)."""
        return torch.from_numpy(self.to_ndarray()).to(device=device, dtype=dtype)

    def rescale(self, scale: float | tuple[int, int], interpolation: str = 'nearest') -> CropMasks:
        """Scale by a factor, or to the largest size within ``scale``, keeping the proportions."""
        width, height = mmcv.rescale_size((self.width, self.height), scale)
        return self.resize((height, width), interpolation)

    def resize(self, out_shape: tuple[int, int], interpolation: str = 'nearest') -> CropMasks:
        """Scale to the size (height, width)."""
        height, width = out_shape
        return self.from_crops(
            crops_resample.resize(self.crops, int(height), int(width), interpolation)
        )

    def flip(self, flip_direction: str = 'horizontal') -> CropMasks:
        """Mirror: ``horizontal``, ``vertical`` or ``diagonal``."""
        return self.from_crops(crops_geometry.flip(self.crops, flip_direction))

    def pad(self, out_shape: tuple[int, int], pad_val: int = 0) -> CropMasks:
        """Add pixels at the bottom and at the right, up to the size (height, width)."""
        height, width = (int(length) for length in out_shape)
        if len(self) == 0:
            return self.from_crops(crop_ops.empty(height, width))
        return self.from_crops(crops_geometry.pad(self.crops, height, width, int(pad_val)))

    def crop(self, bbox: NDArray[np.integer]) -> CropMasks:
        """Cut a box ``x1, y1, x2, y2`` out of the image, first clipped to it."""
        x1, x2 = (int(x) for x in np.clip(bbox[0::2], 0, self.width))
        y1, y2 = (int(y) for y in np.clip(bbox[1::2], 0, self.height))
        box = (x1, y1, max(x2, x1 + 1), max(y2, y1 + 1))
        if len(self) == 0:
            return self.from_crops(crop_ops.empty(box[3] - y1, box[2] - x1))
        return self.from_crops(crops_geometry.crop(self.crops, box))

    def expand(self, expanded_h: int, expanded_w: int, top: int, left: int) -> CropMasks:
        """Place the image inside a larger one, at row ``top`` and column ``left``."""
        if len(self) == 0:
            return self.from_crops(crop_ops.empty(int(expanded_h), int(expanded_w)))
        if top < 0 or left < 0 or top + self.height > expanded_h or left + self.width > expanded_w:
            raise ValueError(
                f'an image of {self.height} x {self.width} pixels at row {top}, column {left} '
                f'does not fit into {expanded_h} x {expanded_w}'
            )
        return self.from_crops(
            crops_geometry.shift(self.crops, left, top, int(expanded_h), int(expanded_w))
        )

    def crop_and_resize(
        self,
        bboxes: Any,
        out_shape: tuple[int, int],
        inds: Any,
        device: torch.device | str = 'cpu',  # noqa: ARG002
        interpolation: str = 'bilinear',  # noqa: ARG002
        binarize: bool = True,
    ) -> BitmapMasks:
        """Sample mask ``inds[k]`` inside box ``k``, as mask targets are made.

        Args:
            bboxes: Boxes of shape (K, 4), array or tensor.
            out_shape: Height and width of the samples.
            inds: The mask of each box, of shape (K,), array or tensor.
            device: Unused; the crops are sampled on the CPU.
            interpolation: Unused, as in mmdet.
            binarize: Give ``bool`` instead of averages.

        Returns:
            mmdet's ``BitmapMasks``, as these K small images are dense by nature.
        """
        height, width = out_shape
        if len(self) == 0:
            return BitmapMasks(np.empty((0, height, width), np.uint8), height, width)
        rois = torch.as_tensor(bboxes, dtype=torch.float32, device='cpu').detach().numpy()
        rows = torch.as_tensor(inds, dtype=torch.int64, device='cpu').numpy()
        averages = roi_align(self.crops, rois.reshape(-1, 4), rows, height, width)
        return BitmapMasks(averages >= 0.5 if binarize else averages, height, width)

    def translate(
        self,
        out_shape: tuple[int, int],
        offset: float | tuple[float, float],
        direction: str = 'horizontal',
        border_value: int | tuple[int, ...] = 0,
        interpolation: str = 'bilinear',
    ) -> CropMasks:
        """Move by ``offset`` pixels and cut or fill up to the size (height, width).

        Args:
            out_shape: Size of the new image.
            offset: Pixels to the right or down, or both for the direction ``both``.
            direction: ``horizontal``, ``vertical`` or ``both``.
            border_value: What comes in from outside.
            interpolation: How fractions of a pixel are blended.
        """
        height, width = (int(length) for length in out_shape)
        if direction not in ('horizontal', 'vertical', 'both'):
            raise ValueError(f'Invalid direction: {direction}')
        right, down = get_offsets_hv(offset, direction)
        borders = _borders(border_value, len(self))
        placed = crops_geometry.shift(self.crops, 0, 0, height, width)
        if not any(borders) and right == int(right) and down == int(down):
            moved = crops_geometry.shift(placed, int(right), int(down), height, width)
        else:
            matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
            moved = warp(placed, matrix, interpolation, borders)
        return self.from_crops(moved)

    def shear(
        self,
        out_shape: tuple[int, int],
        magnitude: float,
        direction: str = 'horizontal',
        border_value: int | tuple[int, ...] = 0,
        interpolation: str = 'bilinear',
    ) -> CropMasks:
        """Shear by ``magnitude`` in an image of the same size (height, width)."""
        if direction not in ('horizontal', 'vertical'):
            raise ValueError(f'Invalid direction: {direction}')
        matrix = np.eye(2, 3, dtype=np.float32)
        matrix[(0, 1) if direction == 'horizontal' else (1, 0)] = magnitude
        return self._warp(out_shape, matrix, interpolation, _borders(border_value, len(self)))

    def rotate(
        self,
        out_shape: tuple[int, int],
        angle: float,
        center: tuple[float, float] | None = None,
        scale: float = 1.0,
        border_value: int = 0,
        interpolation: str = 'bilinear',
    ) -> CropMasks:
        """Rotate by ``angle`` degrees, clockwise, in an image of the same size (height, width)."""
        if center is None:
            center = ((self.width - 1) * 0.5, (self.height - 1) * 0.5)
        matrix = np.asarray(cv2.getRotationMatrix2D(center, -angle, scale), np.float64)
        # cv2 takes a number for the first of four channels.
        return self._warp(out_shape, matrix, interpolation, (border_value, 0, 0, 0))

    def _warp(
        self,
        out_shape: tuple[int, int],
        matrix: NDArray[np.floating],
        interpolation: str,
        borders: tuple[int, ...],
    ) -> CropMasks:
        height, width = out_shape
        if len(self) == 0:
            return self.from_crops(crop_ops.empty(int(height), int(width)))
        if (height, width) != (self.height, self.width):
            sizes = f'{self.height} x {self.width} to {height} x {width}'
            raise ValueError(f'the image cannot change its size here, from {sizes}')
        return self.from_crops(warp(self.crops, matrix, interpolation, borders))

    def get_bboxes(self, dst_type: str | type[BaseBoxes] = 'hbox') -> BaseBoxes:
        """Return the tight boxes as mmdet's; an empty mask has the box ``0, 0, 0, 0``."""
        _, box_type = get_box_type(dst_type)
        boxes = HorizontalBoxes(torch.from_numpy(self.boxes_xyxy.astype(np.float32)))
        return boxes if box_type is HorizontalBoxes else boxes.convert_to(box_type)


def _borders(value: int | tuple[int, ...], n: int) -> tuple[int, ...]:
    """Return the values that cv2 gives to masks 0, 1, 2 and 3 of four, as mmcv hands them over."""
    values = (value,) * n if isinstance(value, int) else value
    if len(values) != n:
        raise ValueError(f'{len(values)} border values for {n} masks')
    return (*values[:3], 0, 0, 0, 0)[:4]
