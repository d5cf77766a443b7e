"""Tests and validations with tiles and test-time augmentation, by config."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any, Literal

from mmcv.transforms import Compose
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmnuc.engine.checkpoints.network import load_network
from mmnuc.engine.config import read_config
from mmnuc.engine.hooks.post_process import PostProcessHook
from mmnuc.errors import UserError
from mmnuc.images import Picture, ReadOptions, open_image
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.choose_scale import Diameter, choose_scale
from mmnuc.inference.pipeline import (
    class_names_of,
    image_steps,
    pipeline_of,
    training_scale_of,
)
from mmnuc.inference.predictor import Predictor
from mmnuc.inference.scale import in_own_pixels
from mmnuc.inference.tile_model import TileModel
from mmnuc.inference.tiles import DEFAULT_RULES, Tiling, segment_tiles
from mmnuc.inference.tta import Ensemble
from mmnuc.registry import HOOKS, MODELS
from mmnuc.structures.host import POST_PROCESSED, to_instances
from mmnuc.structures.nuclei import Nuclei

_BY_RULE = ReadOptions()


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
        pixel_size: Micrometres a pixel of the test images, or ``'auto'`` for what each file says.
            Where the config states the model's (top-level ``pixel_size``), images of other pixels
            are read at the model's scale, and what is found comes back in their own pixels. By
            default images are seen as they are.
        diameter: Diameter of the nuclei of the test images in pixels, to set the scale by it and
            the config's own ``diameter``; ``'auto'`` finds it image by image.
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
        pixel_size: float | Sequence[float] | Literal['auto'] | None = None,
        diameter: float | Literal['auto'] | None = None,
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
        by_file = pixel_size == 'auto'
        self.seeing = Seeing(None if by_file else size_of(pixel_size), by_file, diameter)

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
        own = Predictor(network, pipeline, names, None, *training_scale_of(runner.cfg))
        models = [self._augmented(own)]
        for other in self.ensemble:
            cfg = read_config(Path(other['config']))
            network = load_network(cfg, other['checkpoint']).to(get_device())
            predictor = Predictor(
                network, pipeline_of(cfg), class_names_of(cfg), None, *training_scale_of(cfg)
            )
            models.append(self._augmented(predictor))
        model = Ensemble(models, self.weights) if self.ensemble else models[0]
        images = WholeImages(model, self.tiling, pipeline, self.seeing, _chain_of(runner))
        setattr(runner.model, f'{kind}_step', images)

    def _augmented(self, model: TileModel) -> TileModel:
        if self.tta is None:
            return model
        return MODELS.build(dict(self.tta), default_args=dict(model=model, _scope_='mmnuc'))


@dataclass(frozen=True)
class Seeing:
    """At which scale test images are seen.

    Args:
        size: Micrometres of their pixels.
        by_file: Whether each file says it.
        diameter: Diameter of their nuclei in pixels, or ``'auto'``.
    """

    size: PixelSize | None = None
    by_file: bool = False
    diameter: Diameter | None = None

    @property
    def as_they_are(self) -> bool:
        """Whether nothing was asked for."""
        return self.size is None and not self.by_file and self.diameter is None

    def size_of(self, path: str, options: ReadOptions = _BY_RULE) -> PixelSize | None:
        """Micrometres of the pixels of a file, of which the same is read as by the pipeline."""
        if not self.by_file:
            return self.size
        image = open_image(path, options)
        try:
            return PixelSize.of(image.pixel_size)
        finally:
            image.close()


AS_THEY_ARE = Seeing()


def size_of(pixel_size: Any) -> PixelSize | None:
    """Take one number, or a pair for width and height, as configs write it.

    Raises:
        UserError: It is none of these.

    Example:
        >>> size_of([0.5, 0.25])
        PixelSize(x=0.5, y=0.25, source='')
    """
    try:
        if isinstance(pixel_size, (list, tuple)):
            x, y = map(float, pixel_size)
            return PixelSize(x, y)
        return PixelSize.of(pixel_size)
    except (TypeError, ValueError) as error:
        raise UserError(f'SegmentHook(pixel_size={pixel_size!r}): {error}') from error


def _chain_of(runner: Runner) -> Callable[[Nuclei], Nuclei] | None:
    """The post-processing that a run attaches to its model."""
    hook = next((hook for hook in runner.hooks if isinstance(hook, PostProcessHook)), None)
    return None if hook is None else hook.chain.on


class WholeImages:
    """Stands in for a model's ``test_step``: reads each image again and segments it.

    The batch of a data loader holds what the network is to see of the whole image; tiles and
    augmentations are made of the image as it is. What is seen at another scale is post-processed at
    that scale here, and marked so.

    Args:
        model: What sees.
        tiling: How images are cut.
        pipeline: The test pipeline, whose first steps read the image.
        seeing: At which scale images are seen.
        finish: The post-processing of the experiment.
    """

    def __init__(
        self,
        model: TileModel,
        tiling: Tiling,
        pipeline: list[dict[str, Any]],
        seeing: Seeing = AS_THEY_ARE,
        finish: Callable[[Nuclei], Nuclei] | None = None,
    ) -> None:
        self.model = model
        self.tiling = tiling
        self.seeing = seeing
        self.finish = finish
        self._read = Compose(image_steps(pipeline))
        found = (getattr(step, 'options', None) for step in self._read.transforms)
        self._options = next((one for one in found if one is not None), _BY_RULE)

    def __call__(self, batch: Mapping[str, Any]) -> list[Any]:
        """Segment the images of a batch; return its samples with ``pred_instances``."""
        return [self._segment(sample) for sample in batch['data_samples']]

    def _segment(self, sample: Any) -> Any:
        done = sample.clone()
        try:
            image = self._image(sample.img_path)
            if self.seeing.as_they_are:
                nuclei = segment_tiles(image, self.model, self.tiling)
            else:
                nuclei = self._at_scale(image, sample.img_path, done)
        except ValueError as error:
            raise UserError(f'{sample.img_path}: {error}') from error
        done.pred_instances = to_instances(nuclei)
        return done

    def _at_scale(self, image: Picture, path: str, done: Any) -> Nuclei:
        size = self.seeing.size_of(path, self._options)
        scale = choose_scale(image, self.model, size, self.seeing.diameter)
        if scale.about:
            print_log(f'{path}: {scale.about}', 'current')
        seen_size = scale.pixel_size(size)
        seen = scale.view(image)
        nuclei = segment_tiles(seen, self.model, self.tiling, pixel_size=seen_size)
        if not scale.changes:
            return nuclei
        if self.finish is not None:
            nuclei = self.finish(nuclei)
            done.set_metainfo({POST_PROCESSED: True})
        return in_own_pixels(nuclei, image, size)

    def _image(self, path: str) -> Picture:
        bgr = self._read(dict(img_path=path, img_id=0))['img']
        return Picture(bgr[..., ::-1])
