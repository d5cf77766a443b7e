"""A network and its test pipeline as a function: tiles in, nuclei out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.dataset import pseudo_collate
from numpy.typing import NDArray

from mmnuc.inference.pipeline import reads_files
from mmnuc.inference.tile_model import Tile
from mmnuc.stitching.fusion import to_probabilities
from mmnuc.structures.host import from_instances
from mmnuc.structures.nuclei import Nuclei


class Predictor:
    """A network: call it with tiles, and it returns the nuclei of each.

    Several threads may call it; they take turns.

    Args:
        network: A detector of mmdet that predicts masks.
        pipeline: What its config does to an image after it is read.
        class_names: Names of its classes.
        finish: The experiment's post-processing, for all nuclei of an image.
        before: The lowest score of the network that ``finish`` can make a given one of; by default
            that one, for most post-processing only lowers scores.
        pixel_size: Micrometres a pixel of its training images, where they are known.
        diameter: Diameter of the nuclei that it was trained on in pixels, where it is known.

    Attributes:
        stride: Side of the smallest image that the network sees as more than one pixel at every
            level; tiles that start at its multiples look the same to it.
        mask_threshold: Probability from which on a pixel belongs to a nucleus.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        pipeline: Sequence[dict[str, Any]],
        class_names: Sequence[str],
        finish: Callable[[Nuclei], Nuclei] | None = None,
        pixel_size: float | None = None,
        diameter: float | None = None,
        before: Callable[[float], float] = float,
    ) -> None:
        self.network = network
        self.before = before
        self.pixel_size = pixel_size
        self.diameter = diameter
        self.class_names = tuple(class_names)
        self.finish = finish
        self.stride = max(1, getattr(network.data_preprocessor, 'pad_size_divisor', 1))
        self.mask_threshold = float(
            (_settings_with(network, 'mask_thr_binary') or {}).get('mask_thr_binary', 0.5)
        )
        self._pipeline = Compose([step for step in pipeline if not reads_files(step)])
        self._turn = threading.RLock()

    def __call__(self, tiles: Sequence[Tile]) -> list[Nuclei]:
        """Find the nuclei of a batch of tiles, before post-processing.

        Args:
            tiles: RGB images of shape (h, w, 3).

        Returns:
            The nuclei of each, in its coordinates.

        Raises:
            ValueError: A tile is not an RGB image of 8 bits, or the network predicts no masks.
        """
        return self._predict(tiles, 1.0)

    def probabilities(self, tiles: Sequence[Tile], scale: float = 1.0) -> list[Nuclei]:
        """Find the nuclei of a batch of tiles, with the probability of each pixel.

        Args:
            tiles: RGB images of shape (h, w, 3).
            scale: How much larger than usual the network sees them.

        Returns:
            The nuclei of each tile, in its coordinates, with masks of whole numbers of 0 to 255. A
            network whose masks come without probabilities gives 0 and 255.
        """
        settings = _settings_with(self.network, 'mask_thr_binary')
        with self._turn, _replaced(settings, 'mask_thr_binary', -1):
            found = self._predict(tiles, scale)
        return found if settings is not None else [to_probabilities(nuclei) for nuclei in found]

    @contextmanager
    def above(self, score: float) -> Iterator[None]:
        """For a while, don't look at anything the network is less sure of: it saves its mask.

        What is found of at least this score, after post-processing, is as without, since only what
        scores more can change or drop a nucleus.

        Args:
            score: Confidence from which a nucleus counts.
        """
        settings = _settings_with(self.network, 'score_thr')
        # mmdet keeps what is above, not what is equal.
        below = float(np.nextafter(np.float32(self.before(score)), np.float32(-np.inf)))
        limit = max(below, (settings or {}).get('score_thr', 0.0))
        with self._turn, _replaced(settings, 'score_thr', limit):
            yield

    def to(self, device: str | torch.device) -> Predictor:
        """Compute there from now on."""
        with self._turn:
            self.network.to(device)
        return self

    def _predict(self, tiles: Sequence[Tile], scale: float) -> list[Nuclei]:
        if not tiles:
            return []
        batch = pseudo_collate([self._pack(tile, scale) for tile in tiles])
        with self._turn, torch.inference_mode():
            # Not test_step: whole images are post-processed, and that is where hooks put it.
            network: Any = self.network
            data = network.data_preprocessor(batch, False)
            samples = network(**data, mode='predict')
        if any('masks' not in sample.pred_instances for sample in samples):
            raise ValueError('the network predicts no masks; an instance segmenter is wanted')
        return [from_instances(sample.pred_instances, self.class_names) for sample in samples]

    def _pack(self, tile: Tile, scale: float) -> dict[str, Any]:
        packed = self._pipeline(_results(tile, scale))
        sample = packed['data_samples']
        (height, width), (seen_h, seen_w) = tile.shape[:2], sample.img_shape[:2]
        # mmdet's transforms count from the image they are given, which may be scaled already.
        sample.set_metainfo(
            dict(ori_shape=(height, width), scale_factor=(seen_w / width, seen_h / height))
        )
        return packed


def _results(tile: Tile, scale: float) -> dict[str, Any]:
    """What a test pipeline knows once an image file is read."""
    if tile.dtype != np.uint8 or tile.ndim != 3 or tile.shape[2] != 3 or not tile.size:
        raise ValueError(
            f'a tile must be an RGB image (h, w, 3) of uint8, not {tile.shape} of {tile.dtype}'
        )
    image: NDArray[Any] = np.ascontiguousarray(tile[..., ::-1])  # pipelines of mmdet hold BGR
    if scale != 1:
        height, width = (max(1, round(side * scale)) for side in tile.shape[:2])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    shape = image.shape[:2]
    return dict(
        img=image, img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0), img_id=0, img_path=''
    )


def _settings_with(network: torch.nn.Module, key: str) -> Any:
    """The settings of the head of regions, if there is one and it has this setting."""
    settings = getattr(getattr(network, 'roi_head', None), 'test_cfg', None)
    return settings if settings is not None and key in settings else None


@contextmanager
def _replaced(settings: Any, key: str, value: float) -> Iterator[None]:
    if settings is None:
        yield
        return
    before = settings[key]
    settings[key] = value
    try:
        yield
    finally:
        settings[key] = before
