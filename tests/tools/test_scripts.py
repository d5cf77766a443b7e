"""The shell scripts hand their arguments on, to torchrun and to Slurm."""

import os
import subprocess
from pathlib import Path

import pytest

ECHO = '#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n'


@pytest.fixture
def call(tmp_path: Path, repository: Path):
    """Run a script with a Python and an srun that only print their arguments."""
    for name in ('python', 'srun'):
        (tmp_path / name).write_text(ECHO)
        (tmp_path / name).chmod(0o755)

    def run(script: str, *args: str, **variables: str) -> subprocess.CompletedProcess:
        path = f'{tmp_path}{os.pathsep}{os.environ["PATH"]}'
        return subprocess.run(
            [str(repository / 'tools' / script), *args],
            capture_output=True,
            text=True,
            env={'PATH': path, 'PYTHON': str(tmp_path / 'python'), **variables},
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ('script', 'args', 'tool', 'handed_on'),
    [
        ('dist_train.sh', ('a b.py', '4', '--seed', '1'), 'train.py', ['a b.py']),
        ('dist_test.sh', ('a b.py', 'c.pth', '4', '--seed', '1'), 'test.py', ['a b.py', 'c.pth']),
    ],
)
def test_torchrun(call, repository: Path, script, args, tool, handed_on) -> None:
    said = call(script, *args, NNODES='2', NODE_RANK='1', MASTER_ADDR='10.0.0.1', PORT='5').stdout
    lines = said.splitlines()
    assert lines[:7] == [
        '-m', 'torch.distributed.run', '--nnodes=2', '--node-rank=1', '--master-addr=10.0.0.1',
        '--master-port=5', '--nproc-per-node=4',
    ]  # fmt: skip
    assert Path(lines[7]).resolve() == repository / 'tools' / tool
    assert lines[8:] == [*handed_on, '--launcher', 'pytorch', '--seed', '1']


@pytest.mark.parametrize(
    ('script', 'tool', 'handed_on'),
    [
        ('slurm_train.sh', 'train.py', ['a b.py', '--work-dir', 'd', '--seed', '1']),
        ('slurm_test.sh', 'test.py', ['a b.py', 'd', '--seed', '1']),
    ],
)
def test_slurm(call, repository: Path, tmp_path: Path, script, tool, handed_on) -> None:
    variables = dict(GPUS='2', SRUN_ARGS='--qos=long --time=5')
    said = call(script, 'queue', 'job', 'a b.py', 'd', '--seed', '1', **variables).stdout
    assert said.splitlines() == [
        '--partition=queue', '--job-name=job', '--gres=gpu:2', '--ntasks=2', '--ntasks-per-node=2',
        '--cpus-per-task=5', '--kill-on-bad-exit=1', '--qos=long', '--time=5',
        str(tmp_path / 'python'), '-u', str(repository / 'tools' / tool),
        *handed_on, '--launcher', 'slurm',
    ]  # fmt: skip


@pytest.mark.parametrize(
    'script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh']
)
def test_too_few_arguments_get_the_usage(call, script: str) -> None:
    finished = call(script, 'a.py')
    assert finished.returncode == 2
    assert f'tools/{script} ' in finished.stderr
    assert finished.stdout == ''
