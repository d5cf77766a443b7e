"""The models that come with the project can be trained further, shortly or long."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmnuc.apis.finetune import FROZEN, finetuning
from mmnuc.apis.model_zoo.pretrained import PRETRAINED
from mmnuc.errors import UserError


def nucleus(**given: Any) -> dict[str, Any]:
    return dict(image_id=1, category_id=1, bbox=[1, 1, 9, 9], area=0) | given


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with an image's name and a nucleus of no shape: nothing is trained here."""
    (tmp_path / 'images').mkdir()
    content = dict(
        images=[dict(id=1, file_name='a.png', height=64, width=64)],
        annotations=[nucleus()],
        categories=[dict(id=1, name='nucleus')],
    )
    for split in ('train', 'val'):
        (tmp_path / f'{split}.json').write_text(json.dumps(content))
    return tmp_path


@pytest.mark.parametrize('model', PRETRAINED)
def test_every_model_that_comes_with_the_project(model: str, data: Path) -> None:
    plan = finetuning(model, data)
    assert plan.config.frozen == list(FROZEN)
    assert plan.config.load_from == str(plan.weights)
    assert plan.config.train_dataloader.dataset.data_root == f'{data}/'
    assert plan.config.filename == f'{model}_{data.name}.py'
    assert (plan.train.images, plan.train.nuclei) == (1, 1)
    assert 'data/' not in plan.config.val_evaluator[0].ann_file.removeprefix(str(data))
    assert all('draws' not in evaluator for evaluator in plan.config.val_evaluator)


@pytest.mark.parametrize(('iterations', 'averages'), [(300, 1), (50, 0)])
def test_an_average_that_would_begin_after_the_end_is_left_out(
    data: Path, iterations: int, averages: int
) -> None:
    plan = finetuning('histology', data, cfg_options={'train_cfg.max_iters': iterations})
    found = [hook for hook in plan.config.custom_hooks if hook.type == 'EMAHook']
    assert len(found) == averages


def test_a_model_that_there_is_not(data: Path) -> None:
    with pytest.raises(UserError, match='no such model: tissue; there are histology'):
        finetuning('tissue', data)


def test_options_that_do_not_fit(data: Path) -> None:
    with pytest.raises(UserError, match='do not fit'):
        finetuning('histology', data, cfg_options={'custom_hooks.99.type': 'Hook'})


def test_the_scale_is_that_of_the_own_images(data: Path) -> None:
    plan = finetuning('histology', data)
    assert (plan.config.pixel_size, plan.config.diameter) == (None, None)
    assert 'pixel size unknown: state it with --cfg-options pixel_size=' in plan.description()
    stated = finetuning('histology', data, cfg_options={'pixel_size': 0.5})
    assert '0.5 µm a pixel' in stated.description()
    path = data / 'train.json'
    content = json.loads(path.read_text())
    content['images'] = [
        dict(content['images'][0], id=i, file_name=f'{i}.png', pixel_size_um=0.5) for i in (1, 2)
    ]
    areas = [(1, 78.54), (1, 78.54), (1, 9999.0), (2, 314.16)]
    content['annotations'] = [nucleus(image_id=image, area=area) for image, area in areas]
    path.write_text(json.dumps(content))
    config = finetuning('histology', data).config
    assert (config.pixel_size, config.diameter) == (0.5, 15.0)
