"""Predicted crops pass through everything that mmengine does with results."""

import copy
import multiprocessing
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.dist import collect_results_cpu
from mmengine.evaluator.metric import _to_cpu
from mmengine.structures import InstanceData

from mmnuc.structures import CropMasks

COUNT = 5
DENSE = (np.random.default_rng(0).random((COUNT, 7, 9)) < 0.3).astype(np.uint8)


def gather(rank: int, folder: Path) -> None:
    """Be one of two processes that share three images, and check what the first one gets."""
    store = torch.distributed.FileStore(str(folder / 'store'), 2)
    torch.distributed.init_process_group('gloo', store=store, rank=rank, world_size=2)
    images = (rank, rank + 2)
    mine = [CropMasks.from_bitmaps(np.ones((image + 1, 3, 4), np.uint8)) for image in images]
    gathered = collect_results_cpu(mine, 3, tmpdir=str(folder / 'parts'))
    expected = None if rank else [[12], [12] * 2, [12] * 3]
    got = None if gathered is None else [masks.areas.tolist() for masks in gathered]
    torch.distributed.destroy_process_group()
    sys.exit(got != expected)


def instances() -> InstanceData:
    return InstanceData(scores=torch.arange(COUNT) / 10, masks=CropMasks.from_bitmaps(DENSE))


@pytest.mark.parametrize(
    'index',
    [
        slice(1, 4),
        2,
        [3, 0],
        np.array([True, False, True, False, True]),
        torch.tensor([4, 1]),
        torch.tensor([False, True, True, False, False]),
        torch.zeros(COUNT, dtype=torch.bool),
    ],
    ids=str,
)
def test_selecting_instances_selects_masks(index: object) -> None:
    chosen = instances()[index]
    assert isinstance(chosen.masks, CropMasks)
    rows = (chosen.scores * 10).round().long().tolist()
    assert np.array_equal(chosen.masks.to_ndarray(), DENSE[rows])


def test_joining_instances_joins_masks() -> None:
    joined = InstanceData.cat([instances(), instances()[:2]])
    assert np.array_equal(joined.masks.to_ndarray(), np.concatenate([DENSE, DENSE[:2]]))


@pytest.mark.parametrize(
    'move',
    [
        lambda sample: sample.cpu(),
        lambda sample: sample.to('cpu'),
        lambda sample: sample.detach(),
        lambda sample: sample.numpy(),
        lambda sample: sample.clone(),
        lambda sample: copy.deepcopy(sample),
        lambda sample: pickle.loads(pickle.dumps(sample)),
        lambda sample: _to_cpu([sample])[0],
    ],
)
def test_samples_keep_their_masks(move: object) -> None:
    sample = DetDataSample(metainfo={'img_id': 1})
    sample.pred_instances = instances()
    masks = move(sample).to_dict()['pred_instances']['masks']
    assert isinstance(masks, CropMasks)
    assert np.array_equal(masks.to_ndarray(), DENSE)


def test_results_are_gathered_across_processes(tmp_path: Path) -> None:
    fork = multiprocessing.get_context('fork')
    ranks = [fork.Process(target=gather, args=(rank, tmp_path), daemon=True) for rank in range(2)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join(60)
    assert [process.exitcode for process in ranks] == [0, 0]
