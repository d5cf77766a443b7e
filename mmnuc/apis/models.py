"""A trained model as a function: tiles in, nuclei out."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from types import TracebackType

import torch
from mmengine.config import Config

from mmnuc.apis.model_zoo.pretrained import with_weights
from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.checkpoints.network import load_network
from mmnuc.engine.config import read_config
from mmnuc.errors import UserError
from mmnuc.inference.optimize.network import optimize_network
from mmnuc.inference.pipeline import class_names_of, pipeline_of, training_scale_of
from mmnuc.inference.predictor import Predictor
from mmnuc.models.post_processing import Chain, chain_of


class Model(Predictor):
    """A trained model: call it with a list of tiles, and it returns the nuclei of each.

    Several threads may call it; they take turns. As a context manager it frees the GPU at the end.
    ``pixel_size`` and ``diameter`` are those of its training, as its config states them.
    """

    device = torch.device('cpu')

    def to(self, device: str | torch.device) -> Model:
        """Compute there from now on."""
        super().to(device)
        self.device = torch.device(device)
        return self

    def release(self) -> None:
        """Free the GPU: the model goes on from main memory; :meth:`to` takes it back."""
        was = self.device
        self.to('cpu')
        if was.type == 'cuda':
            torch.cuda.empty_cache()

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def load(
    config: str | Path | Config = 'histology',
    checkpoint: str | Path | None = None,
    device: str | None = None,
    *,
    fast: bool | None = None,
    trust: bool = False,
) -> Model:
    """Load a trained model once, to call it many times.

    Args:
        config: A model that comes with the project, ``'histology'`` or ``'fluorescence'``; or the
            experiment: a config file, or a config that was read already.
        checkpoint: The experiment's weights.
        device: ``cuda``, ``cuda:1``, ``cpu`` and so on; by default a GPU where there is one.
        fast: Compute in half precision where the processor can, about twice as fast, with
            scores that differ in the second digit. By default for models that come with the
            project.
        trust: Open a checkpoint that holds more than tensors and plain data. It may run any
            program.

    Returns:
        The model. But for ``fast``, everything after the image file is read is as in
        ``mmnuc test``.

    Raises:
        UserError: A file is missing or can't be read, the weights are not of this model or not
            plain, or there is no such device.

    Example:
        >>> import numpy as np
        >>> from mmnuc.apis import load, segment
        >>> model = load()
        >>> segment(np.full((64, 64, 3), 255, np.uint8), model)
        Nuclei(0 nuclei in 64 x 64 pixels)
    """
    fast = checkpoint is None if fast is None else fast
    config, checkpoint = with_weights(config, checkpoint)
    cfg = read_config(Path(config)) if isinstance(config, (str, Path)) else deepcopy(config)
    with weights_only(not trust):
        network = load_network(cfg, checkpoint)
    if fast:
        optimize_network(network)
    classes, scale = class_names_of(cfg), training_scale_of(cfg)
    chain = chain_of(cfg) or Chain()
    finish = chain.on if len(chain) else None
    model = Model(network, pipeline_of(cfg), classes, finish, *scale, before=chain.before)
    try:
        return model.to(device or ('cuda' if torch.cuda.is_available() else 'cpu'))
    except RuntimeError as error:
        raise UserError(f'cannot use the device {device}: {error}') from error


@cache
def pretrained(name: str) -> Model:
    """Return a model that comes with the project; it is loaded once in a process.

    Args:
        name: ``'histology'`` or ``'fluorescence'``.

    Raises:
        UserError: There is no such model.
    """
    return load(name)
