"""Tests and validations with tiles and test-time augmentation, by config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from mmcv.transforms import Compose
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmnuc.engine.checkpoints.network import load_network
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError
from mmnuc.images import Picture
from mmnuc.inference.pipeline import class_names_of, image_steps, pipeline_of
from mmnuc.inference.predictor import Predictor
from mmnuc.inference.tile_model import TileModel
from mmnuc.inference.tiles import DEFAULT_RULES, Tiling, segment_tiles
from mmnuc.inference.tta import Ensemble
from mmnuc.registry import HOOKS, MODELS
from mmnuc.structures.host import to_instances


@HOOKS.register_module()
class SegmentHook(Hook):
    """Make tests and validations see images as :func:`mmnuc.apis.segment` does.

    Tiles are stitched and augmentations are averaged before post-processing and the evaluators see
    anything.

    Args:
        tile: Side of the tiles in pixels; None for the whole image at once.
        overlap: Pixels that neighbours share; 0 cuts the image into parts.
        batch_size: Tiles that the model gets at once.
        merge: Put nuclei that were cut together again. Without it every fragment is a nucleus, as
            where parts are tested one by one.
        tta: Settings of test-time augmentation, such as
            ``dict(type='mmnuc.NucleiTTA', turns=False)``.
        ensemble: More models to ask, each ``dict(config=..., checkpoint=...)``; what all see is
            averaged.
        weights: How much each model counts, this one first; by default all count the same.
        mend: What ``merge`` was called before; configs that say it are still read.

    Raises:
        ValueError: The overlap does not fit the tile.
    """

    def __init__(
        self,
        tile: int | None = None,
        overlap: int = 0,
        batch_size: int = 1,
        merge: bool = True,
        tta: Mapping[str, Any] | None = None,
        ensemble: Sequence[Mapping[str, str]] = (),
        weights: Sequence[float] | None = None,
        *,
        mend: bool = True,
    ) -> None:
        rules = DEFAULT_RULES
        if not (merge and mend):
            rules = replace(rules, overlap=inf, contact=inf)
        self.tiling = Tiling(tile, overlap, batch_size, rules)
        self.tta = tta
        self.ensemble = ensemble
        self.weights = weights

    def before_test(self, runner: Runner) -> None:
        """Put the tiles in front of the model."""
        self._attach(runner, 'test')

    def before_val(self, runner: Runner) -> None:
        """Put the tiles in front of the model."""
        self._attach(runner, 'val')

    def after_test(self, runner: Runner) -> None:
        """Leave the model as it was."""
        vars(runner.model).pop('test_step', None)

    def after_val(self, runner: Runner) -> None:
        """Leave the model as it was."""
        vars(runner.model).pop('val_step', None)

    def _attach(self, runner: Runner, kind: str) -> None:
        network = runner.model.module if is_model_wrapper(runner.model) else runner.model
        loader = f'{kind}_dataloader'
        pipeline = pipeline_of(runner.cfg, loader)
        names = class_names_of(runner.cfg, loader)
        models = [self._augmented(Predictor(network, pipeline, names))]
        for other in self.ensemble:
            cfg = read_config(Path(other['config']))
            network = load_network(cfg, other['checkpoint']).to(get_device())
            predictor = Predictor(network, pipeline_of(cfg), class_names_of(cfg))
            models.append(self._augmented(predictor))
        model = Ensemble(models, self.weights) if self.ensemble else models[0]
        setattr(runner.model, f'{kind}_step', WholeImages(model, self.tiling, pipeline))

    def _augmented(self, model: TileModel) -> TileModel:
        if self.tta is None:
            return model
        return MODELS.build(dict(self.tta), default_args=dict(model=model, _scope_='mmnuc'))


class WholeImages:
    """Stands in for a model's ``test_step``: reads each image again and segments it.

    The batch of a data loader holds what the network is to see of the whole image; tiles and
    augmentations are made of the image as it is.
    """

    def __init__(self, model: TileModel, tiling: Tiling, pipeline: list[dict[str, Any]]) -> None:
        self.model = model
        self.tiling = tiling
        self._read = Compose(image_steps(pipeline))

    def __call__(self, batch: Mapping[str, Any]) -> list[Any]:
        """Segment the images of a batch; return its samples with ``pred_instances``."""
        return [self._segment(sample) for sample in batch['data_samples']]

    def _segment(self, sample: Any) -> Any:
        try:
            nuclei = segment_tiles(self._image(sample.img_path), self.model, self.tiling)
        except ValueError as error:
            raise UserError(f'{sample.img_path}: {error}') from error
        done = sample.clone()
        done.pred_instances = to_instances(nuclei)
        return done

    def _image(self, path: str) -> Picture:
        bgr = self._read(dict(img_path=path, img_id=0))['img']
        return Picture(bgr[..., ::-1])
