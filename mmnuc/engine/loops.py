"""A training loop over epochs that resumes in the middle of one."""

from mmengine.runner import EpochBasedTrainLoop

from mmnuc.registry import LOOPS


@LOOPS.register_module()
class EpochTrainLoop(EpochBasedTrainLoop):
    """mmengine's loop over epochs, going on at the batch after the saved one.

    mmengine's repeats the whole epoch, so that a training that was interrupted has more iterations
    than the schedule of its learning rate. The batches before are loaded and dropped.
    """

    def run_epoch(self) -> None:
        """Train one epoch, or the rest of it."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        done = self._iter - self._epoch * len(self.dataloader)
        for index, data_batch in enumerate(self.dataloader):
            if index >= done:
                self.run_iter(index, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1
