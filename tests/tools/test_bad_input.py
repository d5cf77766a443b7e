"""Bad input ends with one line that names it, a non-zero exit, and nothing half-written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mmnuc.cli import run as ending

Failure = Callable[..., str]


@pytest.fixture
def failure(call: Callable[..., int | None], capfd: pytest.CaptureFixture[str]) -> Failure:
    """Run a tool that must fail: ``failure('train.py', config)`` returns its one line."""

    def run(name: str, *args: object) -> str:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            ending.run(lambda: call(name, *args))
        assert end.value.code == 2
        lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith('error: ')]
        assert len(lines) == 1
        return lines[0].removeprefix('error: ')

    return run


def options(config: Path, *settings: str) -> tuple:
    """Options of a training of two iterations beside its config."""
    return (
        config,
        '--work-dir',
        config.parent / 'run',
        '--cfg-options',
        'train_cfg.max_iters=2',
        *settings,
    )


@pytest.mark.parametrize(
    ('tool_name', 'rest'),
    [('train.py', ()), ('test.py', ('a.pth',)), ('print_config.py', ())],
)
def test_missing_config(tmp_path: Path, failure: Failure, tool_name: str, rest: tuple) -> None:
    (tmp_path / 'a.pth').touch()
    rest = [tmp_path / name for name in rest]
    assert failure(tool_name, tmp_path / 'no.py', *rest) == f'no such config: {tmp_path / "no.py"}'


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('model = dict(', 'SyntaxError'),
        ("_base_ = 'mmdet::no/such.py'", 'FileNotFoundError'),
        ("_base_ = './no.py'", 'FileNotFoundError'),
    ],
)
def test_broken_config(tmp_path: Path, failure: Failure, text: str, reason: str) -> None:
    (tmp_path / 'broken.py').write_text(text)
    said = failure('print_config.py', tmp_path / 'broken.py')
    assert said.startswith(f'cannot read config {tmp_path / "broken.py"}: {reason}: ')


def test_option_that_does_not_fit(world: Path, failure: Failure) -> None:
    said = failure('print_config.py', world, '--cfg-options', 'custom_hooks.9.type=Hook')
    assert said.startswith(f'--cfg-options do not fit {world}: ')


def test_missing_data(world: Path, failure: Failure) -> None:
    (world.parent / 'data/train.json').unlink()
    said = failure('train.py', *options(world))
    assert said.startswith(f'no such file: {world.parent / "data/train.json"}; make it with')
    assert 'mmnuc convert' in said
    assert not list((world.parent / 'run').glob('*.pth'))


def test_missing_image(world: Path, failure: Failure) -> None:
    (world.parent / 'data/images/tile_2.png').unlink()
    said = failure('train.py', *options(world))
    assert said.endswith(f'that do not exist, the first: {world.parent / "data/images/tile_2.png"}')


def test_json_that_is_none(world: Path, failure: Failure) -> None:
    path = world.parent / 'data/train.json'
    path.write_text(path.read_text()[:100])
    assert failure('train.py', *options(world)).startswith(f'{path} is no COCO json: the file ends')


@pytest.mark.parametrize('workers', [0, 1])
def test_truncated_image_in_the_middle_of_training(
    world: Path, failure: Failure, workers: int
) -> None:
    path = world.parent / 'data/images/tile_3.png'
    path.write_bytes(path.read_bytes()[:-30])
    said = failure('train.py', *options(world, f'train_dataloader.num_workers={workers}'))
    assert said.startswith(f'cannot read image {path}: is damaged: truncated after ')


def test_image_of_another_size(world: Path, failure: Failure) -> None:
    path = world.parent / 'data/train.json'
    content = json.loads(path.read_text())
    for image in content['images']:
        image['height'] += 1
    for annotation in content['annotations']:
        annotation['segmentation'] = [[1, 1, 9, 1, 9, 9, 1, 9]]
    path.write_text(json.dumps(content))
    assert 'has 64 x 64 pixels, but its annotation file says 64 x 65' in failure(
        'train.py', *options(world)
    )


def test_weights_to_start_from_are_missing(repository: Path, tmp_path: Path, failure) -> None:
    config = repository / 'configs/mask_rcnn/mask-rcnn_x101-32x8d_fpn_5k_vrdl2021.py'
    said = failure('train.py', config, '--work-dir', tmp_path / 'run')
    assert 'weights/mask_rcnn_x101_32x8d_fpn' in said
    assert 'https://download.openmmlab.com/' in said
    assert 'from_scratch=True' in said
    assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize('tool_name', ['train.py', 'test.py'])
def test_missing_checkpoint(world: Path, failure: Failure, tool_name: str) -> None:
    flag = ['--resume'] if tool_name == 'train.py' else []
    path = world.parent / 'no.pth'
    assert failure(tool_name, world, *flag, path) == f'no such checkpoint: {path}'


def without_a_head(state: dict) -> dict:
    return {name: value for name, value in state.items() if 'mask_head' not in name}


def of_two_classes(state: dict) -> dict:
    name = 'roi_head.bbox_head.fc_cls.weight'
    return {**state, name: torch.zeros(3, state[name].shape[1])}


def of_detectron2(state: dict) -> dict:
    return {f'backbone.bottom_up.{number}': value for number, value in enumerate(state.values())}


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        (without_a_head, 'tensors are missing (roi_head.mask_head.convs.0.conv.weight, '),
        (of_two_classes, '1 have another shape (roi_head.bbox_head.fc_cls.weight: (3, 16), the'),
        (of_detectron2, 'are not of this model (backbone.bottom_up.0, '),
        (lambda _: {'model': 'Mask R-CNN'}, 'but: model; mmnuc import-weights takes those of D'),
        (lambda _: [1, 2], 'holds no weights of MMDetection, but: list'),
    ],
    ids=['part of the model', 'other classes', 'Detectron2', 'no tensors', 'a list'],
)
def test_foreign_checkpoint(trained: Path, tmp_path: Path, failure, change, reason: str) -> None:
    state = torch.load(trained.parent / 'run/iter_6.pth', weights_only=False)['state_dict']
    torch.save(change(state), tmp_path / 'foreign.pth')
    said = failure('test.py', trained, tmp_path / 'foreign.pth', '--work-dir', tmp_path / 'run')
    assert said.startswith(f'checkpoint {tmp_path / "foreign.pth"} ')
    assert reason in said
    assert not (tmp_path / 'run/answer.json').exists()


@pytest.mark.parametrize('keep', [0, 1000, -1000])
def test_damaged_checkpoint(trained: Path, tmp_path: Path, failure: Failure, keep: int) -> None:
    path = tmp_path / 'damaged.pth'
    path.write_bytes((trained.parent / 'run/iter_6.pth').read_bytes()[:keep])
    said = failure('test.py', trained, path, '--work-dir', tmp_path / 'run')
    assert said.startswith(f'cannot read checkpoint {path}, it is damaged or not a PyTorch')


def test_weights_hold_no_training_to_resume(trained: Path, tmp_path: Path, failure) -> None:
    state = torch.load(trained.parent / 'run/iter_6.pth', weights_only=False)['state_dict']
    torch.save({'state_dict': state, 'meta': {}}, tmp_path / 'published.pth')
    said = failure(
        'train.py', trained, '--work-dir', tmp_path, '--resume', tmp_path / 'published.pth'
    )
    assert said.startswith(f'cannot resume from {tmp_path / "published.pth"}, it lacks ')


@pytest.mark.parametrize('option', ['--out', '--show-dir'])
def test_results_that_can_not_be_written(trained: Path, tmp_path: Path, failure, option) -> None:
    (tmp_path / 'file').touch()
    checkpoint = trained.parent / 'run/iter_6.pth'
    said = failure('test.py', trained, checkpoint, option, tmp_path / 'file/folder/results.pkl')
    assert said.startswith(f'cannot make the folder {tmp_path / "file/folder"}')


def test_folder_without_checkpoints(world: Path, tmp_path: Path, failure: Failure) -> None:
    (tmp_path / 'empty').mkdir()
    empty, missing = tmp_path / 'empty', tmp_path / 'missing'
    assert failure('test_checkpoints.py', world, empty) == f'no checkpoints (*.pth) in {empty}'
    assert failure('test_checkpoints.py', world, missing) == f'no such folder: {missing}'
