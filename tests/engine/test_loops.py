"""A loop over epochs goes on at the batch after the saved one."""

from types import SimpleNamespace

import pytest

from mmnuc.engine.loops import EpochTrainLoop

BATCHES = ['a', 'b', 'c']


class Loop(EpochTrainLoop):
    """The loop without a model: it notes what it would train on."""

    def __init__(self, epoch: int, iteration: int) -> None:
        self._epoch, self._iter = epoch, iteration
        self.seen: list[str] = []
        self._runner = SimpleNamespace(
            call_hook=lambda _: None,
            model=SimpleNamespace(train=lambda: None),
        )
        self.dataloader = BATCHES

    def run_iter(self, idx: int, data_batch: str) -> None:
        assert BATCHES[idx] == data_batch
        self.seen.append(data_batch)
        self._iter += 1


@pytest.mark.parametrize(
    ('epoch', 'iteration', 'seen'),
    [(0, 0, 'abc'), (0, 1, 'bc'), (2, 8, 'c'), (2, 6, 'abc')],
    ids=['start', 'first epoch', 'in a later epoch', 'between epochs'],
)
def test_rest_of_the_epoch(epoch: int, iteration: int, seen: str) -> None:
    loop = Loop(epoch, iteration)
    loop.run_epoch()
    assert ''.join(loop.seen) == seen
    assert (loop._epoch, loop._iter) == (epoch + 1, (epoch + 1) * len(BATCHES))
