"""A folder of checkpoints in one table."""

from pathlib import Path


def test_every_checkpoint_gets_a_score_and_the_best_is_named(trained: Path, tool) -> None:
    run = trained.parent / 'run'
    work_dir = trained.parent / 'scored'
    finished = tool('test_checkpoints.py', trained, run, '--work-dir', work_dir)
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    table = lines[lines.index('coco/segm_mAP_50  checkpoint') + 1 :]
    scores, names = zip(*(line.split() for line in table[:-1]), strict=True)
    assert sorted(names) == sorted(path.name for path in run.glob('*.pth'))
    assert list(map(float, scores)) == sorted(map(float, scores), reverse=True)
    assert table[-1] == f'best: {run / names[0]}'
    assert not list(work_dir.glob('*.pth'))
