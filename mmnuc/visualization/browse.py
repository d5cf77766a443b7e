"""Draw the ground truth of a data set, as it lies on the disk or as the network sees it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmdet.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from numpy.typing import NDArray
from tqdm import tqdm

from mmnuc.errors import UserError
from mmnuc.visualization.layers import ground_truth_layer
from mmnuc.visualization.panels import Look, contact_sheet, draw_side_by_side
from mmnuc.visualization.picture_file import write_picture

RAW_PIPELINE: list[dict[str, Any]] = [
    {'type': 'mmnuc.LoadNucleiImage'},
    {'type': 'mmnuc.LoadNucleiAnnotations', 'with_bbox': True, 'with_mask': True},
    {'type': 'PackDetInputs'},
]
_CELL = 400  # longer side of an image on the contact sheet, in pixels
_SHEET = 60  # images on it


def browse_dataset(
    cfg: Config,
    split: str,
    out: Path,
    *,
    raw: bool = True,
    limit: int | None = None,
    look: Look | None = None,
    seed: int = 0,
) -> list[Path]:
    """Write a picture of each image with its ground truth, and a contact sheet of the first ones.

    Args:
        cfg: An experiment's config.
        split: ``'train'``, ``'val'`` or ``'test'``.
        out: Folder for the pictures, named like the images, and ``contact_sheet.png``.
        raw: Images as they are on the disk, read as the split's pipeline reads them; otherwise
            what that pipeline makes of them.
        limit: Draw this many images at most.
        look: How to draw.
        seed: Of the pipeline's random steps.

    Returns:
        The pictures, the contact sheet last.

    Raises:
        UserError: The config has no such split, or the split holds no images.
    """
    look = look or Look()
    set_random_seed(seed)
    dataset = build_dataset(cfg, split, raw)
    classes = dataset.metainfo.get('classes') or ()
    count = len(dataset) if limit is None else min(limit, len(dataset))
    if not count:
        raise UserError(f'no images to draw: the {split} split of the config holds none')
    written: list[Path] = []
    thumbnails = []
    for index in tqdm(range(count), desc='drawing', unit='image'):
        sample = dataset[index]
        image = _image(sample)
        name = Path(sample['data_samples'].get('img_path', f'{index}')).name
        instances = sample['data_samples'].gt_instances
        layer = ground_truth_layer(instances, (image.shape[0], image.shape[1]), classes)
        path = out / _unused(Path(name).stem, written)
        written.append(write_picture(path, draw_side_by_side(image, layer, name=name, look=look)))
        if index < _SHEET:
            small = Look(look.style, fill=look.fill, scale=_CELL / max(image.shape[:2]))
            thumbnails.append(draw_side_by_side(image, layer, name=name, look=small))
    written.append(write_picture(out / 'contact_sheet.png', contact_sheet(thumbnails)))
    return written


def build_dataset(cfg: Config, split: str, raw: bool) -> Any:
    """Build the data set of a split.

    Args:
        cfg: An experiment's config.
        split: ``'train'``, ``'val'`` or ``'test'``.
        raw: Replace its pipeline by one that only loads.

    Returns:
        The data set.

    Raises:
        UserError: The config has no such split.
    """
    loader = cfg.get(f'{split}_dataloader')
    if loader is None:
        raise UserError(f'the config has no {split}_dataloader')
    init_default_scope(cfg.get('default_scope', 'mmdet'))
    dataset = copy.deepcopy(loader['dataset'])
    return DATASETS.build(_without_pipeline(dataset) if raw else dataset)


def _without_pipeline(dataset: dict[str, Any]) -> dict[str, Any]:
    """Make a data set, or those that it wraps, load and do nothing else."""
    if 'datasets' in dataset:  # ConcatDataset
        dataset['datasets'] = [_without_pipeline(part) for part in dataset['datasets']]
        return dataset
    if 'dataset' in dataset:
        # RepeatDataset would show everything again, MultiImageMixDataset mixed.
        return _without_pipeline(dataset['dataset'])
    dataset['pipeline'] = [*(_own_reader(dataset) or RAW_PIPELINE[:1]), *RAW_PIPELINE[1:]]
    return dataset


def _own_reader(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    """The step that reads images, where it may choose a channel or a series of them."""
    steps = dataset.get('pipeline') or []
    return [dict(step) for step in steps if step.get('type') == RAW_PIPELINE[0]['type']][:1]


def _image(sample: dict[str, Any]) -> NDArray[np.uint8]:
    """The packed image as RGB of shape (H, W, 3); pipelines pack BGR of shape (3, H, W)."""
    image = sample['inputs'].numpy().transpose(1, 2, 0)
    return np.ascontiguousarray(image[..., ::-1])


def _unused(stem: str, written: Sequence[Path]) -> str:
    """A file name that no picture has yet: images of two folders may be called the same."""
    taken = {path.name for path in written}
    names = [f'{stem}.png', *(f'{stem}_{number}.png' for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
