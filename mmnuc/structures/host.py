"""The door between the host and us: the one file that knows how mmdet and torch hold things.

Tensors of any device and precision, mmdet's boxes around them, and masks in every layout come in
as NumPy arrays and :class:`~mmnuc.ops.crops.Crops`; the ``InstanceData`` of an image comes in as
:class:`~mmnuc.structures.Nuclei`, and goes out again. Nothing here imports the host before
something goes out to it: what is no tensor needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops import crops as crop_ops
from mmnuc.ops.codecs.rle import crops_to_rles, rles_to_crops
from mmnuc.ops.crops import Crops

if TYPE_CHECKING:
    from mmengine.structures import InstanceData

    from mmnuc.structures.nuclei import Nuclei

Size = tuple[int, int]

# In the metainfo of a sample: its instances are post-processed already, at another scale.
POST_PROCESSED = 'post_processed'


def to_numpy(values: Any) -> NDArray[Any]:
    """Return numbers as an array of the same type.

    Args:
        values: An array, a list, a tensor on any device, or mmdet's boxes around one.

    Returns:
        The array; a tensor of a type that NumPy does not know, such as bfloat16, becomes float32.

    Example:
        >>> import torch
        >>> to_numpy(torch.tensor([0.5, 2], dtype=torch.bfloat16))
        array([0.5, 2. ], dtype=float32)
    """
    values = getattr(values, 'tensor', values)
    if not hasattr(values, 'detach'):
        return np.asarray(values)
    tensor = values.detach().cpu()
    try:
        array: NDArray[Any] = tensor.numpy()
    except TypeError:
        array = tensor.float().numpy()
    return array


def to_crops(masks: Any, size_hw: Size | None = None, *, resize: bool = False) -> Crops:
    """Take masks in any of the host's layouts.

    Values of 8 bits stay as they are, probabilities of 0 to 255 too; of any other type what is
    above 0 is inside. No masks at all fit an image of any size.

    Args:
        masks: :class:`~mmnuc.structures.CropMasks`, ``Crops``, mmdet's ``BitmapMasks`` or
            ``PolygonMasks``, a tensor or array of shape (N, H, W), or a list of COCO run lengths.
        size_hw: Height and width of the image, where they are known.
        resize: Scale mmdet's masks and ours to the image instead of refusing them.

    Returns:
        The N masks.

    Raises:
        TypeError: The masks are of another kind.
        ValueError: They are of another size than the image, or an array of another shape.

    Example:
        >>> to_crops(np.array([[[0.0, 0.25], [0.0, 0.75]]])).boxes_xyxy.tolist()
        [[1, 0, 2, 2]]
        >>> to_crops(np.ones((1, 2, 2), bool), (4, 5))
        Traceback (most recent call last):
        ...
        ValueError: masks are 2 x 2, the image is 4 x 5
    """
    if isinstance(masks, (list, tuple)):
        height, width = _size_of(masks, size_hw)
        return rles_to_crops(masks, height, width)
    if resize and size_hw is not None and hasattr(masks, 'to_ndarray'):
        masks = masks if (masks.height, masks.width) == size_hw else masks.resize(size_hw)
    crops = _crops(masks)
    if size_hw is None:
        return crops
    if len(crops) == 0:
        return crop_ops.empty(*size_hw)
    _check((crops.height, crops.width), size_hw)
    return crops


def to_rles(masks: Any, size_hw: Size) -> list[dict[str, Any]]:
    """Take masks in any of the host's layouts as COCO run lengths.

    Args:
        masks: As for :func:`to_crops`; compressed run lengths stay what they are.
        size_hw: Height and width of the image.

    Raises:
        TypeError: The masks are of another kind.
        ValueError: They are of another size than the image, or an array of another shape.

    Example:
        >>> to_rles(np.ones((1, 2, 2), bool), (2, 2))
        [{'size': [2, 2], 'counts': '04'}]
    """
    if not isinstance(masks, (list, tuple)):
        return crops_to_rles(to_crops(masks, size_hw))
    # Only here: what makes nuclei of arrays needs no library for COCO's json.
    from mmnuc.coco.segmentation import segmentation_to_rle

    height, width = _size_of(masks, size_hw)
    return [segmentation_to_rle(rle, height, width) for rle in masks]


def from_instances(
    instances: InstanceData, class_names: Sequence[str] = ('nucleus',), **rest: Any
) -> Nuclei:
    """Take what a model of mmdet predicted.

    Args:
        instances: ``pred_instances``, with ``scores``, ``labels`` and ``masks`` as for
            :func:`to_crops`.
        class_names: Names of the classes.
        **rest: ``pixel_size``.

    Example:
        >>> from mmengine.structures import InstanceData
        >>> found = dict(scores=[0.5], labels=[0], masks=np.ones((1, 2, 2), bool))
        >>> from_instances(InstanceData(**found)).areas.tolist()
        [4]
    """
    # The two know each other: nuclei take tensors as scores too.
    from mmnuc.structures.nuclei import Nuclei

    crops = to_crops(instances.masks)
    return Nuclei(crops, instances.scores, instances.labels, tuple(class_names), **rest)


def to_instances(nuclei: Nuclei) -> InstanceData:
    """Return nuclei as mmdet's evaluators take them; boxes hug the masks.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> to_instances(Nuclei.from_label_map(np.eye(2, dtype=int))).bboxes.tolist()
        [[0.0, 0.0, 2.0, 2.0]]
    """
    import torch
    from mmengine.structures import InstanceData

    return InstanceData(
        bboxes=torch.from_numpy(nuclei.boxes_xyxy).float(),
        scores=torch.from_numpy(nuclei.scores),
        labels=torch.from_numpy(nuclei.labels),
        masks=nuclei.masks,
    )


def _crops(masks: Any) -> Crops:
    """Masks of any layout but run lengths, in their own size."""
    if isinstance(masks, Crops):
        return masks
    if isinstance(getattr(masks, 'crops', None), Crops):
        crops: Crops = masks.crops
        return crops
    if hasattr(masks, 'to_ndarray'):
        dense = to_numpy(masks.to_ndarray())
    elif isinstance(masks, np.ndarray) or hasattr(masks, 'detach'):
        dense = to_numpy(masks)
    else:
        raise TypeError(f'no masks: {type(masks).__name__}')
    return crop_ops.from_bitmaps(dense if dense.dtype in (np.uint8, np.bool_) else dense > 0)


def _size_of(rles: Sequence[Any], size_hw: Size | None) -> Size:
    """The size of the image of run lengths, all the same."""
    if size_hw is None:
        if not rles:
            raise ValueError('no run lengths do not tell the size of their image: name it')
        size_hw = tuple(rles[0]['size'])
    for rle in rles:
        _check(tuple(rle['size']), size_hw)
    return size_hw


def _check(seen: Size, size_hw: Size) -> None:
    if seen != tuple(size_hw):
        raise ValueError(
            f'masks are {seen[0]} x {seen[1]}, the image is {size_hw[0]} x {size_hw[1]}'
        )
