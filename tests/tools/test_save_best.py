"""A training that keeps the checkpoint of the highest AJI."""

from pathlib import Path


def test_any_score_of_the_validation_may_decide(world: Path, tool) -> None:
    folder = world.parent / 'best'
    best = 'default_hooks.checkpoint.save_best=nuclei/aji'
    done = tool('train.py', world, '--work-dir', folder, '--cfg-options', best)
    assert done.returncode == 0, done.stderr
    (kept,) = folder.glob('best_*')
    assert kept.name.startswith('best_nuclei_aji_iter_')
    assert 'nuclei/aji: ' in done.stdout
    assert 'nuclei/pq ' in done.stdout
