"""A user's own data set and hook, in a plain module beside the config, without an installation."""

import subprocess
import sys
from pathlib import Path

MODULE = """
from mmdet.registry import DATASETS, HOOKS
from mmengine.hooks import Hook

from mmnuc.datasets import NucleiDataset
from mmnuc.registry import HOOKS as OUR_HOOKS


@DATASETS.register_module()
class MyNuclei(NucleiDataset):
    def __getitem__(self, index):
        sample = super().__getitem__(index)
        sample['data_samples'].set_metainfo(dict(mine=True))
        return sample


@HOOKS.register_module()
class CountMine(Hook):
    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        mine = all(sample.mine for sample in data_batch['data_samples'])
        runner.logger.info(f'iteration {batch_idx}: mine {mine}')


@OUR_HOOKS.register_module()
class SayGoodbye(Hook):
    def after_train(self, runner):
        runner.logger.info('goodbye')
"""
# Workers that start afresh, and must find the module by themselves.
CONFIG = """
_base_ = './tiny.py'

custom_imports = dict(imports=['my_nuclei'])
env_cfg = dict(mp_cfg=dict(mp_start_method='spawn'))
train_dataloader = dict(num_workers=1, dataset=dict(type='MyNuclei'))
custom_hooks = [*_base_.custom_hooks, dict(type='CountMine'), dict(type='mmnuc.SayGoodbye')]
train_cfg = dict(max_iters=2, val_interval=4)
"""


def train(config: Path, run: Path, environment: dict[str, str], repository: Path) -> str:
    finished = subprocess.run(
        [sys.executable, repository / 'tools/train.py', config, '--work-dir', run],
        capture_output=True, text=True, cwd=run.parent, env=environment, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr


def test_trains_from_another_folder_and_from_its_copy_in_the_work_folder(
    world: Path, tmp_path_factory, environment: dict[str, str], repository: Path
) -> None:
    (world.parent / 'my_nuclei.py').write_text(MODULE)
    config = world.parent / 'my_config.py'
    config.write_text(CONFIG)
    elsewhere = tmp_path_factory.mktemp('elsewhere')
    log = train(config, elsewhere / 'run', environment, repository)
    assert 'iteration 1: mine True' in log
    assert 'goodbye' in log
    assert (elsewhere / 'run/iter_2.pth').is_file()
    (copy,) = (elsewhere / 'run').glob('my_config.py')
    assert 'goodbye' in train(copy, elsewhere / 'again', environment, repository)
