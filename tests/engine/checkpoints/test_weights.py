"""Which checkpoint fits, and which one to go on from."""

import doctest
import os
from pathlib import Path

import pytest
import torch
from torch import nn

from mmnuc.engine.checkpoints import weights
from mmnuc.errors import UserError


def model(classes: int = 1, width: int = 2) -> nn.Module:
    """A backbone, a neck and a head of one layer each."""
    return nn.ModuleDict(
        dict(
            backbone=nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width)),
            neck=nn.Linear(width, 2),
            head=nn.Linear(2, classes),
        )
    )


def saved(folder: Path, module: nn.Module, **changes: torch.Tensor) -> str:
    torch.save({'state_dict': {**module.state_dict(), **changes}}, folder / 'a.pth')
    return str(folder / 'a.pth')


def test_examples() -> None:
    assert doctest.testmod(weights).failed == 0


def test_exact_fit(tmp_path: Path) -> None:
    path = saved(tmp_path, model())
    weights.require_exact(model(), path)
    found = weights.fit(model().state_dict(), weights.read_state(path))
    assert found.exact
    assert str(found) == 'everything fits'


def test_batch_counters_and_module_prefixes_do_not_matter(tmp_path: Path) -> None:
    state = {
        f'module.{name}': value
        for name, value in model().state_dict().items()
        if 'num_batches_tracked' not in name
    }
    torch.save(state, tmp_path / 'a.pth')
    weights.require_exact(model(), str(tmp_path / 'a.pth'))


def test_other_classes_may_be_trained_but_not_tested(tmp_path: Path) -> None:
    path = saved(tmp_path, model(classes=80))
    with pytest.raises(UserError, match=r'2 have another shape \(head.weight: \(80, 2\), the mod'):
        weights.require_exact(model(), path)
    found = weights.require_trunk(model(), path)
    assert set(found.reshaped) == {'head.weight', 'head.bias'}
    assert 'neck.weight' in found.fitting


def test_another_backbone_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, model(width=3))
    with pytest.raises(UserError, match=r'7 tensors of its backbone or neck do not \(backbone'):
        weights.require_trunk(model(), path)


def test_unknown_tensors_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path, model(), extra=torch.zeros(1))
    with pytest.raises(UserError, match=r'1 are not of this model \(extra\)'):
        weights.require_exact(model(), path)


def touch(folder: Path, *names: str) -> None:
    """Make files, each a second younger than the one before."""
    for age, name in enumerate(names):
        (folder / name).touch()
        os.utime(folder / name, (age, age))


@pytest.mark.parametrize(
    ('note', 'expected'),
    [
        (None, 'iter_20.pth'),
        ('', 'iter_20.pth'),
        ('/gone/iter_10.pth', 'iter_10.pth'),
        ('/gone/iter_5.pth', 'iter_20.pth'),
    ],
    ids=['no note', 'note cut by a full disk', 'moved folder', 'deleted checkpoint'],
)
def test_last_checkpoint(tmp_path: Path, note: str | None, expected: str) -> None:
    touch(tmp_path, 'iter_10.pth', 'iter_20.pth', 'best_coco_iter_30.pth', '.iter_40.12.pth')
    if note is not None:
        (tmp_path / 'last_checkpoint').write_text(note)
    assert weights.last_checkpoint(str(tmp_path)) == str(tmp_path / expected)


def test_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert weights.last_checkpoint(str(tmp_path)) is None
    assert weights.last_checkpoint(str(tmp_path / 'no such folder')) is None
