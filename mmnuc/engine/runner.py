"""mmengine's runner, with checkpoints that are whole and fit."""

import errno
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import master_only
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from mmengine.visualization import Visualizer
from torch.nn import Conv2d, ConvTranspose2d, Module
from torch.utils.data import DataLoader

from mmnuc.atomic import atomic_path
from mmnuc.engine.checkpoints import weights
from mmnuc.engine.freezing import freeze
from mmnuc.engine.hooks import DataSummaryHook, InterruptionHook, LossGuardHook
from mmnuc.engine.hooks.loss_guard import TrainingDivergedError
from mmnuc.engine.worker import shield
from mmnuc.errors import UserError


class NucleiRunner(Runner):
    """A runner that writes checkpoints whole or not at all and refuses those that do not fit.

    mmengine writes in place, so that a full disk leaves half a file under the checkpoint's name,
    and only warns about a foreign checkpoint, so that a test of random weights looks like a test.
    """

    @staticmethod
    def build_dataloader(*args: Any, **kwargs: Any) -> DataLoader[Any]:
        """Build a loader whose workers leave it to the runner when to stop."""
        return shield(Runner.build_dataloader(*args, **kwargs))

    def wrap_model(self, model_wrapper_cfg: dict[str, Any] | None, model: Module) -> Module:
        """Freeze what the config says (``frozen``), then distribute the model.

        On a CPU its convolutions see images channel by channel of a pixel: that is faster there.

        Raises:
            UserError: The model has no such part.
        """
        if self.cfg.get('frozen'):
            freeze(model, self.cfg.frozen)
        if get_device() == 'cpu':
            for layer in model.modules():
                if isinstance(layer, (Conv2d, ConvTranspose2d)):
                    layer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return super().wrap_model(model_wrapper_cfg, model)

    def build_visualizer(self, visualizer: Visualizer | dict[str, Any] | None = None) -> Visualizer:
        """Build the visualizer of this run, which logs into this run's folder.

        mmengine keeps visualizers by name, and every config's is called the same: a second run in
        one process would get the first one's, and write its log into the first one's folder.
        """
        if isinstance(visualizer, dict):
            name = visualizer.get('name', self.experiment_name)
            # A copy, to the last level: building it writes the folder into its backends.
            visualizer = {**deepcopy(visualizer), 'name': f'{name} of {self._log_dir}'}
        return super().build_visualizer(visualizer)

    def register_hooks(self, default_hooks: Any = None, custom_hooks: Any = None) -> None:
        """Register the config's hooks, and those that no training should be without."""
        super().register_hooks(default_hooks, custom_hooks)
        for needed in (DataSummaryHook, LossGuardHook):
            if not any(isinstance(hook, needed) for hook in self.hooks):
                self.register_hook(needed())

    def train(self) -> Module:
        """Train; what stops the training between two iterations leaves a checkpoint to go on from.

        Raises:
            KeyboardInterrupt: The training was asked to stop.
            UserError: An image can't be read, and other bad input.
        """
        try:
            return super().train()
        except TrainingDivergedError:
            raise  # it has saved what is worth saving
        except UserError:
            if self.iter > 0:
                InterruptionHook.save(self, self.iter)
            raise
        except RuntimeError:
            # A scheduler's SIGTERM reaches the loader's workers too, and the loader misses them.
            for hook in self.hooks:
                if isinstance(hook, InterruptionHook) and hook.asked:
                    hook.stop(self, self.iter)
            raise

    @master_only
    def save_checkpoint(self, out_dir: str, filename: str, *args: Any, **kwargs: Any) -> None:
        """Save a checkpoint under a temporary name and move it into place.

        Raises:
            OSError: It can't be written; the error names the checkpoint.
        """
        final = Path(out_dir) / filename
        try:
            with atomic_path(final) as path:
                super().save_checkpoint(out_dir, path.name, *args, **kwargs)
        except OSError as error:
            raise OSError(error.errno or errno.EIO, error.strerror, str(final)) from error

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable[..., Any] = 'cpu',
        *args: Any,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Load a checkpoint that fits.

        A test and a resumed training need every tensor; a training that starts from published
        weights needs the backbone and the neck.

        Raises:
            UserError: The checkpoint is missing, damaged, or does not fit.
        """
        model = self.model.module if is_model_wrapper(self.model) else self.model
        if isinstance(self._train_loop, BaseLoop) and not self._resume:
            found = weights.require_trunk(model, filename)
            self.logger.info(f'{len(found.fitting)} tensors start from {filename}; {found}')
        else:
            weights.require_exact(model, filename)
        checkpoint = super().load_checkpoint(filename, map_location, *args, **kwargs)
        if isinstance(checkpoint.get('meta'), dict):
            # A config is a program. Old checkpoints hold theirs, and resuming would run it.
            checkpoint['meta'].pop('config', None)
        return checkpoint

    def resume(self, filename: str, *args: Any, **kwargs: Any) -> None:
        """Go on from a checkpoint of this experiment.

        Raises:
            UserError: The checkpoint does not fit or lacks the state of a training.
        """
        try:
            super().resume(filename, *args, **kwargs)
        except KeyError as error:
            raise UserError(
                f'cannot resume from {filename}, it lacks {error}: published weights hold no '
                'training state; start from them with --cfg-options load_from=...'
            ) from error
