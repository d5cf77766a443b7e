"""Train the model of a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmnuc.apis.finetune import finetuning
from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.experiment import ConfigLike, prepare
from mmnuc.engine.initial_weights import require_weights, resume_from, start_from_scratch
from mmnuc.engine.runner import NucleiRunner
from mmnuc.errors import UserError
from mmnuc.inference.optimize.half_precision import cpu_computes_in_bfloat16


@dataclass(frozen=True)
class TrainingResult:
    """What a training left.

    Attributes:
        work_dir: Folder of logs and checkpoints.
        config: The config as it ran, with all its bases resolved.
        last_checkpoint: The last checkpoint, to go on from; None where none was saved.
        best_checkpoint: The one that scored best in validation; None without a validation.
        best_score: What it scored, by ``save_best`` of the config.
        scores: What the last validation found, by the names that the evaluators give it.
    """

    work_dir: Path
    config: Path
    last_checkpoint: Path | None
    best_checkpoint: Path | None
    best_score: float | None
    scores: Mapping[str, float] = field(default_factory=dict)


def train(
    config: ConfigLike | None = None,
    *,
    from_model: str | None = None,
    data: str | Path | None = None,
    work_dir: str | Path | None = None,
    amp: bool = False,
    auto_scale_lr: bool = False,
    freeze: Sequence[str] | None = None,
    seed: int | None = None,
    resume: bool | str | Path = False,
    cfg_options: Mapping[str, Any] | None = None,
    launcher: str = 'none',
    trust: bool = False,
    hooks: Sequence[Hook] = (),
) -> TrainingResult:
    """Train the model of a config, or a published one further on own images.

    Args:
        config: A config file, or a config that was read already.
        from_model: Instead, a model that comes with the project: see
            :func:`mmnuc.apis.finetune.finetuning`, also for ``data``.
        data: What to train that model on: a folder as ``mmnuc convert`` writes it.
        work_dir: Folder for logs and checkpoints; by default by config.
        amp: Mixed precision.
        auto_scale_lr: Scale the learning rate to the number of processes.
        freeze: Parts of the network to leave as they are, such as ``'backbone'``; by default none,
            with ``from_model`` all but the heads.
        seed: Seed of this run; by default the config's.
        resume: Go on from this checkpoint, or, with True, from the last one in the work folder.
        cfg_options: Settings of the config to overwrite, by dotted key.
        launcher: How the processes were started: ``'none'``, ``'pytorch'`` or ``'slurm'``.
        trust: Open checkpoints that hold more than tensors and plain data. They may run any
            program.
        hooks: More hooks of this run than the config lists.

    Returns:
        What it left.

    Raises:
        UserError: The config, the data, an image or the weights to start from are missing or
            damaged, or an option does not fit.

    Example:
        >>> result = train('own.py', work_dir='run', seed=1)  # doctest: +SKIP
        >>> result.scores['coco/segm_mAP_50']  # doctest: +SKIP
        0.81
    """
    if (config is None) == (from_model is None) or (data is None) != (from_model is None):
        raise UserError('name a config, or from_model and data')
    if from_model is not None and data is not None:
        config = finetuning(from_model, data, freeze=freeze, cfg_options=cfg_options).config
    cfg = training_config(
        config,
        work_dir=work_dir,
        amp=amp,
        auto_scale_lr=auto_scale_lr,
        freeze=freeze,
        seed=seed,
        resume=resume,
        cfg_options=cfg_options,
        launcher=launcher,
    )
    with weights_only(not trust):
        return _run(cfg, hooks)


def _run(cfg: Config, hooks: Sequence[Hook]) -> TrainingResult:
    runner = NucleiRunner.from_cfg(cfg)
    last = LastScores()
    for hook in (last, *hooks):
        runner.register_hook(hook)
    runner.train()
    # As mmengine names what it dumps.
    name = Path(runner.cfg.filename).name if runner.cfg.filename else f'{runner.timestamp}.py'
    checkpoint = weights.last_checkpoint(runner.work_dir)
    best = runner.message_hub.get_info('best_ckpt')
    return TrainingResult(
        work_dir=Path(runner.work_dir),
        config=Path(runner.work_dir) / name,
        last_checkpoint=Path(checkpoint) if checkpoint else None,
        best_checkpoint=Path(best) if best else None,
        best_score=runner.message_hub.get_info('best_score') if best else None,
        scores=last.scores,
    )


class LastScores(Hook):
    """Keeps what the last validation found."""

    def __init__(self) -> None:
        self.scores: dict[str, float] = {}

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Keep the scores."""
        self.scores = dict(metrics or {})


def training_config(
    config: ConfigLike,
    *,
    amp: bool = False,
    auto_scale_lr: bool = False,
    freeze: Sequence[str] | None = None,
    seed: int | None = None,
    resume: bool | str | Path = False,
    **experiment: Any,
) -> Config:
    """The config that a training runs.

    Args:
        config: As for :func:`train`, like the options.
        **experiment: Of :func:`mmnuc.engine.experiment.prepare`.

    Raises:
        UserError: A file of weights to start from does not exist, or an option does not fit.
    """
    cfg = prepare(config, **experiment)
    if amp:
        use_mixed_precision(cfg)
    if auto_scale_lr:
        if 'auto_scale_lr' not in cfg:
            raise UserError(
                f'{cfg.filename} does not say for which batch its rate is (auto_scale_lr)'
            )
        cfg.auto_scale_lr.enable = True
    if seed is not None:
        cfg.randomness = dict(cfg.get('randomness', {}), seed=seed)
    if freeze:
        cfg.frozen = list(freeze)
    checkpoint = weights.last_checkpoint(cfg.work_dir) if resume is True else resume
    if cfg.get('from_scratch'):
        start_from_scratch(cfg)
    if checkpoint:
        resume_from(cfg, str(checkpoint))
    require_weights(cfg)
    return cfg


def use_mixed_precision(cfg: Config) -> None:
    """Compute in half precision where that is safe.

    Raises:
        UserError: There is no GPU, and the processor would be slower with it.
    """
    if get_device() != 'cpu':
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
        return
    if not cpu_computes_in_bfloat16():
        raise UserError('--amp needs a GPU, or a processor with bfloat16, and there is neither')
    cfg.optim_wrapper.type = 'mmnuc.Bfloat16OptimWrapper'
